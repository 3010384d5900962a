import ModelZoo
import Synchronization
import Testing
import ZooBERT
import ZooCommands
import ZooTensor
import ZooViT

@Suite("From import to export")
struct EndToEndTests {
    let harness: Harness
    let folder: String

    init() throws {
        harness = try Harness()
        folder = try TinyModel.write(harness)
        try harness.write("train.csv", TinyModel.table(rows: 96))
        try harness.write("test.csv", TinyModel.table(rows: 24, offset: 6))
    }

    private func finetune(_ model: String, _ flags: String...) -> Outcome {
        harness.zoo(["finetune", model, "--train", harness.file("train.csv")] + TinyModel.recipe + flags)
    }

    @Test("import, finetune, evaluate, predict, export, import")
    func wholeWay() throws {
        let imported = try harness.zoo("import", folder, "--as", "base", "--json").data("import")
        #expect(imported["reference"]?.string == "base")
        #expect(imported["family"]?.string == "bert")

        let run = finetune("base", "--out", "mood:v1", "--test", harness.file("test.csv"), "--json")
        #expect(run.code == 0)
        let trained = try run.data("finetune")
        #expect(trained["reference"]?.string == "mood:v1")
        #expect(trained["labels"] == .array([.string("negative"), .string("positive")]))
        #expect(trained["test"]?["accuracy"]?.number == 1)
        let runFolder = try #require(trained["run"]?.string)
        #expect(runFolder == harness.file("store/runs/mood-1"))
        #expect(fileKind(runFolder + "/best/model.safetensors") != nil && fileKind(runFolder + "/metrics.json") != nil)

        let manifest = try harness.zoo("show", "mood:v1", "--json").data("show")["manifest"]
        #expect(manifest?["task"]?.string == "text-classification")
        #expect(manifest?["provenance"]?["base"] == imported["digest"])
        let digest = try #require(manifest?["provenance"]?["data"]?.string)
        #expect(Digest(digest) != nil)
        #expect(manifest?["provenance"]?["configuration"]?["epochs"]?.integer == 6)
        #expect(manifest?["metrics"]?["test"]?["accuracy"]?.number == 1)

        let evaluated = try harness.zoo(
            "evaluate", "mood:v1", "--data", harness.file("test.csv"), "--report", harness.file("report"), "--json"
        ).data("evaluate")
        #expect(evaluated["accuracy"]?.number == 1)
        #expect(try harness.read("report/confusion.csv") == "true class,negative,positive\nnegative,12,0\npositive,0,12\n")
        #expect(try JSON.parse(readFile(harness.file("report/metrics.json")))["f1_macro"]?.number == 1)

        let predicted = try harness.zoo("predict", "mood:v1", "the great film", "a very poor plot", "--json").data("predict")
        let labels = predicted["predictions"]?.array?.map { $0["label"]?.string }
        #expect(labels == ["positive", "negative"])

        #expect(harness.zoo("export", "mood:v1", "--format", "hf", "-o", harness.file("hf")).code == 0)
        #expect(harness.zoo("export", "mood:v1", "-o", harness.file("mood.zoo")).code == 0)
        for path in ["hf", "mood.zoo"] {
            #expect(harness.zoo("import", harness.file(path), "--as", "again", "--replace").code == 0)
            let again = try harness.zoo("predict", "again", "the great film", "a very poor plot", "--json").data("predict")
            #expect(again["predictions"] == predicted["predictions"])
        }
        let unpacked = try harness.zoo("predict", harness.file("hf"), "the great film", "a very poor plot", "--json").data("predict")
        #expect(unpacked["predictions"] == predicted["predictions"])

        let listed = try harness.zoo("list", "--json").data("list")["models"]?.array?.compactMap { $0["reference"]?.string }
        #expect(listed == ["again", "base", "mood:v1"])
        #expect(harness.zoo("list", "-q", "--task", "features").output == "base\n")
    }

    @Test("the manifest tells the digest of the data, which depends on the data alone")
    func dataDigest() throws {
        let trained = try finetune(folder, "--out", "mood", "--steps", "1", "--json").data("finetune")
        let digest = try #require(trained["plan"]?["data_digest"]?.string)
        let manifest = try harness.zoo("show", "mood", "--json").data("show")["manifest"]
        #expect(manifest?["provenance"]?["data"]?.string == digest)
        func planned(_ flags: String...) throws -> String? {
            let outcome = harness.zoo(
                ["finetune", folder, "--train", harness.file("train.csv"), "--out", "other", "--dry-run", "--json"] + flags)
            return try outcome.data("finetune")["plan"]?["data_digest"]?.string
        }
        #expect(try planned("--seed", "7") == digest)
        #expect(try planned("--val-fraction", "0.3", "--head-only") == digest)
        try harness.write("train.csv", TinyModel.table(rows: 96, offset: 1))
        #expect(try planned() != digest)
    }

