import Foundation
import Testing
import ZooTensor
import ZooTestSupport

/// What a command says and leaves when a signal ends it.
@Suite("Broken off by a signal")
struct InterruptionTests {
    let harness: Harness
    let store: String

    init() throws {
        harness = try Harness()
        store = harness.file("store")
        _ = try TinyModel.write(harness)
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "base").code == 0)
        try harness.write("train.csv", TinyModel.table(rows: 96))
    }

    /// Waits until something is there.
    private func wait(for path: String) throws {
        for _ in 0..<600 where fileKind(path) == nil { usleep(100_000) }
        try #require(fileKind(path) != nil, "\(path) did not appear")
    }

    private func training(_ flags: String...) throws -> ZooProcess {
        try ZooProcess(
            [
                "finetune", "base", "--train", harness.file("train.csv"), "--epochs", "100000", "--patience", "100000", "--lr", "1e-4",
                "--out", "mood:v1",
            ] + flags,
            home: store)
    }

    /// The first command in quotation marks.
    private func command(in text: String) throws -> String {
        let start = try #require(text.range(of: "\"zoo "))
        let rest = text[start.upperBound...]
        return "zoo " + rest[..<(try #require(rest.firstIndex(of: "\"")))]
    }

    @Test(
        "finetune tells the best weights so far and the command that installs them",
        arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func finetune(signal: Int32, code: Int32) throws {
        let process = try training()
        let best = store + "/runs/mood-1/best"
        try wait(for: best + "/model.safetensors")
        kill(process.number, signal)
        let end = process.wait()
        #expect(end.code == code)
        #expect(end.output.contains("error: interrupted (SIG"), "\(end.output)")
        #expect(end.output.contains("are kept in \(best)"), "\(end.output)")
        #expect(try folderEntries(best) == ["config.json", "model.safetensors", "vocab.txt"])
        let lines = try harness.read("store/runs/mood-1/log.jsonl").split(separator: "\n")
        #expect(lines.last?.contains("train.interrupted") == true, "\(lines.suffix(2))")
        let typed = try command(in: end.output)
        try ZooProcess.shell(typed, in: harness.path, environment: ["ZOO_HOME": store])
        try ZooProcess.shell("zoo predict mood:v1 'a good film'", in: harness.path, environment: ["ZOO_HOME": store])
    }

    @Test("with --json one document, which is the error, and the command in it works, also for another store")
    func document() throws {
        let other = harness.file("other store")
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "base", "--home", other).code == 0)
        let process = try training("--json", "--home", other)
        try wait(for: other + "/runs/mood-1/best/model.safetensors")
        kill(process.number, SIGINT)
        let end = process.wait()
        let documents = end.output.split(separator: "\n").filter { $0.hasPrefix("{") }
        #expect(documents.count == 1)
        let error = try JSON.parse(Array(documents[0].utf8))["error"]
        #expect(end.code == 130)
        #expect(error?["exit"]?.integer == 130 && error?["code"]?.string == "interrupted", "\(end.output)")
        #expect(error?["message"]?.string?.contains("are kept in " + other + "/runs/mood-1/best") == true)
        let typed = try command(in: try #require(error?["hint"]?.string))
        try ZooProcess.shell(typed, in: harness.path)
        #expect(harness.zoo("list", "-q", "--home", other).output == "base\nmood:v1\n")
    }

    @Test("broken off before an epoch is over: nothing is kept, and no half of a file is left")
    func noEpoch() throws {
        let process = try ZooProcess(
            [
                "finetune", "base", "--train", harness.file("train.csv"), "--steps", "100000", "--epochs", "100000", "--patience", "100000",
                "--batch", "1",
                "--max-length", "8", "--out", "mood", "--val-fraction", "0.9",
            ], home: store)
        try wait(for: store + "/runs/mood-1/run.json")
        kill(process.number, SIGINT)
        let end = process.wait()
        #expect(end.code == 130)
        #expect(end.output.contains("interrupted (SIGINT)"), "\(end.output)")
        if fileKind(store + "/runs/mood-1/best/model.safetensors") == nil { #expect(end.output.contains("no weights are kept")) }
        #expect(try folderEntries(store + "/runs/mood-1/best").allSatisfy { !$0.hasPrefix(".") })
        // The name is free again.
        #expect(
            harness.zoo("finetune", "base", "--train", harness.file("train.csv"), "--steps", "1", "--out", "mood").code == 0)
    }

    @Test("embed leaves no half-written file; what is printed is whole")
    func embed() throws {
        try harness.write("many.txt", String(repeating: "a very good film\n", count: 3_000_000))
        let process = try ZooProcess(
            ["embed", "base", "--file", harness.file("many.txt"), "-o", harness.file("out.jsonl")], home: store)
        while try !folderEntries(harness.path).contains(where: { $0.hasPrefix(".tmp-") }) { usleep(20_000) }
        usleep(200_000)
        kill(process.number, SIGTERM)
        let end = process.wait()
        #expect(end.code == 143)
        #expect(end.output.contains("out.jsonl was not written"), "\(end.output)")
        #expect(try folderEntries(harness.path).allSatisfy { !$0.hasPrefix(".") && $0 != "out.jsonl" })
    }

    @Test("a command that waits for its input ends at once")
    func waiting() throws {
        try ZooProcess.shell(
            """
            mkfifo f; sleep 30 > f & holder=$!
            zoo embed base - < f & zoo=$!
            sleep 1; kill -TERM $zoo; wait $zoo; code=$?
            kill $holder; test $code -eq 143
            """, in: harness.path, environment: ["ZOO_HOME": store])
    }

    @Test("a second run of the same name ends at its start, and a killed one leaves no lock")
    func reserved() throws {
        let first = try training()
        try wait(for: store + "/runs/mood-1/best/model.safetensors")
        for name in ["mood:v1", "mood:V1"] {
            let second = harness.zoo("finetune", "base", "--train", harness.file("train.csv"), "--steps", "1", "--out", name, "--overwrite")
            #expect(second.code == 11, "\(second.errors)")
            #expect(second.errors.contains("another run is making \"\(name)\"") && second.errors.contains("\(first.number)"))
        }
        #expect(harness.zoo("finetune", "base", "--train", harness.file("train.csv"), "--steps", "1", "--out", "mood:v2").code == 0)
        #expect(harness.zoo("finetune", "base", "--train", harness.file("train.csv"), "--out", "mood:v1", "--dry-run").code == 0)
        first.kill()
        #expect(first.wait().code == nil)
        let again = harness.zoo("finetune", "base", "--train", harness.file("train.csv"), "--steps", "1", "--out", "mood:v1")
        #expect(again.code == 0, "\(again.errors)")
        #expect(try folderEntries(store + "/locks").allSatisfy { !$0.hasSuffix(".run") })
    }

    @Test("a result that cannot be installed is told with the command that installs it")
    func notInstalled() throws {
        let process = try ZooProcess(
            [
                "finetune", "base", "--train", harness.file("train.csv"), "--epochs", "2000", "--patience", "2000", "--lr", "1e-3", "--out",
                "mood",
            ], home: store)
        try wait(for: store + "/runs/mood-1/best/model.safetensors")
        // Somebody takes the name meanwhile.
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "mood").code == 0)
        let end = process.wait()
        #expect(end.code == 11)
        #expect(end.output.contains("the trained model is kept in"), "\(end.output)")
        let typed = try command(in: end.output) + " --replace"
        try ZooProcess.shell(typed, in: harness.path, environment: ["ZOO_HOME": store])
        try ZooProcess.shell("zoo predict mood 'a good film'", in: harness.path, environment: ["ZOO_HOME": store])
    }
}
