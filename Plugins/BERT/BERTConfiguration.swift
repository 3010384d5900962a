public import ModelZoo
import ZooNN
import ZooTensor

extension BERT {
    /// The measures of a BERT, as in `transformers`' `BertConfig` with its defaults.
    public struct Configuration: ModelConfiguration {
        /// The number of rows of the word table.
        public let vocabularySize: Int
        /// The largest number of tokens of one sequence.
        public let maxLength: Int
        /// The number of rows of the table of types.
        public let typeCount: Int
        public let layerCount: Int
        /// The probability of dropout before the classifier.
        public let classifierDropout: Float
        let layer: TransformerConfiguration

        public var width: Int { layer.width }

        public var weightsPerToken: Int { layerCount * (4 * layer.width * layer.width + 2 * layer.width * layer.innerWidth) }

        public var activationsPerToken: Int { layerCount * layer.activationsPerToken + 2 * layer.width }

        public init(_ values: ConfigurationReader) throws {
            vocabularySize = try values.integer("vocab_size", default: 30522, in: 1...10_000_000)
            maxLength = try values.integer("max_position_embeddings", default: 512, in: 1...1_000_000)
            typeCount = try values.integer("type_vocab_size", default: 2, in: 1...1000)
            layerCount = try values.integer("num_hidden_layers", default: 12, in: 1...1000)
            let width = try values.integer("hidden_size", default: 768, in: 1...65536)
            let heads = try values.integer("num_attention_heads", default: 12, in: 1...4096)
            try values.check(width % heads == 0, "num_attention_heads", "a divisor of hidden_size (\(width))")
            let dropout = try values.probability("hidden_dropout_prob", default: 0.1)
            classifierDropout = try values.probability("classifier_dropout", default: Double(dropout))
            layer = TransformerConfiguration(
                width: width, heads: heads, innerWidth: try values.integer("intermediate_size", default: 3072, in: 1...1_000_000),
                activation: try values.choice("hidden_act", default: .gelu), norm: .post,
                epsilon: Float(try values.number("layer_norm_eps", default: 1e-12, in: 1e-20...1)), dropout: dropout,
                attentionDropout: try values.probability("attention_probs_dropout_prob", default: 0.1))
            try values.require("position_embedding_type", .string("absolute"))
            try values.require("is_decoder", .bool(false))
            try values.require("add_cross_attention", .bool(false))
        }
    }
}
