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

@Suite("Command line")
struct UsageTests {
    let harness: Harness

    init() throws { harness = try Harness() }

    @Test("X1 unknown verb", arguments: [("finetnue", "finetune"), ("lst", "list"), ("predcit", "predict"), ("trian", "train")])
    func unknownVerb(word: String, meant: String) {
        let outcome = harness.zoo(word, "x", "--flag")
        #expect(outcome.code == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("there is no command \"\(word)\""))
        #expect(outcome.errors.contains("did you mean \"zoo \(meant)\"?"))
    }

    @Test("X1 unknown verb without a near one")
    func strangeVerb() {
        let outcome = harness.zoo("xyzzyxyzzy")
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("zoo --help"))
    }

    @Test("X1 unknown word after family and help")
    func unknownSecondWord() {
        #expect(harness.zoo("family", "lst").errors.contains("did you mean \"zoo family list\"?"))
        #expect(harness.zoo("help", "evalute").errors.contains("did you mean \"zoo evaluate\"?"))
        #expect(harness.zoo("help", "nothing").code == 2)
        #expect(harness.zoo("help", "evaluate").output == harness.zoo("evaluate", "--help").output)
        #expect(harness.zoo("family").output.contains("zoo family list"))
        let data = harness.zoo("data", "shwo")
        #expect(data.code == 2)
        #expect(data.errors.contains("there is no command \"data shwo\"") && data.errors.contains("did you mean \"zoo data show\"?"))
        #expect(harness.zoo("data").output.contains("zoo data show"))
    }

    @Test("options of all verbs may stand before a verb of two words")
    func globalOptionsFirst() throws {
        let folder = try TinyModel.write(harness)
        let table = try harness.write("train.csv", TinyModel.table(rows: 12))
        let show = ["data", "show", folder, "--data", table, "--count", "3"]
        let data = try harness.zoo(["--json"] + show).data("data.show")
        let examples = try #require(data["examples"]?.array)
        #expect(examples.count == 3)
        #expect(examples.allSatisfy { $0["tokens"]?.string?.hasPrefix("[CLS]") == true && $0["label"]?.string != nil })
        let plain = harness.zoo(["--threads", "1"] + show)
        #expect(plain.code == 0 && plain.output.split(separator: "\n").count == 3, "\(plain.errors)")
        #expect(harness.zoo(["--threads=1", "--quiet"] + show).output.isEmpty)
    }

    @Test("X1 unknown flag", arguments: [("--epochz", "--epochs"), ("--trian", "--train"), ("--no-dropuot", "--no-dropout")])
    func unknownFlag(flag: String, meant: String) {
        let outcome = harness.zoo("finetune", "x", "--train", "y", flag)
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("unknown option '\(flag)'"))
        #expect(outcome.errors.contains("did you mean \(meant)?"))
    }

    @Test(
        "X1 wrong arguments",
        arguments: [
            ["import"], ["finetune", "x"], ["finetune", "x", "--train"], ["finetune", "x", "--train", "y", "--epochs", "many"],
            ["finetune", "x", "--train", "y", "--sched", "zigzag"], ["list", "extra"], ["predict", "x", "y", "--top", "0"],
            ["list", "--threads", "0"], ["finetune", "x", "--train", "y", "--lr", "0"], ["finetune", "x", "--train", "y", "--warmup", "2"],
            ["finetune", "x", "--train", "y", "--momentum", "0.5"], ["finetune", "x", "--train", "y", "--head-only", "--freeze", "layers"],
            ["show", "no/such:reference"], ["finetune", "x", "--train", "y", "--seed", "-1"], ["data", "show", "x"],
            ["finetune", "x", "--train", "y", "--freeze", ""],
        ])
    func wrongArguments(arguments: [String]) {
        let outcome = harness.zoo(arguments)
        #expect(outcome.code == 2)
        #expect(outcome.errors.hasPrefix("error: "))
        #expect(outcome.output.isEmpty)
    }

    @Test("patterns that freeze nothing are no way to train everything", arguments: ["", ","])
    func freezesNothing(patterns: String) {
        let outcome = harness.zoo("finetune", "x", "--train", "y", "--freeze", patterns)
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("--freeze: expected patterns"))
    }

    @Test("help teaches and ends with 0")
    func help() {
        let general = harness.zoo("--help")
        #expect(general.code == 0)
        for verb in ["import", "finetune", "evaluate", "predict", "export"] { #expect(general.output.contains("zoo \(verb) ")) }
        #expect(harness.zoo().output == general.output)
        for verb in [
            "search", "fetch", "import", "list", "show", "diff", "verify", "tag", "remove", "gc", "push", "finetune", "evaluate", "predict",
            "embed", "export", "pack", "data", "family", "bench",
            "version",
        ] {
            let outcome = harness.zoo(verb, "--help")
            #expect(outcome.code == 0)
            #expect(outcome.output.contains("Example"))
            #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        }
        #expect(harness.zoo("--version").output.hasPrefix("0."))
    }

    @Test("X2 the reader of the output goes away")
    func closedOutput() {
        let errors = Collected()
        let code = ZooCommand.run(
            arguments: ["--help"], families: [BERT.self, ViT.self], environment: harness.environment,
            standardInput: CommandInput { () throws(FileError) in [] },
            standardOutput: CommandOutput { (_) throws(FileError) in false }, standardError: errors.stream(false))
        #expect(code == 0)
        #expect(errors.text.isEmpty)
    }

    @Test("X2 a broken pipe")
    func brokenPipe() {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let output = CommandOutput(descriptor: ends[1], name: "a pipe")
        output.write("text")
        output.flush()
        #expect(output.isClosed)
        #expect(output.failure == nil)
        close(ends[1])
    }

    @Test("X2 a full disk is no closed reader")
    func fullDisk() {
        let errors = Collected()
        let code = ZooCommand.run(
            arguments: ["version"], families: [BERT.self, ViT.self], environment: harness.environment,
            standardInput: CommandInput { () throws(FileError) in [] },
            standardOutput: CommandOutput { (_) throws(FileError) in throw FileError.noSpace(path: "the standard output") },
            standardError: errors.stream(false))
        #expect(code == 7)
        #expect(errors.text.contains("no space left"))
    }

    @Test(
        "X3 --json gives one document, also for errors",
        arguments: [
            (["list", "--json"], 0), (["--json", "list"], 0), (["version", "--json"], 0), (["family", "list", "--json"], 0),
            (["--json", "family", "show", "bert"], 0), (["finetune", "--help", "--json"], 0), (["show", "nothing", "--json"], 3),
            (["frobnicate", "--json"], 2), (["list", "--jsn", "--json"], 2), (["family", "show", "nothing", "--json"], 8),
            (["import", "/no/such/path", "--json"], 3), (["predict", "./nothing", "a\nb", "--json"], 3), (["remove", "--json"], 2),
            (["--json", "data", "show", "./nothing", "--data", "x.csv"], 3), (["--json", "data", "shwo"], 2),
        ] as [([String], Int32)])
    func jsonDocuments(arguments: [String], code: Int32) throws {
        let outcome = harness.zoo(arguments)
        #expect(outcome.code == code)
        let document = try outcome.document()
        if code == 0 {
            #expect(document["schema"]?.string?.hasPrefix("zoo.") == true)
            #expect(document["data"] != nil)
            #expect(outcome.errors.isEmpty)
        } else {
            #expect(document["error"]?["exit"]?.integer == Int(code))
            #expect(document["error"]?["code"]?.string?.isEmpty == false)
            #expect(document["error"]?["message"]?.string?.isEmpty == false)
            #expect(document["error"]?.object?.keys == ["code", "exit", "message", "hint", "where"])
        }
    }

    @Test("X3 ZOO_JSON")
    func jsonByEnvironment() throws {
        harness.environment["ZOO_JSON"] = "1"
        _ = try harness.zoo("list").data("list")
        #expect(try harness.zoo("nothing").document()["error"]?["code"]?.string == "usage.unknown_verb")
        harness.environment["ZOO_JSON"] = "0"
        #expect(harness.zoo("version").output.hasPrefix("zoo "))
    }

    @Test("X4 no escape codes off a terminal, X5 NO_COLOR")
    func styles() throws {
        let escape = "\u{1B}"
        let folder = try TinyModel.write(harness)
        harness.zoo("import", folder)
        for arguments in [["list"], ["show", "tiny"], ["show", "nothing"], ["import", folder, "--progress", "bar"]] {
            let outcome = harness.zoo(arguments)
            #expect(!outcome.output.contains(escape) && !outcome.errors.contains(escape) && !outcome.errors.contains("\r"))
        }
        #expect(harness.zoo("list", terminal: true).output.contains(escape))
        #expect(harness.zoo("show", "nothing", terminal: true).errors.contains(escape))
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            var plain = harness.environment
            plain[name] = value
            swap(&plain, &harness.environment)
            #expect(!harness.zoo("list", terminal: true).output.contains(escape))
            #expect(!harness.zoo("show", "nothing", terminal: true).errors.contains(escape))
            harness.environment = plain
        }
        harness.environment["NO_COLOR"] = ""
        #expect(harness.zoo("list", terminal: true).output.contains(escape))
    }

    @Test("X6 no HOME, or one that cannot be written")
    func home() throws {
        let folder = try TinyModel.write(harness)
        harness.environment["ZOO_HOME"] = nil
        let unset = harness.zoo("list")
        #expect(unset.code == 2)
        #expect(unset.errors.contains("ZOO_HOME"))
        #expect(harness.zoo("version").code == 0)
        #expect(harness.zoo("embed", folder, "a film").code == 0)
        harness.environment["HOME"] = "/dev/null"
        #expect(harness.zoo("list").code == 0)
        let unwritable = harness.zoo("import", folder)
        #expect(unwritable.code == 7)
        #expect(unwritable.errors.contains("set ZOO_HOME"))
        #expect(harness.zoo("list", "--home", harness.file("other")).code == 0)
    }

    @Test("X9 remove off a terminal needs --yes")
    func remove() throws {
        harness.zoo("import", try TinyModel.write(harness))
        let before = try harness.storeContents()
        let refused = harness.zoo("remove", "tiny")
        #expect(refused.code == 2)
        #expect(refused.errors.contains("--yes"))
        #expect(harness.zoo("rm", "tiny", "--json", terminal: true).code == 2)
        #expect(harness.zoo("rm", "tiny", "--dry-run").code == 0)
        #expect(harness.zoo("rm", "tiny", input: "n\n", terminal: true).output.contains("nothing was removed"))
        #expect(try harness.storeContents() == before)
        #expect(harness.zoo("rm", "tiny", "nothing", "--yes").code == 3)
        #expect(try harness.storeContents() == before)

        #expect(harness.zoo("rm", "tiny", input: "yes\n", terminal: true).code == 0)
        #expect(try harness.storeContents().isEmpty)
        #expect(harness.zoo("rm", "tiny", "--yes").code == 3)
        #expect(harness.zoo("rm", "tiny", "--yes", "--missing-ok").code == 0)
    }

    @Test("C1 unknown family")
    func unknownFamily() throws {
        let folder = try TinyModel.write(harness)
        try harness.write("tiny/config.json", #"{"model_type": "megatron"}"#)
        for arguments in [["import", folder], ["pack", folder, "-o", harness.file("x.zoo")], ["embed", folder, "a"]] {
            let outcome = harness.zoo(arguments)
            #expect(outcome.code == 8)
            #expect(outcome.errors.contains("megatron") && outcome.errors.contains("Adding a family"))
        }
        #expect(try harness.storeContents().isEmpty)
        #expect(fileKind(harness.file("x.zoo")) == nil)
    }

    @Test("C13 two families of one name end the command at once")
    func duplicateFamilies() {
        let errors = Collected()
        let code = ZooCommand.run(
            arguments: ["list"], families: [BERT.self, BERT.self], environment: harness.environment,
            standardInput: CommandInput { () throws(FileError) in [] }, standardOutput: Collected().stream(false),
            standardError: errors.stream(false))
        #expect(code == 1)
        #expect(errors.text.contains("bert"))
    }
}
