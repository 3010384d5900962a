import Testing
import ZooBERT
import ZooCommands
import ZooTensor
import ZooViT

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Inputs and outputs")
struct PredictionTests {
    let harness: Harness
    let base: String

    init() throws {
        harness = try Harness()
        base = try TinyModel.write(harness)
        try harness.write("train.csv", TinyModel.table(rows: 48))
        harness.zoo("finetune", base, "--train", harness.file("train.csv"), "--out", "mood", "--epochs", "1")
    }

    private func texts(_ outcome: Outcome) throws -> [String?] {
        try outcome.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8))["text"]?.string }
    }

    @Test("X7 texts with line ends, UTF-8 and leading dashes")
    func strangeTexts() throws {
        let strange = ["a\nfilm", "tr\u{E8}s bien \u{1F600}", "--json", "- x", "--", "-", ""]
        let outcome = harness.zoo(["predict", "mood", "--format", "jsonl", "--"] + strange)
        #expect(outcome.code == 0)
        #expect(try texts(outcome) == strange)
        let human = harness.zoo("predict", "mood", "a\nfilm\u{1B}[31m")
        #expect(human.output.split(separator: "\n").count == 1)
        #expect(!human.output.contains("\u{1B}"))
        #expect(harness.zoo("predict", "mood", "-5 stars").code == 2)
        #expect(harness.zoo("predict", "mood", "-5 stars").errors.contains("after --"))
    }

    /// A tokenizer file without special tokens makes nothing of an empty text.
    @Test("inputs without tokens: an error of the data, or left out if so asked")
    func withoutTokens() throws {
        try harness.write("tiny/tokenizer.json", TinyModel.bareTokenizer)
        unlink(harness.file("tiny/vocab.txt"))
        let trained = harness.zoo("finetune", base, "--train", harness.file("train.csv"), "--out", "bare", "--epochs", "1")
        #expect(trained.code == 0, "\(trained.errors)")
        for verb in [["predict", "bare"], ["embed", base]] {
            let outcome = harness.zoo(verb + ["a film", "", "--json"])
            #expect(outcome.code == 9)
            #expect(try outcome.document()["error"]?["code"]?.string == "data.no_tokens")
            let rest = harness.zoo(verb + ["a film", "", "the plot", "--on-bad", "skip", "--json"])
            #expect(rest.code == 0 && rest.errors.contains("left out: the input \"\" has no tokens"), "\(rest.errors)")
            let data = try rest.data(verb[0])
            #expect((data["predictions"] ?? data["embeddings"])?.array?.count == 2)
        }
        #expect(harness.zoo(["embed", base, "a film", "", "-o", harness.file("none.npy")]).code == 9)
        #expect(fileKind(harness.file("none.npy")) == nil)

        try harness.write("gaps.csv", TinyModel.table(rows: 24) + "\u{200B},positive\n")
        for verb in [["evaluate", "bare", "--data"], ["finetune", base, "--out", "gaps", "--epochs", "1", "--train"]] {
            let outcome = harness.zoo(verb + [harness.file("gaps.csv"), "--json"])
            #expect(outcome.code == 9)
            let error = try outcome.document()["error"]
            #expect(error?["code"]?.string == "data.no_tokens" && error?["where"]?["line"]?.integer == 26, "\(outcome.output)")
            let rest = harness.zoo(verb + [harness.file("gaps.csv"), "--on-bad", "skip"])
            #expect(rest.code == 0 && rest.errors.contains("line 26"), "\(rest.errors)")
        }
    }

    @Test("weights that are no numbers give no answer: exit 4, and nothing that looks like one")
    func noNumbers() throws {
        let folder = harness.file("nan")
        #expect(harness.zoo("export", "mood", "--format", "hf", "-o", folder).code == 0)
        let checkpoint = try Checkpoint(folder: folder)
        var tensors = try checkpoint.names.map { (name: $0, tensor: try checkpoint.tensor($0)) }
        let place = try #require(tensors.firstIndex { $0.name.hasSuffix("layer.0.output.dense.weight") })
        tensors[place].tensor.withMutableElements { $0[3] = .nan }
        try SafetensorsWriter.write(tensors, to: folder + "/model.safetensors")
        let target = harness.file("vectors.npy")
        for verb in [
            ["predict", folder, "a film"], ["embed", folder, "a film"], ["embed", folder, "a film", "-o", target],
            ["evaluate", folder, "--data", harness.file("train.csv")], ["predict", folder, "a film", "--format", "csv"],
        ] {
            let outcome = harness.zoo(verb)
            #expect(outcome.code == 4, "\(verb): \(outcome.output)")
            #expect(outcome.output.isEmpty && outcome.errors.contains("layer.0.output.dense.weight"), "\(outcome.errors)")
        }
        #expect(fileKind(target) == nil)
        let document = try harness.zoo("predict", folder, "a film", "--json").document()
        #expect(document["error"]?["code"]?.string == "model.not_finite")
    }

    @Test("lines of the standard input, in order")
    func standardInput() throws {
        let lines = (0..<600).map { "the film \($0)" }
        let text = lines.joined(separator: "\r\n")
        #expect(try texts(harness.zoo("predict", "mood", "-", "--format", "jsonl", input: text)) == lines)
        #expect(try texts(harness.zoo("predict", "mood", "--format", "jsonl", input: "\u{FEFF}a\n\nb\n")) == ["a", "", "b"])
        #expect(harness.zoo("predict", "mood", input: "").output.isEmpty)
        #expect(harness.zoo("predict", "mood", terminal: true).code == 2)
    }

    @Test("bytes that are no text end with 9 and the line")
    func notText() throws {
        try writeFile(harness.file("bad.txt"), [0x61, 0x0A, 0x62, 0xFF, 0x0A])
        let outcome = harness.zoo("predict", "mood", "--file", harness.file("bad.txt"), "--json")
        #expect(outcome.code == 9)
        #expect(try outcome.document()["error"]?["where"]?["line"]?.integer == 2)
    }

    @Test("tables, pairs and CSV")
    func tables() throws {
        try harness.write("in.csv", "id,message,other\n1,\"a, \"\"fine\"\" film\",b\n2,the plot,c\n")
        let outcome = harness.zoo("predict", "mood", "--file", harness.file("in.csv"), "--text", "message", "--format", "csv", "--top", "2")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "text,label,probability,label_2,probability_2")
        #expect(lines.dropFirst().first?.hasPrefix("\"a, \"\"fine\"\" film\",") == true)
        let pairs = harness.zoo(
            "predict", "mood", "--file", harness.file("in.csv"), "--text", "message", "--text-pair", "other", "--format", "jsonl")
        #expect(try JSON.parse(Array(pairs.output.split(separator: "\n")[1].utf8))["text_pair"]?.string == "c")
        #expect(harness.zoo("predict", "mood", "--file", harness.file("in.csv"), "--text", "mesage").errors.contains("\"message\""))
    }

    @Test("forms of a prediction")
    func forms() throws {
        #expect(harness.zoo("predict", "mood", "a film", "--json", "--format", "csv").code == 2)
        harness.environment["ZOO_JSON"] = "1"
        #expect(harness.zoo("predict", "mood", "a film", "--format", "csv").output.hasPrefix("text,label,probability\n"))
        harness.environment["ZOO_JSON"] = nil
        let data = try harness.zoo("predict", "mood", "a film", "--top", "9", "--json").data("predict")
        let top = try #require(data["predictions"]?.array?.first?["top"]?.array)
        #expect(top.count == 2)
        #expect(abs(top.reduce(0) { $0 + ($1["probability"]?.number ?? 0) } - 1) < 1e-6)
        #expect(["negative\n", "positive\n"].contains(harness.zoo("predict", "mood", "a film", "-q").output))
        #expect(harness.zoo("predict", "mood", "a film").output.hasPrefix("a film → "))
    }

    @Test("a reader that goes away ends a long prediction early")
    func early() {
        var reads = 0
        let code = ZooCommand.run(
            arguments: ["predict", "mood", "-", "--format", "jsonl"], families: [BERT.self, ViT.self], environment: harness.environment,
            standardInput: CommandInput { () throws(FileError) in
                reads += 1
                return reads > 1000 ? [] : Array(String(repeating: "a film\n", count: 300).utf8)
            },
            standardOutput: CommandOutput { (_) throws(FileError) in false }, standardError: Collected().stream(false))
        #expect(code == 0)
        #expect(reads < 10)
    }

    @Test("vectors: length 1, the same alone and in a batch, JSON lines and NumPy")
    func vectors() throws {
        let texts = ["a film", "the very good plot is fine", "", "bad"]
        try harness.write("in.txt", texts.map { $0 + "\n" }.joined())
        let all = try harness.zoo(["embed", base, "--json"] + texts).data("embed")
        let rows = try #require(all["embeddings"]?.array).map { $0["embedding"]?.array?.compactMap(\.number) ?? [] }
        #expect(rows.count == 4 && rows.allSatisfy { $0.count == 16 })
        for row in rows { #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
        for (text, row) in zip(texts, rows) {
            let data = try harness.zoo(["embed", base, "--json", "--", text]).data("embed")
            let alone = data["embeddings"]?.array?.first?["embedding"]?.array?.compactMap(\.number) ?? []
            #expect(alone.count == row.count)
            for (a, b) in zip(alone, row) { #expect(abs(a - b) < 1e-5) }
        }

        #expect(harness.zoo("embed", base, "--file", harness.file("in.txt"), "-o", harness.file("out.npy")).code == 0)
        let bytes = try readFile(harness.file("out.npy"))
        #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
        let headerEnd = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
        #expect(headerEnd % 64 == 0)
        let header = String(decoding: bytes[10..<headerEnd], as: UTF8.self)
        #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 16), }") && header.hasSuffix("\n"))
        #expect(bytes.count == headerEnd + 4 * 16 * 4)
        let first = bytes[headerEnd..<headerEnd + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(abs(Double(Float(bitPattern: first)) - rows[0][0]) < 1e-6)

        #expect(harness.zoo("embed", base, "--file", harness.file("in.txt"), "-o", harness.file("out.jsonl")).code == 0)
        #expect(try harness.read("out.jsonl").split(separator: "\n").count == 4)
        #expect(harness.zoo("embed", base, "x", "--format", "npy").code == 2)
    }

    @Test("pooling as the model's files say")
    func pooling() throws {
        try makeFolders(base + "/1_Pooling")
        try harness.write("tiny/1_Pooling/config.json", #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#)
        let cls = try harness.zoo("embed", base, "a film", "--json").data("embed")
        #expect(cls["pooling"]?.string == "cls")
        let mean = try harness.zoo("embed", base, "a film", "--pooling", "mean", "--json").data("embed")
        #expect(mean["pooling"]?.string == "mean")
        #expect(mean["embeddings"] != cls["embeddings"])

        try harness.write("tiny/1_Pooling/config.json", #"{"pooling_mode_max_tokens": true, "pooling_mode_lasttoken": true}"#)
        let both = try harness.zoo("embed", base, "a film", "--json").data("embed")
        #expect(both["pooling"]?.string == "max+lasttoken" && both["width"]?.integer == 32)
        try harness.write("tiny/1_Pooling/config.json", #"{"pooling_mode": "median"}"#)
        let refused = harness.zoo("embed", base, "a film")
        #expect(refused.code == 8)
        #expect(refused.errors.contains("pooling_mode") && refused.errors.contains("median"))
        try harness.write("tiny/1_Pooling/config.json", #"{"pooling_mode_mean_tokens": true}"#)
        try harness.write("tiny/modules.json", #"[{"type": "sentence_transformers.models.Dense", "path": ""}]"#)
        #expect(harness.zoo("embed", base, "a film").code == 8)
        #expect(harness.zoo("embed", base, "a film", "--pooling", "cls").code == 8, "no way around what is not known")
        let imported = harness.zoo("import", base, "--as", "x")
        #expect(imported.code == 0 && imported.errors.contains("modules.json") && !imported.output.contains("zoo embed"))
    }

    @Test("prompts: the default is told, a name, a text, none, and both at once")
    func prompts() throws {
        try harness.write(
            "tiny/config_sentence_transformers.json", #"{"prompts": {"query": "good ", "doc": "bad "}, "default_prompt_name": "query"}"#)
        func vector(_ arguments: String...) throws -> JSON? {
            try harness.zoo(["embed", base, "film", "--json"] + arguments).data("embed")["embeddings"]?.array?.first?["embedding"]
        }
        let plain = try vector("--prompt", "")
        #expect(try vector() == vector("--prompt", "good "))
        #expect(try vector("--prompt-name", "doc") == vector("--prompt", "bad "))
        #expect(try vector() != plain && vector("--prompt-name", "doc") != plain)
        #expect(harness.zoo("embed", base, "film").errors.contains("\"good \" is put before each text"))
        #expect(harness.zoo("embed", base, "film", "--prompt", "").errors.isEmpty)
        #expect(harness.zoo("embed", base, "film", "--prompt", "a", "--prompt-name", "doc").code == 2)
        let unknown = harness.zoo("embed", base, "film", "--prompt-name", "passage")
        #expect(unknown.code == 2 && unknown.errors.contains("it has doc, query"))
    }

    @Test("the longest input as sentence_bert_config.json says")
    func maxLength() throws {
        let long = Array(repeating: "film", count: 20).joined(separator: " ")
        let short = try harness.zoo("embed", base, "film film", "--json").data("embed")["embeddings"]?.array?.first?["embedding"]
        try harness.write("tiny/sentence_bert_config.json", #"{"max_seq_length": 4}"#)
        let cut = try harness.zoo("embed", base, long, "--json").data("embed")["embeddings"]?.array?.first?["embedding"]
        #expect(short == cut)
        #expect(harness.zoo("embed", base, long, "--max-length", "33").code == 2)
    }
}
