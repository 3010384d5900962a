import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooTraining

/// That what was trained can be written and loaded again.
@Suite("Export")
struct ExportTests {
    private let inputs: [Input] = [.text("the reda of"), .text("blueb"), .text(""), .text("redc blued a the of and in it is on we you")]

    @Test("a model that was trained, written and loaded gives the same bits")
    func roundTrip() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60, classes: 3))
        let tuned = try workplace.tuner(data, folder: "run") { $0.epochs = 1 }.run().model
        try makeFolders(workplace.path("export"))
        try tuned.write(to: workplace.path("export"))
        for folder in ["export", "run/best"] {
            let loaded = try Model<BERT>(Assets(folder: workplace.path(folder)), head: .published)
            #expect(loaded.labels == ["blue", "red", "tall"])
            #expect(loaded.bits == tuned.bits)
            #expect(loaded.notes.isEmpty, "\(loaded.notes)")
            #expect(try loaded.classify(inputs) == tuned.classify(inputs))
        }
        let names = try Checkpoint(workplace.path("export/model.safetensors")).names
        #expect(names.contains("bert.embeddings.word_embeddings.weight") && names.contains("classifier.bias"))
        let configuration = try JSON.parse(readFile(workplace.path("export/config.json")))
        #expect(configuration["architectures"] == .array([.string("BertForSequenceClassification")]))
        #expect(configuration["label2id"]?["tall"]?.integer == 2)
    }

    @Test("the greatest length that was trained with is the one that the written model is asked with")
    func maxLength() throws {
        let workplace = try Workplace()
        let base = try workplace.model(.none(.everyToken))
        let model = try Model<BERT>(base.assets, head: .fresh(["a", "b"]), options: TokenizerOptions(maxLength: 7))
        try model.write(to: workplace.path("short"))
        let loaded = try Model<BERT>(Assets(folder: workplace.path("short")), head: .published)
        #expect(base.tokenizer.maxLength > 7 && loaded.tokenizer.maxLength == 7)
        #expect(try loaded.tokenizer.encode(.text("the a of and in it is on we you")).ids.count == 7)
    }

    @Test("a model that was trained can be trained again, for other classes too")
    func again() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(40))
        let first = try workplace.tuner(data, folder: "run") { $0.epochs = 1 }.run().model
        let other = try workplace.data("other", Workplace.texts(40, classes: 4))
        let base = try Model<BERT>(Assets(folder: workplace.path("run/best")), head: .fresh(other.labels))
        #expect(base.notes.contains { $0.contains("classifier.weight") })
        let backbone = zip(base.schema.parameters, first.schema.parameters).filter { $0.0.path.segments[0] != "classifier" }
        #expect(backbone.allSatisfy { base.bits($0) == first.bits($1) })
        var configuration = TrainingConfiguration()
        configuration.maxSteps = 2
        #expect(try FineTuner(base, training: other, configuration: configuration).run().model.labels.count == 4)
    }

    @Test("without a head there are features and no labels")
    func noHead() throws {
        let workplace = try Workplace(labels: ["no", "yes"])
        let model = try workplace.model(.none(.pooled))
        #expect(model.labels.isEmpty && model.head == nil)
        let batch = try model.tokenizer(inputs)
        let features = model.features(batch, Pass(model.weights))
        #expect(features.pooled?.shape == [4, 32])
        expectError(.usage, "has no trained head", "base") { try model.classify(inputs) }
        expectError(.usage, "has no trained head") { try checkGradients(model, inputs: inputs, labels: [0, 0, 0, 0]) }
        let published = try workplace.model(.published)
        #expect(published.labels == ["no", "yes"])
        #expect(try published.classify(inputs).allSatisfy { $0.count == 2 && abs($0[0].probability + $0[1].probability - 1) < 1e-5 })
        #expect(try Model<BERT>.hasPublishedHead(Assets(folder: workplace.base)))
    }

    @Test("a base without a head has none to publish")
    func baseAlone() throws {
        let workplace = try Workplace()
        #expect(try !Model<BERT>.hasPublishedHead(Assets(folder: workplace.base)))
        expectError(.format, "classifier.weight", "classifier.bias") { try workplace.model(.published) }
        // What comes without a head is written without one.
        let model = try workplace.model(.none(.pooled))
        try makeFolders(workplace.path("export"))
        try model.write(to: workplace.path("export"))
        #expect(try readFile(workplace.path("export/model.safetensors")) == readFile(workplace.base + "/model.safetensors"))
    }
}
