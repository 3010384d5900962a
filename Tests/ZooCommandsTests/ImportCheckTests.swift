import ModelZoo
import Testing
import ZooTensor

/// What one step accepts, the next does not refuse.
@Suite("Import checks what every use needs")
struct ImportCheckTests {
    let harness: Harness
    let base: String

    init() throws {
        harness = try Harness()
        base = try TinyModel.write(harness)
    }

    /// Replaces a part of the configuration.
    private func configure(_ part: String, _ replacement: String) throws {
        var text = TinyModel.configuration
        text.replace(part, with: replacement)
        #expect(text != TinyModel.configuration)
        try harness.write("tiny/config.json", text)
    }

    /// A head of so many rows beside the backbone.
    private func addHead(_ rows: Int) throws {
        let checkpoint = try Checkpoint(folder: base)
        var tensors = try checkpoint.names.map { (name: "bert." + $0, tensor: try checkpoint.tensor($0)) }
        tensors.append(("classifier.weight", Tensor([Float](repeating: 0.1, count: rows * 16), Shape([rows, 16]))))
        tensors.append(("classifier.bias", Tensor([Float](repeating: 0.1, count: rows), Shape([rows]))))
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: base + "/model.safetensors")
    }

    private func expectRefusal(_ code: Int32, _ parts: String..., at location: SourceLocation = #_sourceLocation) throws {
        for arguments in [
            ["import", base, "--as", "x"], ["import", base, "--as", "x", "--dry-run"], ["pack", base, "-o", harness.file("x.zoo")],
        ] {
            let outcome = harness.zoo(arguments)
            #expect(outcome.code == code, "\(arguments) \(outcome.errors)", sourceLocation: location)
            for part in parts { #expect(outcome.errors.contains(part), "\(outcome.errors)", sourceLocation: location) }
        }
        #expect(try harness.storeContents().isEmpty, sourceLocation: location)
        #expect(fileKind(harness.file("x.zoo")) == nil, sourceLocation: location)
    }

    @Test("an activation that the family does not have")
    func activation() throws {
        try configure(#""type_vocab_size": 2"#, #""type_vocab_size": 2, "hidden_act": "mish""#)
        try expectRefusal(4, "hidden_act", "mish", "tiny/config.json")
    }

    @Test("a decoder")
    func decoder() throws {
        try configure(#""type_vocab_size": 2"#, #""type_vocab_size": 2, "is_decoder": true"#)
        try expectRefusal(4, "is_decoder")
    }

    @Test("another number of labels than the head has rows")
    func labels() throws {
        try addHead(3)
        try configure(#"["BertModel"]"#, #"["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b"}"#)
        try expectRefusal(4, "\"classifier.weight\" expected [2, 16], found [3, 16]")
    }

    @Test("an index that names a tensor that no shard holds")
    func index() throws {
        let names = try Checkpoint(folder: base).names
        try writeFile(base + "/model-00001-of-00001.safetensors", readFile(base + "/model.safetensors"))
        try Harness.remove(base + "/model.safetensors")
        var map = JSONObject()
        for name in names + ["absent.weight"] { map[name] = .string("model-00001-of-00001.safetensors") }
        try harness.write("tiny/model.safetensors.index.json", JSON.object(["weight_map": .object(map)]).serializedText())
        try expectRefusal(4, "absent.weight")
    }

    @Test("a tokenizer that is none, and one that is too large")
    func tokenizer() throws {
        try harness.write("tiny/vocab.txt", "a\nb\n")
        try expectRefusal(4, "[UNK]")
        try harness.write("tiny/vocab.txt", (TinyModel.words + (0..<10).map { "w\($0)" }).joined(separator: "\n"))
        try expectRefusal(4, "the vocabulary has 27 tokens")
        try Harness.remove(base + "/vocab.txt")
        try expectRefusal(4, "vocab.txt")
    }

    @Test("a head of another task is told at import, in show and by every verb that asks it")
    func otherTask() throws {
        try addHead(3)
        try configure(#"["BertModel"]"#, #"["BertForTokenClassification"], "id2label": {"0": "O", "1": "B", "2": "I"}"#)
        let imported = harness.zoo("import", base, "--as", "tagger")
        #expect(imported.code == 0)
        #expect(imported.errors.contains("BertForTokenClassification"), "\(imported.errors)")
        #expect(!imported.output.contains("zoo predict") && imported.output.contains("zoo finetune"), "\(imported.output)")
        #expect(harness.zoo("show", "tagger").errors.contains("BertForTokenClassification"))
        #expect(try harness.zoo("show", "tagger", "--json").data("show")["notes"]?.array?.count == 1)
        let predicted = harness.zoo("predict", "tagger", "a good film", "--json")
        #expect(predicted.code == 8)
        #expect(try predicted.document()["error"]?["code"]?.string == "model.other_task")
        try harness.write("data.csv", TinyModel.table(rows: 12))
        #expect(harness.zoo("evaluate", "tagger", "--data", harness.file("data.csv")).code == 8)
        #expect(harness.zoo("embed", "tagger", "a good film").code == 0)
        #expect(harness.zoo("finetune", "tagger", "--train", harness.file("data.csv"), "--out", "mood", "--epochs", "1").code == 0)
        #expect(harness.zoo("predict", "mood", "a good film").code == 0)
    }
}
