public import ModelZoo
import ZooNN
import ZooTensor

extension ViT {
    /// The measures of a ViT, as in `transformers`' `ViTConfig` with its defaults.
    public struct Configuration: ModelConfiguration {
        /// What a sequence is summed up as.
        public enum Pooling: String, Sendable, CaseIterable {
            /// The class token after the last norm.
            case token
            /// The mean over the patches, normalised then: timm's `avg` with `fc_norm`.
            case mean = "avg"
        }

        /// The size of images in pixels.
        public let imageSize: ImageProcessor.Size
        /// The edge of a patch in pixels.
        public let patchSize: Int
        public let layerCount: Int
        /// What a sequence is summed up as.
        public let pooling: Pooling
        let layer: TransformerConfiguration

        public var width: Int { layer.width }

        /// The numbers of rows and columns of patches.
        public var grid: (rows: Int, columns: Int) { (imageSize.height / patchSize, imageSize.width / patchSize) }

        public var maxLength: Int { grid.rows * grid.columns + 1 }

        public var weightsPerToken: Int {
            layerCount * (4 * layer.width * layer.width + 2 * layer.width * layer.innerWidth) + 3 * patchSize * patchSize * layer.width
        }

        /// The norms before attention and feed-forward keep their outputs, the embeddings their patches.
        public var activationsPerToken: Int { layerCount * layer.activationsPerToken + 3 * layer.width + 3 * patchSize * patchSize }

        public init(_ values: ConfigurationReader) throws {
            patchSize = try values.integer("patch_size", default: 16, in: 1...1024)
            imageSize = try Self.size(values)
            try values.check(
                imageSize.width % patchSize == 0 && imageSize.height % patchSize == 0, "image_size",
                "a multiple of patch_size (\(patchSize))")
            layerCount = try values.integer("num_hidden_layers", default: 12, in: 1...1000)
            let width = try values.integer("hidden_size", default: 768, in: 1...65536)
            let heads = try values.integer("num_attention_heads", default: 12, in: 1...4096)
            try values.check(width % heads == 0, "num_attention_heads", "a divisor of hidden_size (\(width))")
            pooling = try values.choice("global_pool", default: .token)
            layer = TransformerConfiguration(
                width: width, heads: heads, innerWidth: try values.integer("intermediate_size", default: 3072, in: 1...1_000_000),
                activation: try values.choice("hidden_act", default: .gelu), norm: .pre,
                epsilon: Float(try values.number("layer_norm_eps", default: 1e-12, in: 1e-20...1)),
                dropout: try values.probability("hidden_dropout_prob", default: 0),
                attentionDropout: try values.probability("attention_probs_dropout_prob", default: 0),
                projectionBias: try values.bool("qkv_bias", default: true))
            try values.require("num_channels", .integer(3))
            let patches = (imageSize.width / patchSize).multipliedReportingOverflow(by: imageSize.height / patchSize)
            try values.check(!patches.overflow && patches.partialValue <= 65536, "image_size", "a size with at most 65536 patches")
        }

        private static func size(_ values: ConfigurationReader) throws -> ImageProcessor.Size {
            if case .array(let items)? = values.json["image_size"] {
                let numbers = items.compactMap(\.integer).filter { (1...8192).contains($0) }
                try values.check(items.count == 2 && numbers.count == 2, "image_size", "a whole number from 1 to 8192, or height and width")
                return ImageProcessor.Size(width: numbers[1], height: numbers[0])
            }
            let edge = try values.integer("image_size", default: 224, in: 1...8192)
            return ImageProcessor.Size(width: edge, height: edge)
        }
    }
}
