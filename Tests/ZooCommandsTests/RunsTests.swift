import ModelZoo
import Testing
import ZooTensor
import ZooTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folders that runs leave: they share their weights with the store, and go when they are told to.
@Suite("Runs")
struct RunsTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
        #expect(harness.zoo("import", try TinyModel.write(harness), "--as", "base").code == 0)
        try harness.write("train.csv", TinyModel.table(rows: 48))
    }

    @discardableResult
    private func finetune(_ name: String, _ flags: String...) -> Outcome {
        harness.zoo(["finetune", "base", "--train", harness.file("train.csv"), "--steps", "2", "--out", name] + flags)
    }

    private func run(_ name: String) -> String { harness.file("store/runs/" + name) }

    private func node(_ path: String) -> (inode: UInt64, links: Int) {
        var status = stat()
        #expect(lstat(path, &status) == 0, "\(path)")
        return (UInt64(status.st_ino), Int(status.st_nlink))
    }

    @Test("the weights of a run are the store's, once on the disk, and can be imported, packed and used from there")
    func shared() throws {
        #expect(finetune("mood").code == 0)
        let model = try Store(home: harness.file("store")).resolve(ModelReference("mood"))
        for file in model.manifest.files {
            #expect(node(try model.path(of: file.name)).inode == node(run("mood-1/best/" + file.name)).inode, "\(file.name)")
        }
        #expect(try folderEntries(run("mood-1/best")).allSatisfy { !$0.hasPrefix(".") })
        let best = run("mood-1/best")
        #expect(harness.zoo("import", best, "--as", "again").code == 0)
        #expect(harness.zoo("pack", best, "-o", harness.file("x.zoo")).code == 0)
        #expect(harness.zoo("predict", best, "a good film").code == 0)
        // A link elsewhere is still refused: it may be any file of the machine.
        try makeFolders(harness.file("folder"))
        for name in try folderEntries(best) { #expect(link(best + "/" + name, harness.file("folder/" + name)) == 0) }
        #expect(harness.zoo("import", harness.file("folder"), "--as", "no").errors.contains("hard link"))
        // A folder that the user named is the user's own.
        #expect(finetune("other", "--run-dir", harness.file("mine")).code == 0)
        #expect(node(harness.file("mine/best/model.safetensors")).links == 1)
    }

    @Test("runs list tells how each ended, and what it takes")
    func list() throws {
        #expect(harness.zoo("runs", "list").output == "no runs\n")
        #expect(finetune("mood").code == 0)
        #expect(finetune("bad", "--lr", "1e30", "--clip", "0", "--optim", "sgd", "--epochs", "20", "--steps", "100").code == 10)
        try makeFolders(run("killed-1/best"))
        try makeFolders(run("not-a-run"))
        try harness.write("store/runs/not-a-run/notes.txt", "mine")
        let data = try harness.zoo("runs", "list", "--json").data("runs.list")
        let runs = data["runs"]?.array ?? []
        #expect(runs.compactMap { $0["name"]?.string } == ["bad-1", "killed-1", "mood-1"])
        #expect(runs.compactMap { $0["state"]?.string } == ["failed", "killed", "finished"])
        #expect(runs.last?["model"]?.string == "mood" && (runs.last?["shared_bytes"]?.integer ?? 0) > (runs.last?["bytes"]?.integer ?? 0))
        #expect(harness.zoo("runs", "list").output.contains("3 runs"))
        #expect(harness.zoo("runs", "ls", "-q").output == "bad-1\nkilled-1\nmood-1\n")
    }

    @Test("runs clean keeps the only copy of weights, unless it is asked for by name or with --all")
    func clean() throws {
        for (number, name) in ["mood", "lost", "third"].enumerated() { #expect(finetune(name, "--seed", "\(number)").code == 0) }
        try makeFolders(run("killed-1/best"))
        let removed = harness.zoo("remove", "lost", "--yes")
        #expect(removed.errors.contains("runs still hold"), "\(removed.errors)")
        #expect(harness.zoo("runs", "clean").code == 2)
        let dry = harness.zoo("runs", "clean", "--dry-run")
        #expect(dry.output.contains("would delete 3 runs") && dry.errors.contains("lost-1"), "\(dry)")
        #expect(try folderEntries(harness.file("store/runs")).count == 4)
        #expect(harness.zoo("runs", "clean", "--older-than", "1h", "--yes").output == "nothing to delete\n")
        #expect(harness.zoo("runs", "clean", input: "n\n", terminal: true).output.contains("nothing was deleted"))
        #expect(harness.zoo("runs", "clean", "--yes").output.contains("deleted 3 runs"))
        #expect(try folderEntries(harness.file("store/runs")) == ["lost-1"])
        #expect(harness.zoo("verify", "--all").code == 0, "the models are whole without their runs")
        #expect(harness.zoo("runs", "clean", "lost-2", "--yes").errors.contains("did you mean lost-1?"))
        #expect(harness.zoo("runs", "clean", "lost-1", "--all").code == 2)
        let last = try harness.zoo("runs", "clean", "lost-1", "--yes", "--json").data("runs.clean")
        #expect(last["deleted"] == .array([.string("lost-1")]) && (last["bytes"]?.integer ?? 0) > 1000)
        #expect(try folderEntries(harness.file("store/runs")).isEmpty)
    }

    @Test("gc deletes runs without weights and what killed processes left in others, and none that trains")
    func garbage() throws {
        #expect(finetune("mood").code == 0)
        try makeFolders(run("killed-1/best"))
        try harness.write("store/runs/killed-1/run.json", "{}")
        try harness.write("store/runs/mood-1/best/.tmp-99999999-x", "half of a file")
        #expect(harness.zoo("gc").output == "nothing to delete\n", "they are younger than an hour")
        let dry = harness.zoo("gc", "--older-than", "0s", "--dry-run")
        #expect(dry.output.contains("1 run without weights") && fileKind(run("killed-1")) != nil, "\(dry.output)")
        let training = try ZooProcess(
            ["finetune", "base", "--train", harness.file("train.csv"), "--epochs", "100000", "--patience", "100000", "--out", "busy"],
            home: harness.file("store"))
        defer { training.kill() }
        for _ in 0..<600 where fileKind(run("busy-1")) == nil { usleep(50_000) }
        let data = try harness.zoo("gc", "--older-than", "0s", "--json").data("gc")
        #expect(data["runs"] == .array([.string("killed-1")]) && (data["unfinished_files"]?.integer ?? 0) >= 1)
        #expect(fileKind(run("killed-1")) == nil && fileKind(run("mood-1/best/.tmp-99999999-x")) == nil)
        #expect(fileKind(run("busy-1")) != nil && fileKind(run("mood-1/best/model.safetensors")) != nil)
        #expect(harness.zoo("runs", "clean", "busy-1", "--yes").code == 11)
        #expect(harness.zoo("runs", "list").output.contains("running"))
    }

    @Test("the manifest tells the name and the size of the data, and no path")
    func provenance() throws {
        #expect(finetune("mood").code == 0)
        let provenance = try harness.zoo("show", "mood", "--json").data("show")["manifest"]?["provenance"]
        #expect(provenance?["data_name"]?.string == "train.csv" && provenance?["data_examples"]?.integer == 48)
        #expect(harness.zoo("show", "mood", "--provenance").output.contains("(train.csv, 48 examples)"))
        let manifest = try readFile(harness.file("store/manifests/mood/latest.json"))
        #expect(!String(decoding: manifest, as: UTF8.self).contains(harness.path))
    }

    @Test("diff shows the first of many differences of a kind, and says how many there are")
    func manyDifferences() throws {
        for (name, count) in [("many", 400), ("few", 300)] {
            let table = "text,label\n" + (0..<count * 2).map { "a film,\(name)\($0 % count)\n" }.joined()
            try harness.write(name + ".csv", table)
            let outcome = harness.zoo(
                "finetune", "base", "--train", harness.file(name + ".csv"), "--steps", "1", "--val-fraction", "0", "--out", name)
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        let outcome = harness.zoo("diff", "many", "few")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count < 80, "\(lines.count)")
        #expect(outcome.output.contains("… and 397 more of config.id2label (--all shows them)"), "\(outcome.output)")
        #expect(harness.zoo("diff", "many", "few", "--all").output.split(separator: "\n").count > 1200)
        let data = try harness.zoo("diff", "many", "few", "--json").data("diff")
        #expect((data["differences"]?.array?.count ?? 0) > 1000, "programs get all")
    }
}
