import ZooNN
import ZooTensor

/// Turns inputs into vectors: a model without a head, and what its files say is made of the tokens.
public struct Embedder<Family: ModelFamily>: Sendable {
    /// The model without a head.
    public let model: Model<Family>
    /// The number of numbers of a vector.
    public let width: Int
    /// The text that is put before each input; empty for none.
    public let prompt: String
    private let program: SentenceProgram
    private let dense: [Weights]
    private let isNormalized: Bool
    /// How many tokens the prompt takes at the start of an input, where they do not count.
    private let skipped: Int

    /// What is taken of the tokens; the vectors of several follow each other.
    public var poolings: [Pooling] { program.poolings }

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - assets: the files.
    ///   - pooling: nil takes what the model's files say, else what is usual for its family.
    ///   - prompt: what is put before each input.
    ///   - options: a length of nil takes what the model's files say.
    ///   - isNormalized: whether vectors are scaled to length 1 at the end.
    /// - Throws: what ``Model/init(_:head:options:seed:)`` throws, `ModelError.vectors`, `ModelError.unknownPrompt`.
    public init(
        _ assets: Assets, pooling: Pooling? = nil, prompt: PromptChoice = .stated, options: TokenizerOptions = TokenizerOptions(),
        isNormalized: Bool = true
    ) throws {
        let configuration = try Model<Family>.configuration(assets, options)
        var program = try SentenceProgram(assets, otherwise: Pooling(Family.embedding(configuration)))
        if let pooling { program.poolings = [pooling] }
        if !isNormalized { program.dropLastNormalize() }
        width = try program.width(configuration.width)
        let prompt = try Prompts(assets).text(prompt)
        guard prompt.isEmpty || Family.inputKind == .text else {
            throw ModelError.wrongInput(expected: Family.inputKind.rawValue + "s", found: "a prompt")
        }
        var options = options
        if options.maxLength == nil, let length = program.maxLength { options.maxLength = min(length, configuration.maxLength) }
        if program.lowercases { options.lowercases = true }
        let excludesPrompt = !program.includesPrompt && !prompt.isEmpty && program.poolings != [.pooled]
        let reading: Reading = program.poolings.count > 1 || excludesPrompt ? .everyToken : program.poolings[0].reading
        model = try Model<Family>(assets, head: .none(reading), options: options)
        dense = try program.steps.compactMap { if case .dense(let module) = $0 { try module.weights() } else { nil } }
        skipped = excludesPrompt ? try model.tokenizer.promptLength(prompt) : 0
        self.program = program
        self.prompt = prompt
        self.isNormalized = isNormalized
    }

    /// Hands over the vector of each input, ``width`` numbers, in order.
    ///
    /// - Throws: what the tokenizer throws about an input, `ModelError.promptTakesAll`, and what `body` throws; `ModelError.notFinite` for
    ///   weights that give no answer; `FileError.changed` when the weights' file was cut.
    public func embed(_ inputs: [Input], _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        try embed(encoded: concurrentMap(inputs.count) { try model.tokenizer.accepted(prompted(inputs[$0])) }, body)
    }

    /// The input as the tokenizer is to take it: with the prompt before it.
    public func prompted(_ input: Input) -> Input { input.with(prompt: prompt) }

    /// The same for inputs, ``prompted(_:)`` ones, that the tokenizer has taken already.
    public func embed(encoded: [Family.InputTokenizer.Encoded], _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        try model.forEachBatch(encoded) { batch, _ in
            let features = model.features(batch, Pass(model.weights))
            var vectors = try pooled(features)
            var layer = 0
            for step in program.steps {
                switch step {
                case .normalize: normalize(&vectors)
                case .dense(let module):
                    vectors = module(vectors, dense[layer])
                    layer += 1
                }
            }
            try model.check(vectors)
            if isNormalized { normalize(&vectors) }
            try vectors.withElements { elements in
                for row in 0..<vectors.rows { try body(UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width])) }
            }
        }
    }

    /// What the pooling makes of a batch, `[sequences, width]`.
    private func pooled(_ features: Features) throws -> Tensor {
        if poolings.count == 1 && skipped == 0 {
            switch poolings[0] {
            case .mean: return features.mean.value
            case .cls: return features.firstTokens.value
            case .pooled: return (features.pooled ?? features.firstTokens).value
            default: break
            }
        }
        let (segments, tokens) = (features.segments, features.tokens.value)
        let width = tokens.columns
        var result = Tensor(uninitialized: [segments.count, width * poolings.count])
        for length in segments.lengths where length <= skipped { throw ModelError.promptTakesAll(tokens: skipped, length: length) }
        result.withMutableElements { elements in
            guard let target = elements.baseAddress else { return }
            for sequence in 0..<segments.count {
                let rows = segments[sequence]
                for (place, pooling) in poolings.enumerated() {
                    pooling.reduce(
                        tokens.pointer + rows.lowerBound * width, count: rows.count, width: width, skipped: skipped,
                        into: target + (sequence * poolings.count + place) * width)
                }
            }
        }
        return result
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

extension Input {
    /// The input with a text before it; of a pair before the first.
    fileprivate func with(prompt: String) -> Input {
        if prompt.isEmpty { return self }
        return switch self {
        case .text(let text): .text(prompt + text)
        case .textPair(let first, let second): .textPair(prompt + first, second)
        case .image: self
        }
    }
}
