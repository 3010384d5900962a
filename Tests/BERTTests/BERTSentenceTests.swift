import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting

/// Folders of sentence-transformers, compared with the vectors that it makes; see Tests/Parity/make_sentence_fixture.py.
@Suite("Vectors as sentence-transformers makes them")
struct BERTSentenceTests {
    /// One folder and its vectors.
    struct Case: Sendable, CustomTestStringConvertible {
        let json: JSON
        let texts: [String]

        var testDescription: String { json["name"]?.string ?? "?" }

        /// Writes the folder.
        func write(to folder: String) throws {
            let inner = folder + "/" + (json["transformer"]?.string ?? "")
            try makeFolders(inner)
            let tiny = BERTFixture.folder + "/tiny"
            for name in try folderEntries(tiny) { try writeFile(inner + "/" + name, readFile(tiny + "/" + name)) }
            for (name, content) in json["files"]?.object?.pairs ?? [] {
                if let slash = name.lastIndex(of: "/") { try makeFolders(folder + "/" + name[..<slash]) }
                try writeFile(folder + "/" + name, content.serialized())
            }
            for (name, tensors) in json["weights"]?.object?.pairs ?? [] {
                let list = try (tensors.object?.pairs ?? []).map { key, value in
                    let shape = Shape(try #require(value["shape"]?.array).compactMap(\.integer))
                    return (key, Tensor(try #require(value["values"]?.array).compactMap { $0.number.map { Float($0) } }, shape))
                }
                try SafetensorsWriter.write(list, to: folder + "/" + name + "/model.safetensors")
            }
        }

        /// Compares the vectors of some files with those of the reference.
        func check(_ assets: Assets, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let prompt = json["prompt"]?.string.map { PromptChoice.text($0) } ?? json["prompt_name"]?.string.map { .named($0) } ?? .stated
            let isScaled = json["scaled"]?.bool ?? false
            let embedder = try Embedder<BERT>(assets, prompt: prompt, isNormalized: isScaled)
            var vectors: [[Float]] = []
            try embedder.embed(texts.map { .text($0) }) { vectors.append(Array($0)) }
            let expected = try #require(json["vectors"]?.array).map { row in (row.array ?? []).compactMap { $0.number.map { Float($0) } } }
            #expect(vectors.count == expected.count && embedder.width == expected[0].count, sourceLocation: sourceLocation)
            for (found, wanted) in zip(vectors, expected) {
                let worst = zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity
                #expect(found.count == wanted.count && worst < 2e-5, "\(worst) \(found) \(wanted)", sourceLocation: sourceLocation)
            }
        }
    }

    static let cases: [Case] = {
        guard let bytes = try? readFile(BERTFixture.folder + "/sentences.json"), let json = try? JSON.parse(bytes) else { return [] }
        let texts = (json["texts"]?.array ?? []).compactMap(\.string)
        return (json["cases"]?.array ?? []).map { Case(json: $0, texts: texts) }
    }()

    @Test("the fixture is there")
    func fixture() { #expect(Self.cases.count > 30) }

    @Test("in a folder, in the store, and after an export", arguments: cases)
    func same(_ example: Case) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/model"
        try example.write(to: path)
        try example.check(Assets(folder: path))
        let store = try Store(home: folder.path + "/store")
        let registry = try Registry([BERT.self])
        let importer = Importer(
            store: store,
            checkModel: { manifest, assets in
                let check = try registry.check(manifest, assets)
                #expect(check.givesVectors, "\(check.notes)")
            })
        let installed = try importer.importModel(path, family: { try registry.description(of: $0, file: "config.json") }).model
        #expect(installed.manifest.family == "bert")
        try example.check(Assets(installed))
        try BundleWriter.write(installed, to: folder.path + "/model.zoo", compression: .none)
        let other = Importer(store: try Store(home: folder.path + "/other"), checkModel: { _ = try registry.check($0, $1) })
        try example.check(Assets(other.importModel(folder.path + "/model.zoo", family: { ("?", $0) }).model))
    }

    /// A folder whose mean is taken, with changes.
    private func altered(_ changes: [String: String?]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try Self.cases[0].write(to: folder.path)
        for (name, text) in changes {
            if let slash = name.lastIndex(of: "/") { try makeFolders(folder.path + "/" + name[..<slash]) }
            try writeFile(folder.path + "/" + name, (text ?? "").utf8)
        }
        return folder
    }

    private static func modules(_ types: String...) -> String {
        let entries = types.enumerated().map { #"{"idx": \#($0), "path": "\#($0 == 0 ? "" : "\($0)_M")", "type": "\#($1)"}"# }
        return "[" + entries.joined(separator: ", ") + "]"
    }

    @Test(
        "what is not known is refused by its name, and the backbone stays usable",
        arguments: [
            ("1_Pooling/config.json", #"{"pooling_mode": "first"}"#, "pooling_mode"),
            ("1_Pooling/config.json", #"{"pooling_mode": ["mean", "median"]}"#, "median"),
            ("1_Pooling/config.json", #"{"pooling_mode": []}"#, "pooling_mode"),
            ("1_Pooling/config.json", #"{"pooling_mode_mean_tokens": true, "pooling_mode_sum_tokens": true}"#, "pooling_mode_sum_tokens"),
            ("1_Pooling/config.json", #"{"pooling_mode": "pooled"}"#, "pooling_mode"),
            ("1_Pooling/config.json", #"{"pooling_mode": "mean", "include_prompt": 1}"#, "include_prompt"),
            ("1_Pooling/config.json", "[]", "expected an object"),
            ("modules.json", "{}", "expected an array of modules"), ("modules.json", "[]", "no module"),
            ("modules.json", #"[{"path": ""}]"#, "type"),
            ("modules.json", #"[{"type": "sentence_transformers.models.Transformer"}]"#, "path"),
            (
                "modules.json", #"[{"type": "sentence_transformers.models.Transformer", "path": "../x"}]"#, "../x"
            ),
            ("modules.json", modules("sentence_transformers.models.Transformer", "sentence_transformers.models.LayerNorm"), "LayerNorm"),
            (
                "modules.json", modules("sentence_transformers.models.Transformer", "sentence_transformers.sparse_encoder.models.Pooling"),
                "sparse_encoder"
            ),
            ("modules.json", modules("sentence_transformers.models.Transformer", "custom.Pooling"), "custom.Pooling"),
            ("modules.json", modules("sentence_transformers.models.Transformer", "sentence_transformers.models.Normalize"), "Normalize"),
            ("modules.json", modules("sentence_transformers.models.Transformer"), "expected a module Pooling"),
            ("modules.json", modules("sentence_transformers.models.CLIPModel"), "CLIPModel"),
            ("sentence_bert_config.json", #"{"max_seq_length": 0}"#, "max_seq_length"),
            ("sentence_bert_config.json", #"{"transformer_task": "fill-mask"}"#, "transformer_task"),
            ("sentence_bert_config.json", #"{"processing_kwargs": {"text": {"max_length": 3}}}"#, "processing_kwargs"),
            ("sentence_bert_config.json", #"{"pooling": 1}"#, "pooling"),
            ("config_sentence_transformers.json", #"{"model_type": "SparseEncoder"}"#, "SparseEncoder"),
            ("config_sentence_transformers.json", #"{"default_prompt_name": "query"}"#, "default_prompt_name"),
            ("config_sentence_transformers.json", #"{"prompts": {"query": 1}}"#, "prompts"),
        ])
    func refused(name: String, text: String, part: String) throws {
        let folder = try altered([name: text])
        let assets = try Assets(folder: folder.path)
        expectError(.incompatible, name, part) { try Embedder<BERT>(assets) }
        let check = try Model<BERT>.check(assets)
        #expect(!check.givesVectors && check.notes.contains { $0.contains(part) }, "\(check.notes)")
        #expect(throws: Never.self) { try Model<BERT>(assets, head: .fresh(["a", "b"])) }
    }

    @Test("Dense modules: settings and weights that do not fit, and a pickle by its name")
    func dense() throws {
        let modules = Self.modules(
            "sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling", "sentence_transformers.models.Dense")
        let pooling = #"{"pooling_mode": "mean"}"#
        let good = #"{"in_features": 32, "out_features": 2}"#
        func expect(_ code: ExitCode, _ config: String, _ part: String, shape: [Int]? = [2, 32], pickle: Bool = false) throws {
            var files = ["modules.json": modules, "1_M/config.json": pooling, "2_M/config.json": config]
            if pickle { files["2_M/pytorch_model.bin"] = "x" }
            let folder = try altered(files)
            if let shape {
                try SafetensorsWriter.write(
                    [("linear.weight", Tensor(zeros: Shape(shape))), ("linear.bias", Tensor(zeros: [2]))],
                    to: folder.path + "/2_M/model.safetensors")
            }
            expectError(code, "2_M", part) { try Embedder<BERT>(Assets(folder: folder.path)) }
        }
        try expect(.incompatible, #"{"in_features": 16, "out_features": 2}"#, "in_features", shape: [2, 16])
        try expect(.incompatible, #"{"in_features": 32}"#, "out_features")
        try expect(.incompatible, #"{"in_features": 32, "out_features": 2, "activation_function": "torch.nn.Softmax"}"#, "Softmax")
        try expect(.incompatible, #"{"in_features": 32, "out_features": 2, "activation_function": "os.system"}"#, "os.system")
        try expect(.incompatible, #"{"in_features": 32, "out_features": 2, "module_input_name": "token_embeddings"}"#, "token_embeddings")
        try expect(.incompatible, #"{"in_features": 32, "out_features": 2, "scale": 2}"#, "scale")
        try expect(.format, good, "linear.weight", shape: [2, 31])
        try expect(.format, #"{"in_features": 32, "out_features": 2, "bias": false}"#, "linear.bias")
        try expect(.format, good, "2_M/model.safetensors", shape: nil)
        try expect(.incompatible, good, "a Python pickle", shape: nil, pickle: true)
    }

    @Test("prompts: an unknown name, and one that leaves nothing of an input")
    func prompts() throws {
        let folder = try altered([
            "config_sentence_transformers.json": #"{"prompts": {"query": "find a ", "document": null}}"#,
            "1_Pooling/config.json": #"{"pooling_mode": "mean", "include_prompt": false}"#,
        ])
        let assets = try Assets(folder: folder.path)
        expectError(.usage, "no prompt \"passage\"", "it has query") { try Embedder<BERT>(assets, prompt: .named("passage")) }
        let embedder = try Embedder<BERT>(assets, prompt: .text("zzz"))
        #expect(throws: Never.self) { try embedder.embed([.text(" film"), .text("")]) { _ in } }
        // One unknown word in place of the prompt's three tokens.
        expectError(.usage, "the prompt has 4 tokens", "only 3") { try embedder.embed([.text("\u{436}")]) { _ in } }
    }

    @Test("a pooling of the user's own takes the place of the model's, and what follows stays")
    func chosen() throws {
        let example = try #require(Self.cases.first { $0.testDescription == "dense, tanh" })
        let folder = try TemporaryFolder()
        try example.write(to: folder.path)
        let assets = try Assets(folder: folder.path)
        #expect(try Embedder<BERT>(assets, pooling: .cls).width == 6)
        #expect(try Embedder<BERT>(assets, pooling: .cls).poolings == [.cls])
        let several = try #require(Self.cases.first { $0.testDescription == "dense on two poolings" })
        try several.write(to: folder.path)
        expectError(.incompatible, "in_features", "expected 32, found 64") { try Embedder<BERT>(assets, pooling: .cls) }
        expectError(.incompatible, "expected one pooling, found several: cls, mean") { try Pooling.stated(by: assets, otherwise: .mean) }
    }
}
