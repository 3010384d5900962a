import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct StoreFaultTests {
    private static func manifest(_ name: String) -> Manifest { Manifest(name: name, family: "bert", task: "features") }
    private static let files: [(name: String, source: FileSource)] = [
        ("config.json", .bytes(Array("{}".utf8))), ("vocab.txt", .bytes(Array("[PAD]\n".utf8))),
    ]

    @Test("D24 a blob changed in place: verify tells, adding again repairs")
    func zeroed() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files)
        try writeFile(model.path(of: "vocab.txt"), [UInt8](repeating: 0, count: 6))
        let error = failure { try store.verify(model) }
        #expect(error?.code == "store.damaged" && error?.exitCode == .format)
        #expect(error?.message.contains("vocab.txt") == true && error?.message.contains("config.json") == false)
        #expect(error?.hint?.contains("import the model again") == true)
        try store.add(Self.manifest("bert"), files: Self.files)
        try store.verify(model)
    }

    @Test("D25 blob truncated, missing, a link, a folder, a FIFO", arguments: ["cut", "missing", "link", "folder", "fifo"])
    func replaced(kind: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files)
        let path = try model.path(of: "vocab.txt")
        unlink(path)
        switch kind {
        case "cut": try writeFile(path, [1, 2])
        case "link": symlink(try scratch.write("same", "[PAD]\n"), path)
        case "folder": mkdir(path, 0o755)
        case "fifo": mkfifo(path, 0o644)
        default: break
        }
        for error in [failure { _ = try model.path(of: "vocab.txt") }, failure { try store.verify(model) }] {
            #expect(error?.exitCode == .format)
            #expect(error?.hint?.contains("import the model again") == true)
        }
        #expect(try store.list().models == [model])
        try store.add(Self.manifest("bert"), files: Self.files)
        try store.verify(model)
    }

    @Test("D26 manifest empty, garbage, a folder, a FIFO, a link", arguments: ["empty", "garbage", "folder", "fifo", "link", "newer"])
    func brokenManifest(kind: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("good"), files: Self.files)
        let path = try scratch.write("store/manifests/bad/latest.json", "")
        switch kind {
        case "garbage": try writeFile(path, [0xff, 0x00, 0x1b])
        case "newer": try writeFile(path, Array(#"{"format_version": 9}"#.utf8))
        case "folder", "fifo":
            unlink(path)
            _ = kind == "folder" ? mkdir(path, 0o755) : mkfifo(path, 0o644)
        case "link":
            unlink(path)
            symlink(store.home + "/manifests/good/latest.json", path)
        default: break
        }
        let listing = try store.list()
        #expect(listing.models == [model] && listing.broken.count == 1)
        let error = failure { _ = try store.resolve(ModelReference("bad")) }
        #expect(error?.code == "store.manifest" && error?.exitCode == (kind == "newer" ? .incompatible : .format))
        #expect(error?.place?.file == path && error?.message.contains("\"bad\"") == true && error?.hint != nil)
        if kind == "link" { #expect(error?.message.contains("found a symbolic link") == true, "\(error?.message ?? "")") }
        if kind == "newer" {
            #expect(failure { try store.remove(ModelReference("bad")) }?.exitCode == .incompatible)
        } else {
            try store.remove(ModelReference("bad"))
            #expect(try store.list().broken.isEmpty)
        }
        try store.verify(model)
    }

    @Test(
        "D27 store of a newer version is left untouched",
        arguments: [("2\n", ExitCode.incompatible), ("x", .format), ("", .format), ("0", .format)])
    func newerStore(text: String, exit: ExitCode) throws {
        let scratch = try Scratch()
        try scratch.store().add(Self.manifest("bert"), files: Self.files)
        try scratch.write("store/VERSION", text)
        let before = try Scratch.tree(scratch.path)
        let error = failure { try scratch.store().add(Self.manifest("x"), files: Self.files) }
        #expect(error?.exitCode == exit && error?.place?.file == scratch.path + "/store/VERSION")
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("D28 store moved, and a path with spaces and other scripts")
    func moved() throws {
        let scratch = try Scratch()
        try scratch.store("first").add(Self.manifest("bert"), files: Self.files)
        let home = scratch.path + "/ein Ördner 模型/"
        rename(scratch.path + "/first", home)
        let store = try Store(home: home)
        let model = try store.resolve(ModelReference("bert"))
        try store.verify(model)
        try store.add(Self.manifest("vit"), files: Self.files)
        #expect(try store.list().models.count == 2)
    }

    @Test("D28 a path of 4096 bytes; a home that is a file")
    func unusable() throws {
        let scratch = try Scratch()
        let long = scratch.path + String(repeating: "/" + String(repeating: "d", count: 200), count: 20)
        #expect(failure { try Store(home: long + "/" + long).add(Self.manifest("x"), files: Self.files) }?.code == "store.unusable")
        let file = try scratch.write("file", "x")
        #expect(failure { _ = try Store(home: file) }?.code == "store.unusable")
        let below = failure { try Store(home: file + "/store").add(Self.manifest("x"), files: Self.files) }
        #expect(below?.code == "store.unusable" && below?.hint?.contains("ZOO_HOME") == true)
    }

    @Test("X6 the store's folder by environment")
    func home() throws {
        #expect(try Store.defaultHome(["ZOO_HOME": "/z", "XDG_DATA_HOME": "/x", "HOME": "/h"]) == "/z")
        #expect(try Store.defaultHome(["ZOO_HOME": "", "XDG_DATA_HOME": "/x", "HOME": "/h"]) == "/x/zoo")
        #expect(try Store.defaultHome(["XDG_DATA_HOME": "relative", "HOME": "/h"]) == "/h/.local/share/zoo")
        for environment in [[:], ["HOME": ""], ["HOME": "relative"]] {
            let error = failure { _ = try Store.defaultHome(environment) }
            #expect(error?.exitCode == .usage && error?.hint?.contains("ZOO_HOME") == true)
        }
    }

    @Test("A56 modes of contents are 0644 less the umask, never executable", arguments: [0o000, 0o022, 0o077] as [mode_t])
    func modes(mask: mode_t) throws {
        // The umask is the process's: other tests may run at the same time, so it is enough that no other bits appear.
        let old = umask(mask)
        defer { umask(old) }
        let scratch = try Scratch()
        let model = try scratch.store().add(Self.manifest("bert"), files: Self.files)
        var status = stat()
        #expect(stat(try model.path(of: "vocab.txt"), &status) == 0)
        #expect(status.st_mode & 0o777 & ~0o644 == 0)
        #expect(status.st_mode & 0o600 == 0o600)
    }
}
