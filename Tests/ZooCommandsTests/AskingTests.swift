import Testing
import ZooBERT
import ZooCommands
import ZooTensor
import ZooViT

@Suite("What asking takes and gives")
struct AskingTests {
    let harness: Harness
    let base: String

    init() throws {
        harness = try Harness()
        base = try TinyModel.write(harness)
        try harness.write("train.csv", TinyModel.table(rows: 48))
        harness.zoo("finetune", base, "--train", harness.file("train.csv"), "--out", "mood", "--epochs", "1")
    }

    private func probability(_ data: JSON, _ place: Int = 0) throws -> Double {
        try #require(data["predictions"]?.array?[place]["probability"]?.number)
    }

    @Test("a pair on the command line is the pair of a table")
    func pairs() throws {
        try harness.write("pairs.csv", "a,b\nthe good film,a bad plot\nthe plot,very fine\n")
        let table = try harness.zoo("predict", "mood", "--file", harness.file("pairs.csv"), "--text", "a", "--text-pair", "b", "--json")
            .data("predict")
        let typed = try harness.zoo(
            "predict", "mood", "the good film", "the plot", "--text-pair", "a bad plot", "--text-pair", "very fine", "--json"
        ).data("predict")
        #expect(typed["predictions"]?.array?.count == 2)
        for place in 0..<2 {
            #expect(typed["predictions"]?.array?[place]["text_pair"] != nil)
            #expect(try abs(probability(typed, place) - probability(table, place)) < 1e-6)
        }
        // Vectors likewise.
        let vector = try harness.zoo("embed", base, "the good film", "--text-pair", "a bad plot", "--json").data("embed")
        let single = try harness.zoo("embed", base, "the good film", "--json").data("embed")
        #expect(vector["embeddings"]?.array?.first?["text_pair"]?.string == "a bad plot")
        let read = try harness.zoo(
            "embed", base, "--file", harness.file("pairs.csv"), "--text", "a", "--text-pair", "b", "--json"
        ).data("embed")
        #expect(vector["embeddings"]?.array?.first?["embedding"] == read["embeddings"]?.array?.first?["embedding"])
        #expect(vector["embeddings"]?.array?.first?["embedding"] != single["embeddings"]?.array?.first?["embedding"])
    }

