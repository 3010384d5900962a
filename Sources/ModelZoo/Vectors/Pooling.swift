import ZooNN
import ZooTensor

/// How a sequence's tokens become one vector.
///
/// The names are those of sentence-transformers' `Pooling`, but for ``pooled``.
public enum Pooling: String, Sendable, Hashable, CaseIterable {
    /// The mean over the tokens.
    case mean
    /// The first token, which BERT calls `[CLS]`.
    case cls
    /// The greatest value of each number over the tokens.
    case max
    /// The sum over the tokens divided by the root of their number.
    case meanOverRoot = "mean_sqrt_len_tokens"
    /// The mean over the tokens, each weighing as much as its place, counted from 1 (Muennighoff, 2022, "SGPT").
    case weightedMean = "weightedmean"
    /// The last token.
    case lastToken = "lasttoken"
    /// What the family's own pooler makes of a sequence for the head that it publishes.
    case pooled

    /// As a head sums a sequence up.
    init(_ summary: ClassificationHead.Summary) {
        switch summary {
        case .mean: self = .mean
        case .firstToken: self = .cls
        case .pooled: self = .pooled
        }
    }

    /// What a head reads that sums a sequence up like this; nil where heads do not.
    var summary: ClassificationHead.Summary? {
        switch self {
        case .mean: .mean
        case .cls: .firstToken
        case .pooled: .pooled
        case .max, .meanOverRoot, .weightedMean, .lastToken: nil
        }
    }

    /// What must be read of the features.
    var reading: Reading {
        switch self {
        case .mean, .max, .meanOverRoot, .weightedMean, .lastToken: .everyToken
        case .cls: .firstToken
        case .pooled: .pooled
        }
    }

    /// What the model's own files say.
    ///
    /// - Parameter standard: what is taken where they say nothing.
    /// - Throws: `ModelError.vectors` for what cannot be read, and for several poolings side by side.
    public static func stated(by assets: Assets, otherwise standard: Pooling) throws -> Pooling {
        try stated(by: assets) ?? standard
    }

    /// What the model's own files say; nil where they say nothing.
    ///
    /// - Throws: as ``stated(by:otherwise:)``.
    public static func stated(by assets: Assets) throws -> Pooling? {
        let program = try SentenceProgram(assets, otherwise: .mean)
        guard program.tellsPooling else { return nil }
        guard program.poolings.count == 1 else {
            throw ModelError.vectors(
                file: program.poolingFile, entry: "pooling_mode",
                problem: "expected one pooling, found several: " + program.poolings.map(\.rawValue).joined(separator: ", "))
        }
        return program.poolings[0]
    }

    /// The vector of a sequence.
    ///
    /// - Parameters:
    ///   - tokens: the features of its tokens, `count` rows of `width` numbers.
    ///   - skipped: how many tokens are left out at its start, fewer than `count`.
    ///   - result: gets `width` numbers.
    func reduce(_ tokens: UnsafePointer<Float>, count: Int, width: Int, skipped: Int, into result: UnsafeMutablePointer<Float>) {
        func copy(_ row: Int) { result.update(from: tokens + row * width, count: width) }
        func sum(_ weight: (Int) -> Float) {
            result.update(repeating: 0, count: width)
            for row in skipped..<count {
                let weight = weight(row)
                for column in 0..<width { result[column] += weight * tokens[row * width + column] }
            }
        }
        switch self {
        case .cls, .pooled: copy(skipped)
        case .lastToken: copy(count - 1)
        case .max:
            copy(skipped)
            for row in skipped..<count {
                for column in 0..<width { result[column] = Swift.max(result[column], tokens[row * width + column]) }
            }
        case .mean:
            let weight = 1 / Float(count - skipped)
            sum { _ in weight }
        case .meanOverRoot:
            let weight = 1 / Float(count - skipped).squareRoot()
            sum { _ in weight }
        case .weightedMean:
            let total = (skipped..<count).reduce(Float(0)) { $0 + Float($1 + 1) }
            sum { Float($0 + 1) / total }
        }
    }
}
