import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting

/// Heads that are not one of exactly one class of a whole input.
@Suite("Heads of other tasks")
struct BERTHeadTests {
    @Test(
        "heads of other tasks give no answers, and the configuration's words are told",
        arguments: [
            ("architectures", #"["BertForTokenClassification"]"#, "architectures BertForTokenClassification"),
            ("architectures", #"["BertForMultipleChoice"]"#, "architectures BertForMultipleChoice"),
            ("architectures", #"["BertModel"]"#, "architectures BertModel"),
            ("architectures", #"["A", "B"]"#, "architectures A, B"),
            ("problem_type", #""multi_label_classification""#, "problem_type multi_label_classification"),
            ("problem_type", #""regression""#, "problem_type regression"),
            ("problem_type", #""ranking""#, "problem_type ranking"), ("problem_type", "7", "problem_type 7"),
            ("id2label", #"{"0": "LABEL_0"}"#, "num_labels 1"),
        ])
    func otherTask(key: String, value: String, stated: String) throws {
        let model = try AlteredModel([key: value])
        expectError(.incompatible, "a head for another task (\(stated))") { try model.load() }
        #expect(try Model<BERT>.publishedHead(model.assets) == .otherTask(stated))
        let check = try Model<BERT>.check(model.assets)
        #expect(check.head == .otherTask(stated))
        #expect(check.notes.count == 1 && check.notes[0].contains(stated))
        // The backbone is as usable as ever.
        #expect(try model.load(.fresh(["a", "b"])).labels == ["a", "b"])
        #expect(try model.load(.none(.everyToken)).head == nil)
    }

    @Test(
        "a classifier by all that is said, or by default",
        arguments: [
            ["problem_type": #""single_label_classification""#], ["problem_type": nil], ["architectures": nil], ["architectures": "null"],
            ["architectures": #"["TFBertForSequenceClassification"]"#],
            ["architectures": #"["BertModel", "BertForSequenceClassification"]"#],
        ] as [[String: String?]])
    func classifier(changes: [String: String?]) throws {
        let model = try AlteredModel(changes)
        #expect(try model.load().labels == ["negative", "neutral", "positive"])
        #expect(try Model<BERT>.check(model.assets).head == .classifier)
        #expect(try Model<BERT>.check(model.assets).notes.isEmpty)
    }

    @Test("no head is no head, whatever the configuration says")
    func noHead() throws {
        let model = try AlteredModel(["architectures": #"["BertForMaskedLM"]"#]) { $0.remove("classifier") }
        #expect(try Model<BERT>.publishedHead(model.assets) == .none)
        let check = try Model<BERT>.check(model.assets)
        #expect(check.head == .none && check.notes == ["made as BertForMaskedLM, whose head is not used here; its backbone is"])
        let backbone = try AlteredModel(["architectures": #"["BertModel"]"#]) { $0.remove("classifier") }
        #expect(try Model<BERT>.check(backbone.assets).notes.isEmpty)
    }

    @Test("what is exported says one label only of heads of one label")
    func export() throws {
        let altered = try AlteredModel(["problem_type": #""multi_label_classification""#])
        defer { withExtendedLifetime(altered) {} }
        let model = try altered.load(.fresh(["a", "b"]))
        let written = try #require(model.companionFiles().first { $0.name == "config.json" })
        #expect(try JSON.parse(written.bytes)["problem_type"]?.string == "single_label_classification")
        let backbone = try altered.load(.none(.everyToken))
        let other = try #require(backbone.companionFiles().first { $0.name == "config.json" })
        #expect(try JSON.parse(other.bytes)["problem_type"] == nil)
    }

    @Test("a check reads headers alone and finds what keeps a model from being loaded")
    func check() throws {
        func check(_ changes: [String: String?], tensors: (inout AlteredModel.Tensors) -> Void = { _ in }) throws {
            let model = try AlteredModel(changes, tensors: tensors)
            defer { withExtendedLifetime(model) {} }
            _ = try Model<BERT>.check(model.assets)
        }
        expectError(.format, "\"hidden_act\"", "mish") { try check(["hidden_act": #""mish""#]) }
        expectError(.format, "\"is_decoder\"") { try check(["is_decoder": "true"]) }
        expectError(.format, "\"classifier.weight\" expected [2, 32], found [3, 32]") { try check(["id2label": #"{"0": "a", "1": "b"}"#]) }
        expectError(.format, "the vocabulary has 87 tokens") { try check(["vocab_size": "80"]) }
        expectError(.format, "missing: layers.1.attention.query.weight") {
            try check([:]) { $0.remove("bert.encoder.layer.1.attention.self.query.weight") }
        }
    }
}
