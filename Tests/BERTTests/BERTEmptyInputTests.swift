import ModelZoo
import Testing
import ZooBERT
import ZooTensor
import ZooTestSupport
import ZooTesting

/// Models whose tokenizer adds no special tokens: an empty text has no tokens at all, and no first one.
@Suite("Inputs without tokens")
struct BERTEmptyInputTests {
    static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "runs", "##s"]

    /// A `tokenizer.json` with nothing around a text.
    static let tokenizer = """
        {"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "vocab": {\(words.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", "))}}}
        """

    /// A model whose heads are wider than a vector of the processor.
    static func assets(_ folder: TemporaryFolder) throws -> Assets {
        let configuration = JSON.object([
            "model_type": .string("bert"), "vocab_size": .integer(words.count), "hidden_size": .integer(192),
            "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(24),
            "max_position_embeddings": .integer(16), "type_vocab_size": .integer(2),
        ])
        try RandomModel.write(
            BERT.self, configuration: configuration, files: ["tokenizer.json": Array(tokenizer.utf8)], labels: ["no", "yes"],
            to: folder.path)
        return try Assets(folder: folder.path)
    }

    private func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
        } catch let error as any ZooError {
            return error.exitCode == .data && error.code == "data.no_tokens" && error.hint?.contains("--on-bad skip") == true
        } catch {
            Issue.record("no ZooError: \(error)")
        }
        return false
    }

    @Test("are refused as data, alone and among others", arguments: [Input.text(""), .text(" \n"), .textPair("", " "), .text("\u{200B}")])
    func refused(_ empty: Input) throws {
        let folder = try TemporaryFolder()
        let assets = try Self.assets(folder)
        let model = try Model<BERT>(assets, head: .published)
        let embedder = try Embedder<BERT>(assets)
        for inputs in [[empty], [.text("the cat"), empty, .text("runs")]] {
            #expect(isRefused { _ = try model.classify(inputs) })
            #expect(isRefused { try embedder.embed(inputs) { _ in } })
            #expect(isRefused { _ = try model.tokenizer(inputs) })
        }
        #expect(isRefused { _ = try model.tokenizer.encode(empty) })
    }

    @Test("one token is enough, and a pair of which one text is empty has its rows")
    func shortest() throws {
        let folder = try TemporaryFolder()
        let model = try Model<BERT>(Self.assets(folder), head: .published)
        let inputs: [Input] = [.text("cat"), .textPair("", "cat"), .textPair("runs", ""), .text("the cat runs")]
        #expect(try inputs.map { try model.tokenizer.encode($0).ids.count } == [1, 1, 1, 3])
        let together = try model.classify(inputs)
        for (input, predictions) in zip(inputs, together) {
            let alone = try model.classify([input])[0]
            for (one, other) in zip(alone, predictions) {
                #expect(one.label == other.label && abs(one.probability - other.probability) < 1e-6)
            }
        }
    }

    @Test("the kit asks a family about them")
    func kit() throws {
        let folder = try TemporaryFolder()
        let fixture = FamilyFixture(
            try Self.assets(folder), examples: [.init(.text("the cat"), label: 0), .init(.textPair("runs", "cats"), label: 1)])
        let report = try checkFamily(BERT.self, fixture, [.emptyInputs])
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.results.last?.detail == "3 of 3 are refused; without special tokens 3", "\(report)")
    }
}
