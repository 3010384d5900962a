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

@Suite("Hostile archives and targets") struct HostileArchiveTests {
    /// A tar archive as `zoo import` takes one: a model's folder, and what the test adds.
    private static func foreign(_ change: (inout TarBuilder) -> Void) -> [UInt8] {
        var tar = TarBuilder()
        for file in HostileBundle.files { tar.add("m/" + file.name, file.content) }
        change(&tar)
        return tar.finished()
    }

    /// Imports a foreign archive into an empty store, and expects that it fails so and that nothing but the archive is there afterwards.
    private func fails(
        _ bytes: [UInt8], _ code: String, _ parts: String..., at location: SourceLocation = #_sourceLocation
    ) throws {
        let scratch = try Scratch()
        let file = try scratch.write("in/hostile.tar", bytes)
        try scratch.write("canary", "untouched")
        let store = try scratch.store()
        let before = try Scratch.tree(scratch.path)
        let error = failure({ _ = try Importer(store: store).importModel(file, family: { ("bert", $0) }) }, at: location)
        #expect(error?.code == code && error?.exitCode == .format, "\(String(describing: error))", sourceLocation: location)
        for part in parts {
            #expect(error.map { "\($0)".contains(part) } == true, "\(String(describing: error))", sourceLocation: location)
        }
        #expect(try store.list().models.isEmpty, sourceLocation: location)
        let after = try Scratch.tree(scratch.path).filter { !$0.hasPrefix("store/") }
        #expect(after == before.filter { !$0.hasPrefix("store/") }, sourceLocation: location)
    }

    @Test("A11 links one into the other, longer than a path may be")
    func linkChain() throws {
        let long = String(repeating: "d", count: 247)
        func chain(_ tar: inout TarBuilder) {
            var path = ""
            for letter in "abcdefghijklmnop" {
                tar.add(path + long, type: "5")
                tar.add(path + String(letter), type: "2", link: long)
                path += "\(letter)/"
            }
            tar.addPax([("path", path + "escape"), ("linkpath", String(repeating: "../", count: 16))])
            tar.add("escape", type: "2", link: "..")
            tar.addPax([("path", path + "escape/canary")])
            tar.add("canary", Array("hit".utf8))
        }
        var bundle = HostileBundle.tar(upTo: 1)
        bundle.add("a", type: "2", link: "b")
        chain(&bundle)
        try HostileBundle(bundle.finished()).fails("bundle.entry_kind", "regular file", "symbolic link")
        // In an archive that is not ours such entries are looked past, for none has the name of a model's file.
        let scratch = try Scratch()
        try scratch.write("canary", "untouched")
        let file = try scratch.write("in/chain.tar", Self.foreign(chain))
        let store = try scratch.store()
        let before = try Scratch.tree(scratch.path)
        _ = try Importer(store: store).importModel(file, family: { ("bert", $0) })
        #expect(try Scratch.tree(scratch.path).filter { !$0.hasPrefix("store/") } == before.filter { !$0.hasPrefix("store/") })
        #expect(try Scratch.tree(store.home).allSatisfy { !$0.hasSuffix("special") })
        // One that stands where a model's file should be is refused.
        try fails(Self.foreign { $0.add("m/README.md", type: "2", link: "a/b/c") }, "import.entry_kind", "README.md", "symbolic link")
    }

