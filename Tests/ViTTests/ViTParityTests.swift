import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooViT

@Suite("ViT against transformers")
struct ViTParityTests {
    let fixture: ViTFixture

    init() throws { fixture = try ViTFixture() }

    @Test("pixel values: of the model's size, wide, tall, with transparency, grey")
    func pixels() throws {
        let processor = try ViTFixture.model().tokenizer.processor
        let values = try fixture.images.flatMap { try processor.values(processor($0.decoded())).elements }
        #expect(fixture.images.count == 5)
        #expect(largestDifference(Tensor(values, [5, 3, 32, 32]), try fixture.tensor("pixel_values")) <= 1e-5)
    }

    @Test("patches hold the pixel values, channel by channel")
    func patches() throws {
        let batch = try fixture.batch(ViTFixture.model())
        #expect(batch.patchesPerImage == 16 && batch.segments.count == 5 && batch.patches.shape == [80, 192])
        let pixels = try fixture.tensor("pixel_values").elements
        let patches = batch.patches.elements
        var largest: Float = 0
        for image in 0..<5 {
            for channel in 0..<3 {
                for y in 0..<32 {
                    for x in 0..<32 {
                        let patch = image * 16 + y / 8 * 4 + x / 8
                        let value = patches[patch * 192 + channel * 64 + y % 8 * 8 + x % 8]
                        largest = max(largest, abs(value - pixels[((image * 3 + channel) * 32 + y) * 32 + x]))
                    }
                }
            }
        }
        #expect(largest <= 1e-5)
    }

    /// All images in one batch, and each alone.
    @Test("hidden states", arguments: [1, 2048])
    func hiddenStates(tokensPerBatch: Int) throws {
        let model = try ViTFixture.model(.none(.everyToken))
        var hidden: [Float] = []
        try model.forEachBatch(fixture.encoded(model), tokens: tokensPerBatch) { batch, _ in
            hidden += model.features(batch, Pass(model.weights)).tokens.value.elements
        }
        #expect(largestDifference(Tensor(hidden, [5, 17, 32]), try fixture.tensor("hidden")) <= 1e-5)
    }

    @Test("the class token alone is the first of all tokens")
    func classTokens() throws {
        let model = try ViTFixture.model(.none(.firstToken))
        let features = model.features(try fixture.batch(model), Pass(model.weights))
        let hidden = try fixture.tensor("hidden").elements
        let expected = stride(from: 0, to: hidden.count, by: 17 * 32).flatMap { hidden[$0..<$0 + 32] }
        #expect(largestDifference(features.firstTokens.value, Tensor(expected, [5, 32])) <= 1e-5)
    }

    @Test("logits", arguments: [1, 2048])
    func logits(tokensPerBatch: Int) throws {
        let model = try ViTFixture.model()
        var logits: [Float] = []
        try model.forEachBatch(fixture.encoded(model), tokens: tokensPerBatch) { batch, _ in
            logits += try model.logits(batch, Pass(model.weights)).value.elements
        }
        #expect(model.labels == ["circle", "square", "star"])
        #expect(largestDifference(Tensor(logits, [5, 3]), try fixture.tensor("logits")) <= 1e-5)
    }

    @Test("loss and the gradient of every parameter")
    func gradients() throws {
        let model = try ViTFixture.model()
        try expectGradients(
            of: model, fixture.batch(model), labels: fixture.labels, count: 40, expected: fixture.expected,
            zeroGradient: "attention.key.bias")
    }

    @Test("a model that was written has the same names, weights, configuration and preparation")
    func writing() throws {
        let model = try ViTFixture.model()
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        let again = try Model<ViT>(Assets(folder: folder.path), head: .published)
        #expect(again.labels == model.labels && again.notes.isEmpty)
        #expect(again.tokenizer.processor == model.tokenizer.processor)
        for parameter in model.schema.parameters { #expect(again.weights[parameter].elements == model.weights[parameter].elements) }
        let upstream = try Checkpoint(folder: ViTFixture.folder + "/tiny")
        #expect(try Set(Checkpoint(folder: folder.path).names) == Set(upstream.names))
        let configuration = try #require(JSON.parse(readFile(folder.path + "/config.json")).object)
        #expect(configuration["architectures"] == .array([.string("ViTForImageClassification")]))
        for key in ["hidden_size", "image_size", "patch_size", "id2label", "label2id", "hidden_act", "layer_norm_eps", "model_type"] {
            #expect(configuration[key] == model.upstreamConfiguration[key], "\(key)")
        }
        let preparation = try JSON.parse(readFile(folder.path + "/preprocessor_config.json"))
        let published = try JSON.parse(readFile(ViTFixture.folder + "/tiny/preprocessor_config.json"))
        for (key, value) in try #require(published.object).pairs { #expect(preparation[key] == value, "\(key)") }
        #expect(try fixture.logits(again).elements == fixture.logits(model).elements)
    }

    @Test("a model without head is written without the prefix")
    func writingWithoutHead() throws {
        let model = try ViTFixture.model(.none(.everyToken))
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        let upstream = try Checkpoint(folder: ViTFixture.folder + "/tiny")
        let expected = upstream.names.filter { $0.hasPrefix("vit.") }.map { String($0.dropFirst(4)) }
        #expect(try Set(Checkpoint(folder: folder.path).names) == Set(expected))
        let configuration = try #require(JSON.parse(readFile(folder.path + "/config.json")).object)
        #expect(configuration["architectures"] == .array([.string("ViTModel")]) && configuration["id2label"] == nil)
        let again = try Model<ViT>(Assets(folder: folder.path), head: .none(.everyToken))
        for parameter in model.schema.parameters { #expect(again.weights[parameter].elements == model.weights[parameter].elements) }
    }

    @Test("another size of images: positions of another grid, written with it, the model's own left as they are")
    func otherSizes() throws {
        let model = try ViTFixture.model()
        let larger = try ViTFixture.model(.published, TokenizerOptions(imageSize: 48))
        let positions = try #require(larger.schema.parameters.first { $0.path == ParameterPath("embeddings.position") })
        #expect(larger.weights[positions].shape == [1, 37, 32] && larger.tokenizer.size == ImageProcessor.Size(width: 48, height: 48))
        #expect(larger.weights[positions].elements.prefix(32) == model.weights[positions].elements.prefix(32))
        let folder = try TemporaryFolder()
        try larger.write(to: folder.path)
        let again = try Model<ViT>(Assets(folder: folder.path), head: .published)
        #expect(again.configuration.imageSize == ImageProcessor.Size(width: 48, height: 48))
        #expect(again.tokenizer.processor == larger.tokenizer.processor)
        #expect(try fixture.logits(again).elements == fixture.logits(larger).elements)

        let same = try ViTFixture.model(.published, TokenizerOptions(imageSize: 32))
        #expect(same.weights[positions].elements == model.weights[positions].elements)
    }
}