    @Test("the same run gives the same model")
    func repeatable() throws {
        let first = try finetune(folder, "--out", "mood", "--json").data("finetune")
        let second = try finetune(folder, "--out", "mood", "--overwrite", "--threads", "1", "--json").data("finetune")
        #expect(first["digest"]?.string != nil)
        #expect(first["digest"] == second["digest"])
        #expect(first["run"] != second["run"])
    }

    @Test("errors leave the store as it was")
    func errors() throws {
        harness.zoo("import", folder, "--as", "base")
        #expect(finetune("base", "--out", "mood", "--steps", "2").code == 0)
        try harness.write("one.csv", "text,label\na film,x\nthe film,x\n")
        try harness.write("strange.csv", "text,label\na film,positive\nthe film,neutral\n")
        try harness.write("ragged.csv", "text,label\na film,positive\nthe film\n")
        try harness.write("note.txt", "no model")
        let before = try harness.storeContents()
        func check(_ code: Int32, _ arguments: String...) throws {
            let outcome = harness.zoo(arguments + ["--json"])
            #expect(outcome.code == code, "\(arguments)")
            #expect(try outcome.document()["error"]?["exit"]?.integer == Int(code), "\(arguments)")
        }
        try check(11, "finetune", "base", "--train", harness.file("train.csv"), "--out", "mood")
        try check(9, "finetune", "base", "--train", harness.file("one.csv"), "--out", "new")
        try check(9, "finetune", "base", "--train", harness.file("ragged.csv"), "--out", "new")
        try check(9, "finetune", "base", "--train", harness.file("train.csv"), "--val", harness.file("strange.csv"), "--out", "new")
        try check(3, "finetune", "base", "--train", harness.file("none.csv"), "--out", "new")
        try check(3, "finetune", "none", "--train", harness.file("train.csv"), "--out", "new")
        try check(2, "finetune", "base", "--train", harness.file("train.csv"), "--freeze", "lairs", "--out", "new")
        try check(2, "finetune", "base", "--train", harness.file("train.csv"), "--max-length", "33", "--out", "new")
        try check(2, "finetune", "base", "--train", harness.file("train.csv"), "--out", "a b")
        try check(2, "predict", "base", "a film")
        try check(2, "evaluate", "base", "--data", harness.file("test.csv"))
        try check(9, "evaluate", "mood", "--data", harness.file("strange.csv"))
        try check(3, "evaluate", "mood", "--data", harness.file("none.csv"))
        try check(11, "export", "mood", "--format", "hf", "-o", harness.path)
        try check(2, "export", folder, "-o", harness.file("x.zoo"))
        try check(2, "import", harness.file("note.txt"), "--as", "a b")
        try check(11, "import", folder, "--as", "mood")
        try check(2, "pack", folder, "-o", harness.file("x.tar"))
        #expect(try harness.storeContents() == before)
        #expect(try folderEntries(harness.path).allSatisfy { !$0.hasPrefix(".zoo-") })
        #expect(try folderEntries(harness.file("store/runs")) == ["mood-1"])
    }

