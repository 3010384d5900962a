import ModelZoo
import ZooNN

/// The deep averaging network (Iyyer et al., 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text Classification"): the mean
/// of a text's word vectors, and some layers on top.
public enum Toy: ModelFamily {
    public static let identifier = "toy"
    public static let summary = "Deep averaging network, a text encoder without attention (Iyyer et al., 2015)"
    public static let modelTypes: Set<String> = ["toy"]
    public static let architectures = (backbone: "ToyModel", classifier: "ToyForSequenceClassification")

    /// Canonical names on the left, those of checkpoints on the right.
    public static let names = NameMap(
        prefix: "toy",
        backbone: [("embeddings.word", "vectors"), ("embeddings.norm", "vector_norm"), ("layers.*", "hidden.*.dense")])

    /// The values of `config.json`, each with its default and range.
    public struct Configuration: ModelConfiguration {
        public let vocabularySize: Int
        public let width: Int
        public let layerCount: Int
        public let maxLength: Int
        public let dropout: Float

        public init(_ values: ConfigurationReader) throws {
            vocabularySize = try values.integer("vocab_size", in: 1...10_000_000)
            width = try values.integer("hidden_size", default: 300, in: 1...65536)
            layerCount = try values.integer("num_hidden_layers", default: 2, in: 1...100)
            maxLength = try values.integer("max_length", default: 512, in: 1...1_000_000)
            dropout = try values.probability("dropout", default: 0.1)
        }

        public var weightsPerToken: Int { width }
        public var activationsPerToken: Int { 2 * width }
    }

    /// Word vectors, and layers on their mean if that is read.
    public struct Model: Backbone {
        let words: Embedding
        let norm: LayerNorm
        let layers: [Linear]
        let dropout: Float

        public init(_ configuration: Configuration, reading: Reading, _ scope: Scope) {
            let width = configuration.width
            words = Embedding(configuration.vocabularySize, width, scope / "embeddings" / "word")
            norm = LayerNorm(width, epsilon: 1e-5, scope / "embeddings" / "norm")
            let count = reading == .pooled ? configuration.layerCount : 0
            layers = (0..<count).map { Linear(width, width, scope / "layers" / $0) }
            dropout = configuration.dropout
        }

        public func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
            let x = norm(Embedding.sum([(words, batch.ids)], pass), dropout: dropout)  // [tokens, width]
            let features = Features(tokens: x, segments: batch.segments, reading: .everyToken)
            guard reading == .pooled else { return features }
            var mean = features.mean  // [sequences, width]
            for layer in layers { mean = layer(mean, activation: .tanh, rows: .sequences) }
            return Features(tokens: x, segments: batch.segments, reading: .everyToken, pooled: mean)
        }
    }

    public static func tokenizer(_ configuration: Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        let words = try WordPieceTokenizer(assets, options)
        guard words.vocabularySize <= configuration.vocabularySize else {
            throw ModelError.vocabulary(
                file: assets.label("config.json"), tokens: words.vocabularySize, rows: configuration.vocabularySize)
        }
        return try TextTokenizer(
            words, maxLength: options.maxLength, positions: configuration.maxLength, types: 2, file: assets.label("config.json"))
    }

    public static func classifier(_ configuration: Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        ClassificationHead(configuration.width, classes: classes, summary: .pooled, dropout: configuration.dropout, scope)
    }
}
