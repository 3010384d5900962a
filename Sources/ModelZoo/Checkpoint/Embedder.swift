import ZooNN
import ZooTensor

/// Turns inputs into vectors: a model without a head, and what is taken of its tokens.
public struct Embedder<Family: ModelFamily>: Sendable {
    /// The model without a head.
    public let model: Model<Family>
    /// What is taken of the tokens.
    public let pooling: Pooling
    private let isNormalized: Bool

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - assets: the files.
    ///   - pooling: nil takes what the model's files say, else what is usual for its family.
    ///   - options: a length of nil takes what the model's files say.
    ///   - isNormalized: whether vectors are scaled to length 1.
    /// - Throws: what ``Model/init(_:head:options:seed:)`` throws, and `ModelError.pooling`.
    public init(
        _ assets: Assets, pooling: Pooling? = nil, options: TokenizerOptions = TokenizerOptions(), isNormalized: Bool = true
    ) throws {
        let configuration = try Model<Family>.configuration(assets, options)
        let standard = Pooling(Family.embedding(configuration))
        let chosen = if let pooling { pooling } else { try Pooling.stated(by: assets, otherwise: standard) }
        var options = options
        if options.maxLength == nil, let length = try Pooling.maxLength(statedBy: assets) {
            options.maxLength = min(length, configuration.maxLength)
        }
        self.pooling = chosen
        self.isNormalized = isNormalized
        model = try Model<Family>(
            assets, head: .none(chosen.reading), options: options)
    }

    /// Hands over the vector of each input, `model.configuration.width` numbers, in order.
    ///
    /// - Throws: what the tokenizer throws about an input, and what `body` throws; `ModelError.notFinite` for weights that give no answer;
    ///   `FileError.changed` when the weights' file was cut.
    public func embed(_ inputs: [Input], _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        try embed(encoded: concurrentMap(inputs.count) { try model.tokenizer.accepted(inputs[$0]) }, body)
    }

    /// The same for inputs that the tokenizer has taken already.
    public func embed(encoded: [Family.InputTokenizer.Encoded], _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        try model.forEachBatch(encoded) { batch, _ in
            let features = model.features(batch, Pass(model.weights))
            var vectors = vectors(features).value
            try model.check(vectors)
            if isNormalized { normalize(&vectors) }
            let width = vectors.columns
            try vectors.withElements { elements in
                for row in 0..<vectors.rows { try body(UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width])) }
            }
        }
    }

    private func vectors(_ features: Features) -> Variable {
        switch pooling {
        case .mean: features.mean
        case .cls: features.firstTokens
        case .pooled: features.pooled ?? features.firstTokens
        }
    }

    private func normalize(_ vectors: inout Tensor) {
        let (rows, width) = (vectors.rows, vectors.columns)
        vectors.withMutableElements { elements in
            for row in 0..<rows {
                let range = row * width..<(row + 1) * width
                let sum = elements[range].reduce(0) { $0 + Double($1) * Double($1) }
                let inverse = sum > 0 ? 1 / sum.squareRoot() : 0
                let scale = Float(inverse)
                for place in range {
                    // A vector so short that its inverse is infinite in single precision.
                    if scale.isFinite { elements[place] *= scale } else { elements[place] = Float(Double(elements[place]) * inverse) }
                }
            }
        }
    }
}
