import ModelZoo
import ZooTensor
import ZooViT

/// `preprocessor_config.json`, and what it makes of images.
final class ProcessorTarget: Target {
    static let name = "preprocessor"
    private let folder: ScratchFolder
    private let mutator: Mutator

    static let words = [
        "size", "crop_size", "shortest_edge", "longest_edge", "height", "width", "do_resize", "do_center_crop", "do_rescale",
        "do_normalize",
        "resample", "rescale_factor", "image_mean", "image_std", "crop_pct", "image_processor_type", "ViTImageProcessor",
        "CLIPImageProcessor",
        "ConvNextImageProcessor", "BitImageProcessor", "feature_extractor_type", "do_pad", "do_convert_rgb", "data_format",
    ].map { Array($0.utf8) }

    init(_ folder: ScratchFolder) {
        self.folder = folder
        mutator = Mutator(
            seeds: [
                #"{"do_normalize":true,"do_resize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"size":24,"resample":2}"#,
                #"{"image_processor_type":"ViTImageProcessor","do_rescale":true,"rescale_factor":0.00392156862745098,"size":{"height":16,"width":24},"resample":3,"do_normalize":false}"#,
                #"{"feature_extractor_type":"CLIPFeatureExtractor","crop_size":{"height":20,"width":20},"do_center_crop":true,"do_resize":true,"size":{"shortest_edge":24},"resample":3,"image_mean":[0.48,0.45,0.4],"image_std":[0.26,0.26,0.27]}"#,
                #"{"image_processor_type":"ConvNextImageProcessor","crop_pct":0.875,"size":{"shortest_edge":28},"resample":3,"do_resize":true}"#,
            ].map { Array($0.utf8) }, words: Self.words)
    }

    func run(_ source: inout Source) throws {
        let path = try folder.write("preprocessor_config.json", source.document(mutator))
        let assets = Assets(name: "m", paths: ["preprocessor_config.json": path])
        let standard = ImageProcessor(size: .init(width: 16, height: 16))
        try Self.use(try ImageProcessor(assets, otherwise: standard), &source)
    }

    /// Prepares a small image where that gives no large one.
    static func use(_ processor: ImageProcessor, _ source: inout Source) throws {
        guard processor.resizedEdge <= 300, processor.outputSize.map({ $0.width * $0.height <= 90_000 }) ?? true else { return }
        let (width, height) = (source.pick([1, 2, 7, 30]), source.pick([1, 3, 8, 25]))
        let image = PixelImage(width: width, height: height, pixels: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 29) })
        let prepared = processor(image)
        if let size = processor.outputSize {
            try require(prepared.width == size.width && prepared.height == size.height, "another size than the one that was told")
        }
        try require(processor.values(prepared).isFinite, "values are not finite")
    }
}

/// `config.json` of Vision Transformers: in the form of `transformers`, and in timm's with `pretrained_cfg`.
final class TimmTarget: Target {
    static let name = "timm"
    private let folder: ScratchFolder
    private let mutator: Mutator

    init(_ folder: ScratchFolder) {
        self.folder = folder
        mutator = Mutator(
            seeds: [
                #"{"architecture":"vit_tiny_patch16_224","num_classes":2,"num_features":192,"global_pool":"token","pretrained_cfg":{"input_size":[3,32,32],"fixed_input_size":true,"interpolation":"bicubic","crop_pct":0.9,"crop_mode":"center","mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"num_classes":2,"classifier":"head","label_names":["n1","n2"],"label_descriptions":{"n1":"cat","n2":"dog"}},"model_args":{"img_size":32,"embed_dim":24,"depth":2,"num_heads":3}}"#,
                #"{"architecture":"vit_small_patch8_224","global_pool":"avg","model_args":{"qkv_bias":false,"img_size":[16,24]},"pretrained_cfg":{"interpolation":"bilinear","crop_pct":1.0,"input_size":[3,16,24]}}"#,
                #"{"model_type":"vit","architectures":["ViTForImageClassification"],"hidden_size":24,"num_hidden_layers":1,"num_attention_heads":3,"intermediate_size":48,"patch_size":8,"image_size":32,"num_channels":3,"hidden_act":"gelu","layer_norm_eps":1e-12,"qkv_bias":true,"id2label":{"0":"a","1":"b"}}"#,
            ].map { Array($0.utf8) },
            words: ProcessorTarget.words
                + [
                    "architecture", "vit_tiny_patch16_224", "pretrained_cfg", "model_args", "global_pool", "avg", "img_size", "label_names",
                    "label_descriptions", "num_classes", "crop_mode", "squash", "border", "bicubic", "lanczos", "input_size",
                ].map { Array($0.utf8) })
    }

    func run(_ source: inout Source) throws {
        let path = try folder.write("config.json", source.document(mutator))
        let assets = Assets(name: "m", paths: ["config.json": path])
        let json = try assets.json("config.json")
        _ = ViT.recognises(json)
        let given = try ConfigurationReader(json, file: "m/config.json")
        let configuration = try ViT.Configuration(
            ConfigurationReader(.object(ViT.translated(given.json, file: given.file)), file: given.file))
        try require(configuration.grid.rows >= 1 && configuration.grid.columns >= 1 && configuration.maxLength >= 2, "no patches")
        _ = (ViT.upstreamObstacle(configuration), configuration.weightsPerToken, configuration.activationsPerToken)
        let tokenizer = try ViT.tokenizer(configuration, assets, TokenizerOptions())
        try ProcessorTarget.use(tokenizer.processor, &source)
    }
}