    @Test(
        "nothing that is given is ignored",
        arguments: [
            (["a film", "a plot", "--text-pair", "b"], "2 texts and 1 of"), (["a film", "--text", "b"], "--text is for a table"),
            (["a film", "--no-header"], "--no-header"), (["a film", "--delimiter", ";"], "--delimiter"),
            (["a film", "--encoding", "latin-1"], "--encoding"),
            (["-", "--text-pair", "b"], "no columns"), (["a film", "--file", "x.csv"], "both"),
            (["-", "--delimiter", "tab"], "no columns"),
        ])
    func refusedFlags(arguments: [String], words: String) {
        for verb in ["predict", "embed"] {
            let outcome = harness.zoo([verb, verb == "embed" ? base : "mood"] + arguments, input: "a film\n")
            #expect(outcome.code == 2 && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test("the other columns are kept in a .csv, .tsv or .jsonl file")
    func output() throws {
        try harness.write("in.csv", "id,text,label\n7,\"a, \"\"fine\"\" film\",x\n8,the plot,\n")
        let input = harness.file("in.csv")
        let outcome = harness.zoo("predict", "mood", "--file", input, "-o", harness.file("out.csv"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("the answer is \"predicted_label\"") && outcome.output.contains("holds 2 predictions"))
        let lines = try harness.read("out.csv").split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == "id,text,label,predicted_label,predicted_probability")
        #expect(lines[1].hasPrefix("7,\"a, \"\"fine\"\" film\",x,") && lines[2].hasPrefix("8,the plot,\"\","))
        #expect(harness.zoo("predict", "mood", "--file", input, "-o", harness.file("out.tsv"), "--top", "2").code == 0)
        let tabs = try harness.read("out.tsv").split(separator: "\n")
        #expect(tabs[0] == "id\ttext\tlabel\tpredicted_label\tpredicted_probability\tpredicted_label_2\tpredicted_probability_2")
        #expect(tabs[1].hasPrefix("7\t\"a, \"\"fine\"\" film\"\tx\t"))
        // What was written is read again, with the classes it got.
        #expect(
            harness.zoo("evaluate", "mood", "--data", harness.file("out.tsv"), "--label", "predicted_label").output.contains(
                "accuracy     100.0 %"))

        try harness.write("in.jsonl", "{\"text\": \"a film\", \"tags\": [1, {\"x\": null}], \"n\": 5}\n{\"text\": \"the plot\"}\n")
        let document = try harness.zoo("predict", "mood", "--file", harness.file("in.jsonl"), "-o", harness.file("out.jsonl"), "--json")
            .data("predict")
        #expect(
            document["count"]?.integer == 2 && document["output"]?.string == harness.file("out.jsonl") && document["predictions"] == nil)
        let rows = try harness.read("out.jsonl").split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        #expect(rows[0].object?.keys == ["text", "tags", "n", "label", "probability"])
        #expect(
            rows[0]["tags"] == .array([.integer(1), .object(["x": .null])]) && rows[1].object?.keys == ["text", "label", "probability"])
    }

    @Test("files to write: arguments, none at all, and names that tell no form")
    func outputNames() throws {
        #expect(harness.zoo("predict", "mood", "a film", "-o", harness.file("a.CSV")).code == 0)
        #expect(try harness.read("a.CSV").hasPrefix("text,label,probability\na film,"))
        try harness.write("empty.csv", "text,id\n")
        #expect(harness.zoo("predict", "mood", "--file", harness.file("empty.csv"), "-o", harness.file("b.csv")).code == 0)
        #expect(try harness.read("b.csv") == "text,id,label,probability\n")
        for name in ["out.parquet", "out.txt"] {
            let outcome = harness.zoo("predict", "mood", "a film", "-o", harness.file(name))
            #expect(outcome.code == 2 && outcome.errors.contains(".csv, .tsv or .jsonl") && fileKind(harness.file(name)) == nil)
            let vector = harness.zoo("embed", base, "a film", "-o", harness.file(name))
            #expect(vector.code == 2 && vector.errors.contains(".npy, .jsonl, .csv or .tsv") && fileKind(harness.file(name)) == nil)
        }
        #expect(harness.zoo("predict", "mood", "a film", "-o", harness.file("lines")).code == 0)
        #expect(try harness.read("lines").hasPrefix("{"))
        #expect(harness.zoo("predict", "mood", "a film", "-o", harness.file("out"), "--format", "tsv").code == 0)
        #expect(try harness.read("out").hasPrefix("text\tlabel\tprobability\n"))
        #expect(harness.zoo("predict", "mood", "a film", "-o", harness.file("c.csv"), "--format", "text").code == 2)
    }

    @Test("vectors as CSV and TSV by the name of the file")
    func vectorTables() throws {
        try harness.write("in.csv", "id,text\n7,a film\n8,the plot\n")
        for (name, separator) in [("v.csv", ","), ("v.tsv", "\t")] {
            #expect(harness.zoo("embed", base, "--file", harness.file("in.csv"), "-o", harness.file(name)).code == 0)
            let rows = try harness.read(name).split(separator: "\n").map { $0.split(separator: Character(separator)) }
            #expect(rows.count == 3 && rows.allSatisfy { $0.count == 18 })
            #expect(rows[0].prefix(3) == ["id", "text", "embedding_0"] && rows[1].prefix(2) == ["7", "a film"])
            #expect(rows[2].dropFirst(2).allSatisfy { Double($0) != nil })
        }
    }

    @Test("empty, unknown and cut texts are told with their number, on the error output and in the document")
    func notes() throws {
        let long = Array(repeating: "film", count: 100).joined(separator: " ")
        let texts = ["a film", "", "\u{4F60}\u{597D}", long, long]
        let expected = [
            "1 of 5 texts is empty", "1 of 5 texts consists half or more of words that the model's vocabulary does not have",
            "2 of 5 texts are longer than 32 tokens and cut: 140 tokens are not seen",
        ]
        for verb in ["predict", "embed"] {
            let model = verb == "embed" ? base : "mood"
            let outcome = harness.zoo([verb, model, "--json"] + texts)
            let notes = try outcome.data(verb)["notes"]?.array?.compactMap(\.string) ?? []
            for words in expected {
                #expect(outcome.errors.contains("note: \(words)") && notes.contains { $0.hasPrefix(words) }, "\(verb): \(notes)")
            }
            let one = harness.zoo(verb, model, long)
            #expect(one.errors.contains("note: the text is longer than 32 tokens and cut: 70 tokens are not seen"), "\(one.errors)")
            #expect(harness.zoo(verb, model, "a film").errors.contains("note: the text") == false)
        }
        try harness.write("in.csv", "text,label\na film,positive\n\u{4F60}\u{597D},negative\n\(long),positive\na film,negative\n")
        let outcome = harness.zoo("evaluate", "mood", "--data", harness.file("in.csv"), "--json")
        let notes = try outcome.data("evaluate")["notes"]?.array?.compactMap(\.string) ?? []
        for words in ["1 of 4 texts consists half", "1 of 4 texts is longer than 32", "1 input is in"] {
            #expect(outcome.errors.contains("note: \(words)") && notes.contains { $0.hasPrefix(words) }, "\(notes)")
        }
    }

    @Test("a file of lines in UTF-16, Windows-1252 or gzip")
    func encodedLines() throws {
        let units = [0xFEFF] + Array("a film\nthe plot\n".utf16)
        try writeFile(harness.file("u.txt"), units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        let outcome = harness.zoo("predict", "mood", "--file", harness.file("u.txt"), "--format", "csv")
        #expect(outcome.output.split(separator: "\n").map { $0.prefix(6) } == ["text,l", "a film", "the pl"], "\(outcome.errors)")
        try writeFile(harness.file("w.txt"), Array("caf".utf8) + [0xE9, 0x0A])
        let refused = harness.zoo("predict", "mood", "--file", harness.file("w.txt"))
        #expect(refused.code == 9 && refused.errors.contains("--encoding windows-1252"))
        let read = harness.zoo("predict", "mood", "--file", harness.file("w.txt"), "--encoding", "cp1252", "--format", "csv")
        #expect(read.output.contains("caf\u{E9},"))
        #expect(harness.zoo("predict", "mood", "--encoding", "latin1", "--format", "csv", input: "a film\n").output.contains("a film,"))
        // Fields, if somebody says so.
        try harness.write("f.txt", "7;a film\n8;the plot\n")
        let fields = harness.zoo("predict", "mood", "--file", harness.file("f.txt"), "--no-header", "--text", "2", "--format", "csv")
        #expect(fields.output.contains("\na film,"), "\(fields.errors)")
    }

    @Test("labels that can be trained can be asked; others are refused before training")
    func labels() throws {
        try harness.write("bad.csv", "text,label\ngood,\"x\ty\"\nbad,z\n")
        let refused = harness.zoo("finetune", base, "--train", harness.file("bad.csv"), "--out", "bad")
        #expect(refused.code == 9 && refused.errors.contains("holds control characters (a tab)"))
        try harness.write(
            "odd.csv",
            "text,label\n"
                + (0..<12).map { "good \($0),\($0 % 2 == 0 ? "x\u{200B} {a} %s" : "\u{1F469}\u{200D}\u{1F4BB} \"q\" \\ /")\n" }.joined()
                .replacing("\"q\"", with: "'q'"))
        #expect(harness.zoo("finetune", base, "--train", harness.file("odd.csv"), "--out", "odd", "--epochs", "1").code == 0)
        #expect(harness.zoo("predict", "odd", "good").code == 0)
    }

    @Test(
        "negative numbers reach the check that tells what is wrong with them",
        arguments: [
            "--epochs", "--steps", "--batch", "--accum", "--lr", "--weight-decay", "--momentum", "--warmup", "--clip", "--label-smoothing",
            "--mixup",
            "--cutmix", "--mixup-off", "--reprob", "--seed", "--patience", "--val-fraction", "--max-length", "--img-size", "--threads",
        ])
    func negativeNumbers(option: String) {
        for value in ["-1", "-0.5", "-1e-3", "-.5"] {
            let outcome = harness.zoo("finetune", base, "--train", harness.file("train.csv"), "--out", "x", option, value, "--head-only")
            #expect(outcome.code == 2, "\(option) \(value): \(outcome.errors)")
            #expect(!outcome.errors.lowercased().contains("missing value") && outcome.errors.contains("-"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("unknown option"), "\(outcome.errors)")
        }
        #expect(harness.zoo("predict", "mood", "a film", "--top", "-1").errors.contains("--top: expected 1 or more, found -1"))
    }
}
