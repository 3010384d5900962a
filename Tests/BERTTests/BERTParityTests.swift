import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting

@Suite("BERT against transformers")
struct BERTParityTests {
    let fixture: BERTFixture

    init() throws { fixture = try BERTFixture() }

    @Test("token ids and types")
    func tokens() throws {
        let encodings = try fixture.encoded(BERTFixture.model())
        #expect(encodings.count == 6)
        for (encoding, example) in zip(encodings, fixture.examples) {
            #expect(encoding.ids == example.ids)
            #expect(encoding.typeIDs == example.types)
        }
    }

    /// Packed into one batch, and each sentence alone.
    @Test("hidden states and their means", arguments: [1, 2048])
    func hiddenStates(tokensPerBatch: Int) throws {
        let model = try BERTFixture.model(.none(.everyToken))
        var hidden: [Float] = []
        var means: [Float] = []
        try model.forEachBatch(fixture.encoded(model), tokens: tokensPerBatch) { batch, _ in
            let features = model.features(batch, Pass(model.weights))
            hidden += features.tokens.value.elements
            means += features.mean.value.elements
        }
        #expect(largestDifference(Tensor(hidden, [hidden.count / 32, 32]), try fixture.tensor("hidden")) <= 1e-5)
        #expect(largestDifference(Tensor(means, [means.count / 32, 32]), try fixture.tensor("mean")) <= 1e-5)
    }

    @Test("the first token alone is the first of all tokens")
    func firstTokens() throws {
        let model = try BERTFixture.model(.none(.firstToken))
        let batch = try model.tokenizer.batch(fixture.encoded(model))
        let features = model.features(batch, Pass(model.weights))
        let hidden = try fixture.tensor("hidden").elements
        let expected = batch.segments.firstRows.flatMap { hidden[$0 * 32..<($0 + 1) * 32] }
        #expect(largestDifference(features.firstTokens.value, Tensor(expected, [6, 32])) <= 1e-5)
    }

    @Test("pooled output and logits", arguments: [1, 2048])
    func logits(tokensPerBatch: Int) throws {
        let model = try BERTFixture.model()
        var pooled: [Float] = []
        var logits: [Float] = []
        try model.forEachBatch(fixture.encoded(model), tokens: tokensPerBatch) { batch, _ in
            let summary = try #require(model.features(batch, Pass(model.weights)).pooled)
            pooled += summary.value.elements
            logits += try model.logits(batch, Pass(model.weights)).value.elements
        }
        #expect(model.labels == ["negative", "neutral", "positive"])
        #expect(largestDifference(Tensor(pooled, [6, 32]), try fixture.tensor("pooled")) <= 1e-5)
        #expect(largestDifference(Tensor(logits, [6, 3]), try fixture.tensor("logits")) <= 1e-5)
    }

    @Test("loss and the gradient of every parameter")
    func gradients() throws {
        let model = try BERTFixture.model()
        try expectGradients(
            of: model, model.tokenizer.batch(fixture.encoded(model)), labels: fixture.examples.map(\.label), count: 41,
            expected: fixture.expected, zeroGradient: "self.key.bias")
    }

    @Test("a model that was written has the same names, weights and configuration")
    func writing() throws {
        let model = try BERTFixture.model()
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        let again = try Model<BERT>(Assets(folder: folder.path), head: .published)
        #expect(again.labels == model.labels)
        for parameter in model.schema.parameters { #expect(again.weights[parameter].elements == model.weights[parameter].elements) }
        let upstream = try Checkpoint(folder: BERTFixture.folder + "/tiny")
        #expect(try Set(Checkpoint(folder: folder.path).names) == Set(upstream.names))
        let configuration = try #require(JSON.parse(readFile(folder.path + "/config.json")).object)
        #expect(configuration["architectures"] == .array([.string("BertForSequenceClassification")]))
        for key in ["hidden_size", "vocab_size", "id2label", "label2id", "hidden_act", "layer_norm_eps", "model_type"] {
            #expect(configuration[key] == model.upstreamConfiguration[key], "\(key)")
        }
    }

    @Test("a model without head is written without the prefix")
    func writingWithoutHead() throws {
        let model = try BERTFixture.model(.none(.pooled))
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        let upstream = try Checkpoint(folder: BERTFixture.folder + "/tiny")
        let expected = upstream.names.filter { $0.hasPrefix("bert.") }.map { String($0.dropFirst(5)) }
        #expect(try Set(Checkpoint(folder: folder.path).names) == Set(expected))
        let configuration = try #require(JSON.parse(readFile(folder.path + "/config.json")).object)
        #expect(configuration["architectures"] == .array([.string("BertModel")]) && configuration["id2label"] == nil)
        let again = try Model<BERT>(Assets(folder: folder.path), head: .none(.pooled))
        for parameter in model.schema.parameters { #expect(again.weights[parameter].elements == model.weights[parameter].elements) }
    }
}