    @Test("a dry run plans as the run does, and leaves nothing")
    func dryRun() throws {
        harness.zoo("import", folder, "--as", "base")
        let before = try harness.storeContents()
        let dry = try finetune("base", "--out", "mood", "--freeze", "embeddings,layers.0", "--dry-run", "--json").data("finetune")
        let planned = dry["plan"]
        #expect(try harness.storeContents() == before)
        #expect(fileKind(harness.file("store/runs/mood-1")) == nil)
        let done = try finetune("base", "--out", "mood", "--freeze", "embeddings,layers.0", "--json").data("finetune")["plan"]
        for key in done?.object?.keys ?? [] { #expect(planned?[key] == done?[key], "\(key)") }
    }

    @Test("flags that have no effect are told, and those that exclude each other refused")
    func effect() throws {
        harness.zoo("import", folder, "--as", "base")
        let solved = finetune("base", "--head-only", "--head", "solved", "--epochs", "3", "--warmup", "0.2", "--dry-run")
        #expect(solved.errors.contains("--warmup change nothing"), "\(solved.errors)")
        let both = finetune("base", "--val", harness.file("train.csv"), "--val-fraction", "0.3")
        #expect(both.code == 2 && both.errors.contains("exclude each other"))
    }

    @Test("a cross-validation before the run: each fold, all together, and the result's figures")
    func crossValidation() throws {
        harness.zoo("import", folder, "--as", "base")
        let outcome = finetune("base", "--out", "mood", "--cross-validate", "3", "--steps", "2")
        for part in ["fold 1: accuracy", "fold 3: accuracy", "cross-validation: accuracy", "3 runs before this one", "mood is installed"] {
            #expect(outcome.output.contains(part), "\(part) in \(outcome.output)")
        }
        let shown = try harness.zoo("show", "mood", "--json").data("show")
        #expect(shown["manifest"]?["metrics"]?["cross_validation"]?["examples"]?.integer == 96)
        #expect(finetune("base", "--out", "other", "--cross-validate", "1").code == 2)
    }

    @Test("people see the plan, the epochs and what to do next")
    func report() throws {
        harness.zoo("import", folder, "--as", "base")
        let outcome = finetune("base", "--out", "mood")
        for part in [
            "classes: 2 (negative 48, positive 48)", "trained: ", "epoch 6: loss", "kept: epoch ", "mood is installed", "zoo predict mood",
        ] {
            #expect(outcome.output.contains(part), "\(part)")
        }
        #expect(finetune("base", "--out", "mood", "--overwrite", "-q").output == "mood\n")
        #expect(finetune("base", "--steps", "1").output.contains("base-train is installed"))
    }

    @Test("progress for programs: one event a line on the error output")
    func events() throws {
        let outcome = finetune(folder, "--out", "mood", "--progress", "json", "--json", "--steps", "3")
        let events = try outcome.errors.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        #expect(events.allSatisfy { $0["schema"]?.string == "zoo.event/1" })
        let types = events.compactMap { $0["type"]?.string }
        #expect(
            types.contains("note") && types.contains("train.planned") && types.contains("train.epoch") && types.contains("train.finished"))
        #expect(types.filter { $0 == "train.step" }.count == 3)
        _ = try outcome.data("finetune")
        let failed = finetune(folder, "--out", "mood", "--progress", "json")
        let last = try failed.errors.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }.last
        #expect(last?["error"]?["exit"]?.integer == 11)
        harness.environment["ZOO_PROGRESS"] = "loud"
        #expect(finetune(folder, "--out", "x").code == 2)
    }

    @Test("a bar on a terminal goes away at the end")
    func bar() {
        let outcome = harness.zoo(
            ["finetune", folder, "--train", harness.file("train.csv"), "--out", "mood"] + TinyModel.recipe, terminal: true)
        #expect(outcome.errors.contains("training [") && outcome.errors.contains("examples/s"))
        #expect(outcome.errors.hasSuffix("\r\u{1B}[K"))
    }

    @Test("a bar stays within one row of a narrow terminal")
    func narrowBar() {
        let outcome = harness.zoo(
            ["finetune", folder, "--train", harness.file("train.csv"), "--out", "mood", "--progress", "bar"] + TinyModel.recipe,
            terminal: true, columns: 40)
        #expect(outcome.code == 0)
        // A line is drawn from the start of the row on, and ends with the code that clears the rest of it.
        let pieces = outcome.errors.split(separator: "\r", omittingEmptySubsequences: false).dropFirst()
        let lines = pieces.map { piece in piece.prefix { $0 != "\u{1B}" } }
        #expect(lines.contains { $0.hasPrefix("training 100.0 %") }, "\(lines)")
        #expect(lines.map { $0.count }.max() == 39, "\(lines)")
    }

    @Test("a bar fits a terminal of any width", arguments: [1, 2, 7, 10, 12])
    func tinyBar(columns: Int) {
        let outcome = harness.zoo(
            ["finetune", folder, "--train", harness.file("train.csv"), "--out", "mood", "--progress", "bar"] + TinyModel.recipe,
            terminal: true, columns: columns)
        #expect(outcome.code == 0)
        let pieces = outcome.errors.split(separator: "\r", omittingEmptySubsequences: false).dropFirst()
        let lines = pieces.map { piece in piece.prefix { $0 != "\u{1B}" && $0 != "\n" } }
        // The last column stays free: a terminal would go on in the next row. Of no width at all one character is left.
        #expect(lines.allSatisfy { $0.count <= max(columns - 1, 1) }, "\(lines)")
    }

    @Test("a bar whose terminal has become narrower is cleared in all the rows that it took")
    func narrowedBar() throws {
        let errors = Collected()
        final class Terminal: Sendable {
            private let asked = Atomic<Int>(0)
            var columns: Int { asked.add(1, ordering: .relaxed).newValue > 2 ? 20 : 100 }
        }
        let terminal = Terminal()
        let stream = CommandOutput(
            isTerminal: true, columns: { terminal.columns }
        ) { (piece) throws(FileError) in
            errors.add(piece)
            return true
        }
        let code = ZooCommand.run(
            arguments: ["finetune", folder, "--train", harness.file("train.csv"), "--out", "mood", "--progress", "bar"] + TinyModel.recipe,
            families: [BERT.self, ViT.self], environment: harness.environment,
            standardInput: CommandInput { () throws(FileError) in [] }, standardOutput: Collected().stream(false), standardError: stream)
        #expect(code == 0)
        #expect(errors.text.contains("A\r\u{1B}[J"), "\(errors.text.debugDescription)")
    }

    @Test("training that diverges ends with 10 and installs nothing")
    func divergence() throws {
        let outcome = harness.zoo(
            "finetune", folder, "--train", harness.file("train.csv"), "--out", "mood", "--lr", "1e30", "--clip", "0", "--epochs", "20",
            "--optim", "sgd")
        #expect(outcome.code == 10)
        #expect(outcome.errors.contains("--lr"))
        #expect(try harness.storeContents().isEmpty)
    }

    @Test("pack gives the same bytes each time, and show reads a bundle")
    func pack() throws {
        #expect(harness.zoo("pack", folder, "-o", harness.file("a.zoo"), "--as", "tiny").code == 0)
        #expect(harness.zoo("pack", folder, "-o", harness.file("b.zoo"), "--as", "tiny").code == 0)
        #expect(try readFile(harness.file("a.zoo")) == readFile(harness.file("b.zoo")))
        #expect(harness.zoo("pack", folder, "-o", harness.file("a.zoo")).code == 11)
        #expect(harness.zoo("pack", folder, "-o", harness.file("c.zoo"), "--compress", "zstd").code == 0)
        let shown = try harness.zoo("show", harness.file("a.zoo"), "--json").data("show")
        #expect(shown["manifest"]?["name"]?.string == "tiny")
        #expect(try folderEntries(harness.path).allSatisfy { !$0.hasPrefix(".") })
        #expect(harness.zoo("embed", harness.file("a.zoo"), "x").errors.contains("zoo import"))
    }

    @Test("show tells tensors by the names that --freeze takes")
    func tensors() throws {
        let data = try harness.zoo("show", folder, "--tensors", "--json").data("show")
        let names = data["tensors"]?.array?.compactMap { $0["parameter"]?.string } ?? []
        #expect(names.contains("layers.1.attention.query.weight"))
        #expect(harness.zoo("show", folder).output.contains("hidden_size: 16"))
    }

    @Test("bench measures through the training pipeline")
    func bench() throws {
        let data = try harness.zoo("bench", folder, "--steps", "2", "--batch", "4", "--json").data("bench")
        for key in ["sgemm_gflops", "examples_per_second", "share_of_sgemm", "sentences_per_second", "latency_seconds", "peak_memory_mib"] {
            #expect((data[key]?.number ?? 0) > 0, "\(key)")
        }
        // The share is that of the best product that the program can do, whoever multiplies.
        let best = try #require(data["sgemm_gflops"]?.number)
        let (openBLAS, packed) = (try #require(data["openblas_gflops"]?.number), try #require(data["packed_gflops"]?.number))
        #expect(openBLAS > 0 && packed > 0 && best == max(openBLAS, packed))
        #expect(data["sgemm_kernel"]?.string == (packed > openBLAS ? "packed" : "openblas"))
        let share = try #require(data["share_of_sgemm"]?.number)
        #expect(abs(share - (data["training_gflops"]?.number ?? 0) / best) < 1e-9)
        #expect(harness.zoo("bench", folder, "--steps", "2", "--batch", "4", "--data", harness.file("train.csv")).code == 0)
    }
}
