public import ModelZoo
public import ZooNN
public import ZooTensor

/// The Vision Transformer (Dosovitskiy et al., 2021, "An Image is Worth 16x16 Words"), as in `transformers`' `ViTModel` and
/// `ViTForImageClassification`; timm's `vit_*` checkpoints too.
public enum ViT: ModelFamily {
    public static let identifier = "vit"
    public static let summary = "Vision Transformer, an image encoder (Dosovitskiy et al., 2021); DeiT and timm's vit_* too"
    public static let modelTypes: Set<String> = ["vit"]
    public static let architectures = (backbone: "ViTModel", classifier: "ViTForImageClassification")

    public static let names = NameMap(
        prefix: "vit",
        backbone: [
            ("embeddings.patch", "embeddings.patch_embeddings.projection"),
            ("layers.*.attention.norm", "encoder.layer.*.layernorm_before"),
            ("layers.*.attention.query", "encoder.layer.*.attention.attention.query"),
            ("layers.*.attention.key", "encoder.layer.*.attention.attention.key"),
            ("layers.*.attention.value", "encoder.layer.*.attention.attention.value"),
            ("layers.*.attention.output", "encoder.layer.*.attention.output.dense"),
            ("layers.*.feedForward.norm", "encoder.layer.*.layernorm_after"),
            ("layers.*.feedForward.input", "encoder.layer.*.intermediate.dense"),
            ("layers.*.feedForward.output", "encoder.layer.*.output.dense"),
            ("norm", "layernorm"),
            ("pooledNorm", "pooled_layernorm"),
            ("pooler", "pooler.dense"),
        ],
        parameters: [
            ("embeddings.class", "embeddings.cls_token"), ("embeddings.position", "embeddings.position_embeddings"),
        ],
        // The decoder of masked image modelling.
        ignored: ["decoder", "embeddings.mask_token"])

    /// timm's `VisionTransformer`.
    public static let otherNames = [
        NameMap(
            prefix: "",
            backbone: [
                ("embeddings.patch", "patch_embed.proj"),
                ("layers.*.attention.norm", "blocks.*.norm1"),
                ("layers.*.attention.output", "blocks.*.attn.proj"),
                ("layers.*.feedForward.norm", "blocks.*.norm2"),
                ("layers.*.feedForward.input", "blocks.*.mlp.fc1"),
                ("layers.*.feedForward.output", "blocks.*.mlp.fc2"),
                ("norm", "norm"),
                ("pooledNorm", "fc_norm"),
            ],
            parameters: [("embeddings.class", "cls_token"), ("embeddings.position", "pos_embed")],
            fused: [(["layers.*.attention.query", "layers.*.attention.key", "layers.*.attention.value"], "blocks.*.attn.qkv")],
            head: [("classifier", "head")])
    ]

    /// timm has no `model_type`, but the architecture's name.
    public static func recognises(_ configuration: JSON) -> Bool {
        if let type = configuration["model_type"]?.string { return modelTypes.contains(type) }
        return configuration["architecture"]?.string?.hasPrefix("vit_") ?? false
    }

    public static func tokenizer(_ configuration: Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> ImageTokenizer {
        let size = configuration.imageSize
        var processor = try ImageProcessor(assets, otherwise: ImageProcessor(size: size, filter: .bilinear))
        // What the model has positions for counts: they have been interpolated if another size was asked for.
        if processor.outputSize != size { processor = processor.resized(to: size) }
        return try ImageTokenizer(
            processor, size: size, patchSize: configuration.patchSize, prefixTokens: 1, file: assets.label("preprocessor_config.json"))
    }

    public static func embedding(_ configuration: Configuration) -> ClassificationHead.Summary {
        configuration.pooling == .token ? .firstToken : .pooled
    }

    public static func upstreamObstacle(_ configuration: Configuration) -> String? {
        configuration.pooling == .token ? nil : "its ViT has no mean over the patches (global_pool \"avg\")"
    }

    public static func classifier(_ configuration: Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        ClassificationHead(configuration.width, classes: classes, summary: embedding(configuration), dropout: 0, scope)
    }

    /// Position embeddings of another image size.
    public static func adaptation(
        of shape: Shape, to parameter: Parameter, _ configuration: Configuration
    ) -> ((Tensor) -> Tensor)? {
        guard parameter.path.segments == ["embeddings", "position"],
            let edge = PositionInterpolation.edge(of: shape, for: parameter.shape, grid: configuration.grid)
        else { return nil }
        return { PositionInterpolation.resized($0, edge: edge, to: parameter.shape, grid: configuration.grid) }
    }
}
