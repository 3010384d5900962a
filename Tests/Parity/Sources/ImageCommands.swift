import ModelZoo
import ZooNN
import ZooTensor
import ZooViT

/// The pixels of images, decoded and resized: tensors `[height, width, 3]` with the numbers of the lines as names, from 0.
enum ResizeCommand {
    static func run(cases: String, output: String) throws {
        let tensors = try ImageLine.read(cases).enumerated().map { number, line in
            var image = try line.decoded()
            if let size = line.size { image = image.resized(width: size.width, height: size.height, filter: line.filter) }
            return (name: String(number), tensor: Tensor(image.pixels.map(Float.init), [image.height, image.width, 3]))
        }
        try SafetensorsWriter.write(tensors, to: output)
    }
}

/// What the preparation of a model makes of images: `pixels` `[images, 3, height, width]`.
enum PixelsCommand {
    static func run(model folder: String, images: String, output: String) throws {
        let model = try Model<ViT>(Assets(folder: folder), head: .published)
        let processor = model.tokenizer.processor
        let lines = try ImageLine.read(images)
        let values = try lines.flatMap { try processor.values(processor($0.decoded())).elements }
        let size = model.tokenizer.size
        try SafetensorsWriter.write([("pixels", Tensor(values, [lines.count, 3, size.height, size.width]))], to: output)
        print(model.facts)
    }
}

/// The published head's `logits` `[images, classes]`, and the last hidden states of all tokens of the first images, `hidden`
/// `[8, tokens, width]`.
enum ImageLogitsCommand {
    private static let hiddenCount = 8

    static func run(model folder: String, images: String, output: String, size: Int?) throws {
        let options = TokenizerOptions(imageSize: size)
        let model = try Model<ViT>(Assets(folder: folder), head: .published, options: options)
        let lines = try ImageLine.read(images)
        var logits: [Float] = []
        try model.forEachBatch(lines.map { try model.tokenizer.encode($0.input) }) { batch, _ in
            logits += try model.logits(batch, Pass(model.weights)).value.elements
        }
        // The head reads the class token alone, so the states of the others take a model without head.
        let encoder = try Model<ViT>(Assets(folder: folder), head: .none(.everyToken), options: options)
        let first = try lines.prefix(hiddenCount).map { try encoder.tokenizer.encode($0.input) }
        var hidden: [Float] = []
        try encoder.forEachBatch(first) { batch, _ in
            hidden += encoder.features(batch, Pass(encoder.weights)).tokens.value.elements
        }
        try SafetensorsWriter.write(
            [
                ("logits", Tensor(logits, [lines.count, model.labels.count])),
                ("hidden", Tensor(hidden, [first.count, encoder.configuration.maxLength, encoder.configuration.width])),
            ], to: output)
        print(model.facts)
    }
}

/// What ``GradientsCommand`` writes, for images.
enum ImageGradientsCommand {
    static func run(model folder: String, examples: String, output: String) throws {
        let model = try Model<ViT>(Assets(folder: folder), head: .published)
        let lines = try ImageLine.read(examples)
        let batch = try model.tokenizer(lines.map(\.input))
        try GradientsCommand.write(model, batch, labels: lines.map { $0.label ?? 0 }, to: output)
    }
}

/// The position embeddings for another size of image: `positions` `[1, tokens, width]`.
enum PositionsCommand {
    static func run(model folder: String, size: Int, output: String) throws {
        let options = TokenizerOptions(imageSize: size)
        let model = try Model<ViT>(Assets(folder: folder), head: .none(.everyToken), options: options)
        let tensors = model.schema.parameters.filter { $0.path == ParameterPath("embeddings.position") }.map {
            (name: "positions", tensor: model.weights[$0])
        }
        try SafetensorsWriter.write(tensors, to: output)
        print(model.facts)
    }
}

/// A model with its published head, written again.
enum RewriteCommand {
    static func run(model folder: String, output: String) throws {
        let model = try Model<ViT>(Assets(folder: folder), head: .published)
        try model.write(to: output)
        print(model.facts)
    }
}
