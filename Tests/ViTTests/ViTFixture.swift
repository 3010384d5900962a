import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooViT

/// The tiny model that `Tests/Parity/make_vit_fixture.py` writes, and what `transformers` makes of some images with it.
struct ViTFixture {
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.joined(separator: "/") + "/Fixtures"
    }()

    /// The files of the model.
    static func assets() throws -> Assets { try Assets(folder: folder + "/tiny") }

    /// The model.
    static func model(_ head: HeadChoice = .published, _ options: TokenizerOptions = TokenizerOptions()) throws -> Model<ViT> {
        try Model<ViT>(assets(), head: head, options: options)
    }

    let images: [ImageSource]
    /// Their classes.
    let labels: [Int]
    /// What `transformers` computes.
    let expected: Checkpoint

    init() throws {
        let record = try JSON.parse(readFile(ViTFixture.folder + "/expected.json"))
        let examples = try #require(record["examples"]?.array)
        images = try examples.map { ImageSource(file: ViTFixture.folder + "/" + (try #require($0["image"]?.string))) }
        labels = try examples.map { try #require($0["label"]?.integer) }
        expected = try Checkpoint(ViTFixture.folder + "/expected.safetensors")
    }

    /// One of the tensors that `transformers` computes.
    func tensor(_ name: String) throws -> Tensor { try expected.tensor(name) }

    /// All images as inputs of a model.
    func encoded(_ model: Model<ViT>) throws -> [ImageTokenizer.Encoded] { try images.map { try model.tokenizer.encode(.image($0)) } }

    /// All images as one batch.
    func batch(_ model: Model<ViT>) throws -> PatchBatch { try model.tokenizer(images.map { .image($0) }) }

    /// The logits of all images, `[images, classes]`.
    func logits(_ model: Model<ViT>) throws -> Tensor { try model.logits(batch(model), Pass(model.weights)).value }
}
