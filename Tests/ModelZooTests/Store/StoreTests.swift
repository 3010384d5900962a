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

@Suite struct StoreTests {
    private static func manifest(_ name: String) -> Manifest { Manifest(name: name, family: "bert", task: "features") }
    private static let files: [(name: String, source: FileSource)] = [
        ("config.json", .bytes(Array("{}".utf8))), ("vocab.txt", .bytes(Array("[PAD]\n".utf8))),
    ]

    /// Makes a file look two hours old.
    private func age(_ path: String) {
        var times = [timespec(tv_sec: time(nil) - 7200, tv_nsec: 0), timespec(tv_sec: time(nil) - 7200, tv_nsec: 0)]
        utimensat(AT_FDCWD, path, &times, AT_SYMLINK_NOFOLLOW)
    }

    @Test("add, list, resolve, remove")
    func life() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        #expect(try store.list().models.isEmpty)
        #expect(fileKind(store.home) == nil, "listing makes nothing")
        let model = try store.add(Self.manifest("bert"), files: Self.files)
        let other = try store.add(Self.manifest("bert"), as: ModelReference("bert:v2"), files: Self.files)
        #expect(model.reference.description == "bert" && other.reference.description == "bert:v2")
        #expect(model.manifest.files.map(\.name) == ["config.json", "vocab.txt"] && model.byteCount == 8)
        #expect(try store.list().models == [model, other])
        #expect(try store.resolve(ModelReference("bert")) == model)
        #expect(try store.resolve(ModelReference("bert@\(model.digest)")) == model)
        #expect(try readFile(model.path(of: "vocab.txt")) == Array("[PAD]\n".utf8))
        #expect(model.hasFile("vocab.txt") && !model.hasFile("x"))
        #expect(failure { _ = try model.path(of: "x") }?.exitCode == .notFound)
        let tree = try Scratch.tree(store.home)
        #expect(tree.filter { $0.hasPrefix("blobs/") && !$0.hasSuffix("/") }.count == 2, "each content once")
        #expect(tree.contains { $0.hasPrefix("VERSION 2 ") } && tree.contains { $0.hasPrefix("CACHEDIR.TAG ") })
        #expect(!tree.contains { $0.hasPrefix("partial/.") })
        #expect(try store.remove(ModelReference("bert")).files == 0, "the other model needs them")
        #expect(try store.list().models == [other])
        try store.verify(other)
        let removal = try store.remove(ModelReference("bert:v2"))
        #expect(removal.files == 2 && removal.bytes == 8 && removal.kept == nil)
        let left = try Scratch.tree(store.home)
        #expect(left.filter { $0.hasPrefix("manifests/") } == ["manifests/"])
        #expect(!left.contains { $0.hasPrefix("blobs/") && !$0.hasSuffix("/") }, "only the folders of contents stay")
    }

    @Test("a name is found by edit distance", arguments: [("bret", "bert"), ("Bert", "bert"), ("bert:v9", "bert"), ("mini", "minilm")])
    func near(asked: String, meant: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        for name in ["bert", "minilm", "vit"] { try store.add(Self.manifest(name), files: Self.files) }
        let error = failure { _ = try store.resolve(ModelReference(asked)) }
        #expect(error?.code == "store.not_found" && error?.exitCode == .notFound)
        #expect(error?.message.contains("installed: bert, minilm, vit") == true)
        #expect(error?.hint == "did you mean \(meant)?")
        #expect(failure { try store.remove(ModelReference(asked)) }?.code == "store.not_found")
    }

    @Test("M16 an unknown name far from all has no suggestion; an empty store says so")
    func unknown() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        #expect(failure { _ = try store.resolve(ModelReference("x")) }?.message.contains("the store is empty") == true)
        try store.add(Self.manifest("minilm"), files: Self.files)
        #expect(failure { _ = try store.resolve(ModelReference("zzzzzz")) }?.hint == nil)
    }

    @Test("M17 another digest than the pinned one")
    func pinned() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files)
        let wrong = Digest(hashing: [])
        let error = failure { _ = try store.resolve(ModelReference("bert@\(wrong)")) }
        #expect(error?.code == "trust.digest_mismatch" && error?.exitCode == .trust)
        #expect(error?.message.contains("\(wrong)") == true && error?.message.contains("\(model.digest)") == true)
        #expect(failure { try store.remove(ModelReference("bert@\(wrong)")) }?.exitCode == .trust)
        #expect(try store.list().models.count == 1)
    }

    @Test("an existing model gives way only where it may")
    func replacing() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("bert"), files: Self.files)
        #expect(throws: Never.self) { try store.add(Self.manifest("bert"), replacing: false, files: Self.files) }
        let error = failure { try store.add(Self.manifest("bert"), replacing: false, files: [Self.files[0]]) }
        #expect(error?.code == "store.exists" && error?.exitCode == .conflict)
        #expect(try store.add(Self.manifest("bert"), files: [Self.files[0]]).manifest.files.count == 1)
    }

    @Test("declared files are enforced, and files of a model are taken without a copy")
    func declared() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files)
        let tuned = try store.add(
            Self.manifest("tuned"), files: [("config.json", .installed(model, file: "config.json")), ("vocab.txt", Self.files[1].source)])
        #expect(tuned.manifest.files == model.manifest.files)
        let before = try Scratch.tree(store.home)
        for files in [
            [Self.files[1], Self.files[0]], [Self.files[0]], Self.files + [("README.md", .bytes([]))],
            [Self.files[0], ("vocab.txt", .bytes(Array("[PAX]\n".utf8)))], [Self.files[0], ("vocab.txt", .bytes([]))],
        ] as [[(name: String, source: FileSource)]] {
            #expect(failure { try store.add(model.manifest, files: files) }?.exitCode == .format)
        }
        #expect(failure { try store.add(Self.manifest("x"), files: [("../x", .bytes([]))]) }?.code == "bundle.entry_name")
        #expect(failure { try store.add(Self.manifest("x"), files: [("x.py", .bytes([]))]) }?.code == "bundle.file_type")
        #expect(failure { try store.add(Self.manifest("x"), files: [("x.txt", .path(scratch.path + "/none"))]) }?.exitCode == .notFound)
        #expect(try Scratch.tree(store.home) == before)
    }

    @Test("D2 a killed process leaves partial files only; they are cleaned when they are old")
    func leftovers() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("bert"), files: Self.files)
        let old = try scratch.write("store/partial/.tmp-99999999-old", "x")
        let young = try scratch.write("store/partial/.tmp-99999999-young", "x")
        age(old)
        #expect(try store.list().models.count == 1)
        try store.add(Self.manifest("vit"), files: Self.files)
        #expect(fileKind(old) == nil && fileKind(young) != nil)
    }

    @Test("D20 many tasks add the same model")
    func concurrent() async throws {
        let scratch = try Scratch()
        let home = scratch.path + "/store"
        let content = [UInt8](repeating: 65, count: 1 << 20)
        try await withThrowingTaskGroup(of: InstalledModel.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try Store(home: home).add(Self.manifest("bert"), files: Self.files + [("big.txt", .bytes(content))])
                }
            }
            for try await model in group { #expect(model.reference.name == "bert") }
        }
        let store = try scratch.store()
        let models = try store.list().models
        #expect(models.count == 1)
        for model in models { try store.verify(model) }
        let tree = try Scratch.tree(home)
        #expect(tree.filter { $0.hasPrefix("blobs/") && !$0.hasSuffix("/") }.count == 3)
        #expect(!tree.contains { $0.hasPrefix("partial/.") })
    }

    @Test("D23 adding and removing at once never leaves a listed model without its contents")
    func race() async throws {
        let scratch = try Scratch()
        let home = scratch.path + "/store"
        let store = try scratch.store()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for _ in 0..<25 {
                        let store = try Store(home: home)
                        let model = try store.add(Self.manifest("m\(task)"), files: Self.files)
                        try store.verify(model)
                        try store.remove(model.reference)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.list().models.isEmpty && store.list().broken.isEmpty)
    }

    @Test("removal spares young blobs of nobody and those of manifests that cannot be read")
    func grace() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("bert"), files: Self.files)
        let digest = Digest(hashing: "stray".utf8)
        let stray = try scratch.write("store/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)", "stray")
        try scratch.write("store/manifests/odd/latest.json", "{")
        #expect(try store.remove(ModelReference("bert")).kept?.contains("cannot be read") == true)
        #expect(try store.remove(ModelReference("odd")).files == 0, "the others are young")
        #expect(fileKind(stray) != nil)
        age(stray)
        #expect(try store.collectGarbage().bytes == 5)
        #expect(fileKind(stray) == nil)
    }
}
