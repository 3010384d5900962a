import ModelZoo
import ZooNN
import ZooTensor

/// How a sequence's tokens become one vector, as sentence-transformers' folders tell.
enum Pooling {
    /// What is taken of the tokens.
    enum Mode: String, CaseIterable {
        case mean, cls
    }

    private static let folder = "1_Pooling/config.json"

    /// What the model's own files say.
    ///
    /// - Parameter standard: what is taken where they say nothing.
    /// - Throws: `CommandError.pooling` for all that is neither the mean nor the first token.
    static func mode(of assets: Assets, otherwise standard: Mode) throws -> Mode {
        if assets.contains("modules.json") {
            for module in try assets.json("modules.json").array ?? [] {
                let type = module["type"]?.string?.split(separator: ".").last.map(String.init) ?? ""
                guard ["Transformer", "Pooling", "Normalize"].contains(type) else {
                    throw CommandError.pooling(file: assets.label("modules.json"), key: "a module", found: type)
                }
            }
        }
        guard assets.contains(folder) else { return standard }
        let modes =
            try assets.json(folder).object?.pairs.filter { $0.key.hasPrefix("pooling_mode_") && $0.value == .bool(true) }.map(\.key) ?? []
        switch modes {
        case ["pooling_mode_mean_tokens"]: return .mean
        case []: return standard
        case ["pooling_mode_cls_token"]: return .cls
        default: throw CommandError.pooling(file: assets.label(folder), key: "the pooling", found: modes.joined(separator: ", "))
        }
    }

    /// The length that the model's own files ask for.
    static func maxLength(of assets: Assets) throws -> Int? {
        guard assets.contains("sentence_bert_config.json"),
            let length = try assets.json("sentence_bert_config.json")["max_seq_length"]?.integer, length >= 3
        else { return nil }
        return length
    }
}

/// Turns inputs into vectors.
struct Embedder<Family: ModelFamily> {
    /// The model without a head.
    let model: Model<Family>
    /// What is taken of the tokens.
    let mode: Pooling.Mode
    private let isNormalized: Bool

    /// - Parameters:
    ///   - mode: nil takes what the model's files say.
    ///   - maxLength: nil takes what the model's files say.
    init(_ assets: Assets, mode: Pooling.Mode?, maxLength: Int?, isNormalized: Bool) throws {
        let standard: Pooling.Mode = Family.embedding == .mean ? .mean : .cls
        let chosen = if let mode { mode } else { try Pooling.mode(of: assets, otherwise: standard) }
        let length = if let maxLength { maxLength } else { try Pooling.maxLength(of: assets) }
        self.mode = chosen
        self.isNormalized = isNormalized
        model = try Model<Family>(
            assets, head: .none(chosen == .mean ? .everyToken : .firstToken), options: tokenizerOptions(length))
    }

    /// Hands over the vector of each input, in order.
    func embed(_ inputs: [Input], _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        let encoded = try concurrentMap(inputs.count) { try model.tokenizer.encode(inputs[$0]) }
        try model.forEachBatch(encoded) { batch, _ in
            let features = model.features(batch, Pass(model.weights))
            var vectors = (mode == .mean ? features.mean : features.firstTokens).value
            if isNormalized { normalize(&vectors) }
            let width = vectors.columns
            try vectors.withElements { elements in
                for row in 0..<vectors.rows { try body(UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width])) }
            }
        }
    }

    private func normalize(_ vectors: inout Tensor) {
        let (rows, width) = (vectors.rows, vectors.columns)
        vectors.withMutableElements { elements in
            for row in 0..<rows {
                let range = row * width..<(row + 1) * width
                let sum = elements[range].reduce(0) { $0 + Double($1) * Double($1) }
                let scale = sum > 0 ? Float(1 / sum.squareRoot()) : 0
                for place in range { elements[place] *= scale }
            }
        }
    }
}

/// The start of a NumPy file, version 1.0, of an array of `float32` in row-major order.
///
/// Source: numpy.lib.format.
func numpyHeader(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // Ten bytes come before it, a line end after it, and all of it is a multiple of 64.
    text += String(repeating: " ", count: (64 - (10 + text.utf8.count + 1) % 64) % 64) + "\n"
    let count = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(text.utf8)
}

/// The bytes of some numbers, the least significant first.
func littleEndian(_ numbers: UnsafeBufferPointer<Float>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * numbers.count)
    for number in numbers { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
    return bytes
}
