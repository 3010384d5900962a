import ModelZoo
import Testing
import ZooTensor
import ZooTesting
import ZooTraining
import ZooViT

/// A tiny ViT and a folder of pictures whose classes are colours.
final class PhotoAlbum {
    let folder: TemporaryFolder
    static let classes = ["blue", "green", "red"]

    init(dropout: Double = 0.1) throws {
        folder = try TemporaryFolder()
        let configuration: JSONObject = [
            "model_type": .string("vit"), "image_size": .integer(32), "patch_size": .integer(8), "hidden_size": .integer(32),
            "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(64),
            "hidden_dropout_prob": .number(dropout), "attention_probs_dropout_prob": .number(dropout),
        ]
        try RandomModel.write(ViT.self, configuration: .object(configuration), to: folder.path + "/model")
    }

    /// A noisy picture of the class's colour.
    static func picture(_ label: Int, _ number: Int) -> PixelImage {
        var random = SplitMix64(seed: UInt64(label * 1000 + number))
        let (width, height) = (30 + number % 9, 40 - number % 7)
        let pixels = (0..<3 * width * height).map { place in
            UInt8(truncatingIfNeeded: random.next() % 90 + (place % 3 == 2 - label ? 160 : 20))
        }
        return PixelImage(width: width, height: height, pixels: pixels)
    }

    /// Writes pictures into a folder for each class.
    @discardableResult
    func write(_ name: String, perClass count: Int, from first: Int = 0) throws -> String {
        for (label, title) in Self.classes.enumerated() {
            for number in first..<first + count {
                try folder.write("\(name)/\(title)/\(number).png", ImageDecoder.png(Self.picture(label, number)))
            }
        }
        return folder.path + "/" + name
    }

    func data(_ name: String, labels: [String]? = nil) throws -> LabelledDataset {
        try DatasetReader.parts(folder.path + "/" + name, kind: .image, labels: labels).training
    }

    func model(_ head: HeadChoice = .fresh(PhotoAlbum.classes)) throws -> Model<ViT> {
        try Model<ViT>(Assets(folder: folder.path + "/model"), head: head)
    }

    /// A run with a high rate and small batches.
    func tuner(
        _ data: LabelledDataset, validation: LabelledDataset? = nil, folder run: String? = nil, cache: FeatureCache? = nil,
        _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> FineTuner<ViT> {
        var configuration = TrainingConfiguration()
        configuration.batchSize = 8
        configuration.learningRate = 3e-3
        configuration.epochs = 3
        change(&configuration)
        return FineTuner(
            try model(), training: data, validation: validation, configuration: configuration,
            folder: try run.map { try RunFolder(folder.path + "/" + $0) }, cache: cache)
    }
}