    @Test("A34 a million empty entries", .timeLimit(.minutes(2)))
    func manyEntries() throws {
        var one = TarBuilder()
        one.add("x", [])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 * 1_000_003)
        for _ in 0..<1_000_000 { bytes += one.bytes }
        try fails(bytes + [UInt8](repeating: 0, count: 1024), "bundle.limit", "number of entries", "at most 100000")
        // A bundle may not hold the first one already.
        try HostileBundle(HostileBundle.tar().bytes + bytes).fails("bundle.unexpected_entry", "\"x\"", "last file")
        // Names that are not read count too.
        var unreadable = TarBuilder()
        unreadable.add([0xff], [])
        var others: [UInt8] = []
        for _ in 0..<100_001 { others += unreadable.bytes }
        try fails(others + [UInt8](repeating: 0, count: 1024), "bundle.limit", "number of entries")
    }

    @Test("A41 GNU's long names and links")
    func longNames() throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("././@LongLink", Array(("../../" + String(repeating: "e", count: 120)).utf8) + [0], type: "L")
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        try HostileBundle(tar.finished()).fails("bundle.entry_name", "..")
        var link = HostileBundle.tar(upTo: 1)
        link.add("././@LongLink", Array(("/" + String(repeating: "e", count: 120)).utf8) + [0], type: "K")
        link.add("vocab.txt", type: "2")
        try HostileBundle(link.finished()).fails("bundle.entry_kind", "vocab.txt", "symbolic link")
        // A name of a gigabyte is told, but is not there.
        var huge = HostileBundle.tar(upTo: 1)
        huge.add(Array("././@LongLink".utf8), Array("a".utf8), type: "L", size: 1 << 30)
        let bundle = try HostileBundle(huge.finished())
        let before = try Scratch.tree(bundle.scratch.path)
        #expect(failure { _ = try bundle.importIt() }?.exitCode == .format)
        #expect(try Scratch.tree(bundle.scratch.path) == before)
    }

    @Test(
        "A42 a pax record whose length lies",
        arguments: [
            "99 path=x\n", "3 path=x\n", "0 path=x\n", "-5 path=x\n", "18446744073709551625 path=x\n", "path=x\n", "11 path=x",
            "10 pathxxx\n",
            "10 =xxxxx\n",
        ])
    func paxLength(record: String) throws {
        var tar = HostileBundle.tar(upTo: 1)
        tar.add("PaxHeader/x", Array(record.utf8), type: "x")
        tar.add("vocab.txt", Array("[PAD]\n".utf8))
        tar.add("model.safetensors", Scratch.safetensors)
        try HostileBundle(tar.finished()).fails("bundle.damaged")
    }

    @Test(
        "A43 a sparse map whose parts overlap, are out of order, or lie outside",
        arguments: ["0,4,2,4", "4,2,0,2", "0,6,9223372036854775807,1", "0,99", "6,0,0,6", "1", "a,b", ""])
    func sparseMap(map: String) throws {
        for minor in ["0", "1"] {
            var tar = HostileBundle.tar(upTo: 1)
            tar.addPax([
                ("GNU.sparse.major", "0"), ("GNU.sparse.minor", minor), ("GNU.sparse.name", "vocab.txt"), ("GNU.sparse.size", "6"),
                ("GNU.sparse.numblocks", "2"), ("GNU.sparse.map", map),
            ])
            tar.add("vocab.txt", Array("[PAD]\n".utf8))
            let bundle = try HostileBundle(tar.finished())
            let before = try Scratch.tree(bundle.scratch.path)
            let error = failure { _ = try bundle.importIt() }
            #expect(error?.exitCode == .format, "\(String(describing: error))")
            #expect(try Scratch.tree(bundle.scratch.path) == before)
        }
    }

    @Test("A44 times before 1970 and far away are ignored", arguments: ["-1", "-9223372036854775808", "99999999999999999999", "1e30", "x"])
    func times(time: String) throws {
        var tar = TarBuilder()
        tar.addPax([("mtime", time), ("atime", time), ("ctime", time)])
        tar.add("manifest.json", HostileBundle.manifest.encoded())
        for file in HostileBundle.files {
            tar.addPax([("mtime", time)])
            tar.add(file.name, file.content)
        }
        let bundle = try HostileBundle(tar.finished())
        let model = try bundle.importIt().model
        #expect(model.digest == HostileBundle.manifest.digest)
        try bundle.store.verify(model)
        // It counts as new: it is not swept away as something old.
        try bundle.store.collectGarbage()
        try bundle.store.verify(model)
    }

    @Test("A49 the store is reached through a link")
    func linkedStore() throws {
        let scratch = try Scratch()
        try makeFolders(scratch.path + "/elsewhere")
        symlink(scratch.path + "/elsewhere", scratch.path + "/store")
        let store = try scratch.store()
        let file = try scratch.write("in/good.zoo", HostileBundle.tar().finished())
        let model = try Importer(store: store).importModel(file, family: { ("bert", $0) }).model
        try store.verify(model)
        #expect(fileKind(scratch.path + "/elsewhere/manifests/tiny/latest.json") != nil)
    }

    @Test(
        "A49 while a model is imported, a link takes the place of the store, or of a folder in it", arguments: ["", "/blobs", "/manifests"])
    func swapped(part: String) throws {
        func prepared() throws -> (scratch: Scratch, store: Store, file: String) {
            let scratch = try Scratch()
            let file = try scratch.write("in/good.zoo", HostileBundle.tar().finished())
            try scratch.write("trap/canary", "untouched")
            let store = try scratch.store()
            try store.add(Manifest(name: "other", family: "bert", task: "features"), files: [("config.json", .bytes(Array("{}".utf8)))])
            return (scratch, store, file)
        }
        let undisturbed = FileWatcher()
        let model = try prepared()
        try FileFaults.$observer.withValue(undisturbed) {
            _ = try Importer(store: model.store).importModel(model.file, family: { ("bert", $0) })
        }
        let count = undisturbed.operations.count
        #expect(count > 10)
        // At each operation once.
        for moment in 0..<count {
            let (scratch, store, file) = try prepared()
            let (place, trap) = (store.home + part, scratch.path + "/trap")
            let watcher = FileWatcher { number, _ in
                if number == moment {
                    rename(place, place + ".moved")
                    symlink(trap, place)
                }
            }
            FileFaults.$observer.withValue(watcher) {
                do {
                    // What the model consists of lies where the link leads, or it is refused: never half of it.
                    let model = try Importer(store: store).importModel(file, family: { ("bert", $0) }).model
                    try store.verify(model)
                } catch { #expect(error is any ZooError, "\(error)") }
            }
            #expect(watcher.operations.count > moment)
            #expect(try readFile(trap + "/canary") == Array("untouched".utf8))
            for model in try store.list().models where model.reference.name != "other" {
                #expect(store.damagedFiles(of: [model]) == [[]], "operation \(moment)")
            }
        }
    }

    @Test(
        "A50 the target is read-only, full or over its quota: an error that names it, and nothing half-written",
        arguments: [
            (FileError.noSpace(path: "x"), "space"), (.failed(action: "create", path: "x", reason: "Read-only file system"), "Read-only"),
            (.failed(action: "write", path: "x", reason: "Disk quota exceeded"), "quota"),
        ])
    func target(error: FileError, part: String) throws {
        var number = 0
        while true {
            let bundle = try HostileBundle(HostileBundle.tar().finished())
            let before = try Scratch.tree(bundle.scratch.path)
            let watcher = FileWatcher(failing: number, with: error)
            var thrown: (any Error)?
            FileFaults.$observer.withValue(watcher) {
                do { _ = try bundle.importIt() } catch { thrown = error }
            }
            guard let thrown else { break }
            #expect((thrown as? any ZooError)?.exitCode == .resources && "\(thrown)".contains(part), "operation \(number): \(thrown)")
            #expect(try bundle.store.list().models.map(\.reference.name) == ["other"])
            let extra = try Scratch.tree(bundle.scratch.path).filter { !before.contains($0) }
            #expect(extra.allSatisfy { $0.hasPrefix("store/blobs/") || $0 == "store/manifests/tiny/" }, "operation \(number): \(extra)")
            try bundle.store.collectGarbage(olderThan: 0)
            #expect(try Scratch.tree(bundle.store.home + "/blobs").filter { !$0.hasSuffix("/") }.count == 1)
            number += 1
        }
        #expect(number > 10)
    }

    @Test("A52 the store's path is a device, or leads through one", arguments: ["/dev/null", "/dev/null/store", "/dev/zero"])
    func device(path: String) throws {
        let scratch = try Scratch()
        let file = try scratch.write("in/good.zoo", HostileBundle.tar().finished())
        let error = failure {
            let store = try Store(home: path)
            _ = try Importer(store: store).importModel(file, family: { ("bert", $0) })
        }
        #expect(error?.exitCode == .resources, "\(String(describing: error))")
        #expect(error.map { "\($0)".contains("/dev/") } == true)
    }
}
