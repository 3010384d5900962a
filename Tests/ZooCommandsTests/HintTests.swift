import Foundation
import Testing
import ZooCommands
import ZooTensor
import ZooTestSupport

/// Every command that an output or a hint tells to type works when it is typed.
@Suite("Commands that are told to be typed")
struct HintTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
        _ = try TinyModel.write(harness)
        // What stands for a name or a path of the user's.
        _ = try TinyModel.write(harness, "PATH")
        try harness.write("FILE.csv", TinyModel.table(rows: 48))
        try harness.write("test file.csv", TinyModel.table(rows: 24))
    }

    private func shell(_ line: String, expecting code: Int32?) throws -> String {
        let expectation = code.map { "test $code -eq \($0)" } ?? "true"
        try ZooProcess.shell(
            "\(line) > output.txt 2>&1 < /dev/null; code=$?; cat output.txt; \(expectation)", in: harness.path,
            environment: ["ZOO_HOME": harness.file("store"), "HF_ENDPOINT": "https://localhost:1"])
        return try harness.read("output.txt")
    }

    /// The commands that a text tells: lines of two spaces, what follows `next:`, and what stands in quotation marks.
    static func commands(in text: String) -> [String] {
        var commands: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("  zoo ") {
                commands.append(String(line.dropFirst(2)))
            } else if line.hasPrefix("next: zoo ") {
                commands.append(String(line.dropFirst(6)))
            } else {
                for (place, part) in line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                where place % 2 == 1 && part.hasPrefix("zoo ") && !line.contains("did you mean") { commands.append(String(part)) }
            }
        }
        return commands
    }

    /// Runs a line, then all that it tells to type.
    private func follow(_ line: String, expecting code: Int32 = 0, tells count: Int = 1, flags: String = "") throws {
        let output = try shell(line, expecting: code)
        let commands = Self.commands(in: output)
        #expect(commands.count >= count, "\(line): \(output)")
        for command in commands {
            // The name that stands for any is taken after the first time.
            _ = try shell(command + flags + (command.contains("--out NAME") && flags.isEmpty ? " --overwrite" : ""), expecting: 0)
        }
    }

    @Test("what is told after a success")
    func successes() throws {
        try follow("zoo import ./tiny --as base", tells: 2)
        try follow("zoo finetune base --train FILE.csv --steps 4 --out mood:v1", tells: 3)
        try follow("zoo finetune base --train FILE.csv --steps 4 --out mood:v1 --overwrite --test 'test file.csv'", tells: 3)
        try follow("zoo export mood:v1 -o 'my mood.zoo'")
        try follow("zoo pack ./tiny -o packed.zoo")
        try follow("zoo import 'my mood.zoo' --as again", tells: 2)
        _ = try shell("mkdir -p FOLDER; zoo tag base MODEL", expecting: 0)
        try follow("zoo key generate alice")
        try follow("zoo push base --to FOLDER --sign alice")
        try follow("zoo fetch NAME/base --as fetched")
        // Another store by a flag: the commands name it.
        try follow("zoo import ./tiny --as base --home 'other store'", tells: 2)
        try follow("zoo finetune base --train FILE.csv --steps 4 --out mood --home 'other store'", tells: 3)
        #expect(try shell("zoo list -q --home 'other store'", expecting: 0) == "NAME\nbase\nmood\n")
    }

    @Test("what is told after an error")
    func errors() throws {
        try follow("zoo list --home empty", tells: 2)
        try follow("zoo embed nothing x", expecting: 3, tells: 2)
        _ = try shell(
            "zoo import ./tiny --as base && zoo pack ./tiny -o tiny.zoo --as tiny && zoo tag base MODEL && mkdir FOLDER", expecting: 0)
        for (line, code) in [
            ("zoo embed nothing x", 3), ("zoo predict base 'a film'", 2), ("zoo evaluate ./tiny --data FILE.csv", 2),
            ("zoo embed tiny.zoo x", 2),
            ("zoo embed ./tiny.zoo x", 2), ("zoo tag ./tiny x", 2), ("zoo export ./tiny -o x.zoo", 2), ("zoo fetch ./tiny", 2),
            ("zoo fetch tiny.zoo", 2), ("zoo fetch nothing-like-it", 3), ("zoo frobnicate", 2), ("zoo finetune base --frobnicate", 2),
            ("zoo finetune base", 2), ("zoo data show base --frobnicate", 2), ("zoo import", 2), ("zoo runs clean nothing-like-it", 3),
            ("zoo source refresh nothing-like-it", 3), ("zoo push base --to mirror --sign bob", 5), ("zoo search nothing-like-it", 0),
            ("zoo key list --home empty", 0), ("zoo source add x ./tiny", 3),
        ] as [(String, Int32)] {
            try follow(line, expecting: code)
            _ = try shell("rm -rf NAME.zoo x.zoo", expecting: 0)
            if line.hasPrefix("zoo fetch") || line.hasPrefix("zoo embed") {
                _ = try shell("zoo remove tiny --yes --missing-ok", expecting: 0)
            }
        }
        // What needs the network is planned only.
        for line in ["zoo finetune all-MiniLM-L6-v2 --train FILE.csv", "zoo predict bge-small-en-v1.5 x"] {
            try follow(line, expecting: 3, flags: " --dry-run")
        }
        for line in ["zoo embed org/name x", "zoo import org/name", "zoo import all-MiniLM-L6-v2", "zoo import hf:org/name --home 'a b'"] {
            try follow(line, expecting: 2, flags: " --dry-run")
        }
        try follow("zoo fetch org/name", expecting: 3, flags: " --dry-run")
    }

    @Test("on a terminal a model of the catalogue is asked for")
    func asks() {
        harness.environment["HF_ENDPOINT"] = "https://localhost:1"
        harness.environment["ZOO_RETRIES"] = "0"
        let arguments = ["finetune", "all-MiniLM-L6-v2", "--train", harness.file("FILE.csv")]
        let refused = harness.zoo(arguments, input: "n\n", terminal: true)
        #expect(refused.code == 3)
        #expect(refused.errors.contains("fetch all-MiniLM-L6-v2 (about") && refused.errors.contains("[y/N]"))
        #expect(harness.zoo(arguments, input: "y\n", terminal: true).code == 6)
        #expect(harness.zoo(arguments + ["--yes"]).code == 6)
        #expect(!harness.zoo(arguments).errors.contains("[y/N]"))
    }

    @Test("a folder without ./ before it")
    func folder() throws {
        try ZooProcess.shell(
            "zoo embed tiny x > out.txt 2>&1; test $? -eq 3; grep -q 'hint: the folder of this name is ./tiny' out.txt", in: harness.path,
            environment: ["ZOO_HOME": harness.file("store")])
    }

    @Test("names that other programs give to options are told by ours")
    func foreignNames() {
        for (flag, here) in [
            ("--learning-rate", "--lr"), ("--learning_rate", "--lr"), ("--batch-size", "--batch"),
            ("--per_device_train_batch_size", "--batch"),
            ("--num_train_epochs", "--epochs"), ("--Epochs", "--epochs"), ("--weight_decay", "--weight-decay"), ("--output_dir", "--out"),
            ("--max_seq_length", "--max-length"), ("--warmup-ratio", "--warmup"), ("--lr_scheduler_type", "--sched"), ("-b", "--batch"),
            ("--text_column", "--text"), ("--target", "--label"), ("--workers", "--threads"), ("--opt=adamw", "--optim"),
            ("--validation_file", "--val"), ("--dataset", "--train"), ("--freeze-backbone", "--head-only"), ("--input-size", "--img-size"),
            ("--early-stopping-patience", "--patience"), ("--max-steps", "--steps"), ("--clip-grad", "--clip"),
        ] {
            let outcome = harness.zoo("finetune", "x", flag, "1")
            #expect(outcome.code == 2 && outcome.errors.contains("unknown option '\(flag.prefix { $0 != "=" })'"), "\(outcome.errors)")
            #expect(outcome.errors.contains("hint: here it is \(here)\n"), "\(flag): \(outcome.errors)")
        }
        #expect(harness.zoo("evaluate", "x", "--test-file", "y").errors.contains("here it is --data"))
        #expect(harness.zoo("predict", "x", "--top_k", "3").errors.contains("here it is --top\n"))
        #expect(harness.zoo("fetch", "x", "--revision", "main").errors.contains("hf:organisation/name@revision"))
        #expect(harness.zoo("finetune", "x", "--fp16").errors.contains("32 bits"))
        #expect(harness.zoo("finetune", "--model_name_or_path", "x", "--train", "y").errors.contains("first argument"))
    }

    @Test("an unknown option is told before one that is missing, and a negative number is a value")
    func unknownFirst() throws {
        for arguments in [["finetune", "x", "--trian", "y"], ["finetune", "--trian", "y", "x"], ["finetune", "x", "--trian=y"]] {
            let outcome = harness.zoo(arguments)
            #expect(
                outcome.errors.contains("unknown option '--trian'") && outcome.errors.contains("did you mean --train?"), "\(outcome.errors)"
            )
        }
        #expect(harness.zoo("finetune", "x", "--out", "--train").errors.contains("missing value"))
        let folder = harness.file("tiny")
        let negative = harness.zoo("finetune", folder, "--train", harness.file("FILE.csv"), "--clip", "-1")
        #expect(negative.code == 2 && negative.errors.contains("found -1"), "\(negative.errors)")
        #expect(harness.zoo("embed", folder, "--", "-5").code == 0)
    }
}
