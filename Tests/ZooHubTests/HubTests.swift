import ModelZoo
import Synchronization
import Testing
import ZooHub
import ZooTensor
import ZooTestSupport
import ZooTesting

@Suite("Models of the hub")
struct HubTests {
    private static let files: [String: [UInt8]] = [
        "config.json": Array("{\"model_type\": \"bert\"}".utf8), "vocab.txt": Array("[PAD]\n[UNK]\n".utf8),
        "model.safetensors": MirrorSite.weights(3_000_000), "pytorch_model.bin": [UInt8](repeating: 0x80, count: 5000),
        "modeling_evil.py": Array("import os".utf8),
    ]

    private func fetch(_ text: String, _ store: Store, _ network: Network, catalogue: Catalogue = .builtIn) async throws -> InstalledModel {
        let fetcher = ModelFetcher(store, network, families: MirrorSite.families, catalogue: catalogue)
        return try await fetcher.fetch(fetcher.plan(text), replacing: false).model
    }

    /// Expects that a fetch fails so and installs nothing.
    private func refuses(
        _ exitCode: ExitCode, _ part: String, _ text: String, _ network: Network, catalogue: Catalogue = .builtIn,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let folder = try TemporaryFolder()
        let store = try Store(home: folder.path + "/store")
        do {
            _ = try await fetch(text, store, network, catalogue: catalogue)
            Issue.record("the fetch succeeded", sourceLocation: sourceLocation)
        } catch let error as any ZooError {
            #expect(error.exitCode == exitCode, "\(error)", sourceLocation: sourceLocation)
            #expect("\(error)".contains(part), "\(error)", sourceLocation: sourceLocation)
        }
        #expect(try store.list().models.isEmpty, sourceLocation: sourceLocation)
    }

    private static func catalogue(weights: Digest? = nil) throws -> Catalogue {
        let pin = weights.map { ", \"weights\": \"\($0)\"" } ?? ""
        let text = """
            {"format_version": 1, "models": [{"name": "tiny", "summary": "-", "family": "bert", "task": "features", "parameters": 1,
             "licence": "mit", "size": 1, "sources": ["hf:org/tiny"]\(pin)}]}
            """
        return try Catalogue(decoding: Array(text.utf8), file: "catalog.json")
    }

    @Test("only the files of the list are asked for, and the model is the one that an import of the same files gives")
    func whole() async throws {
        let hub = try FakeHub("org/tiny", Self.files)
        let folder = try TemporaryFolder()
        let store = try Store(home: folder.path + "/store")
        let model = try await fetch("hf:org/tiny", store, hub.network())
        try store.verify(model)
        #expect(model.manifest.source == "org/tiny" && model.manifest.revision == FakeHub.commit)
        #expect(model.manifest.files.map(\.name) == ["config.json", "vocab.txt", "model.safetensors"])
        #expect(!hub.server.requests.contains { $0.path.contains(".bin") || $0.path.contains(".py") })
        let snapshot = "models--org--tiny/snapshots/\(FakeHub.commit)"
        for (name, bytes) in Self.files { try folder.write("\(snapshot)/\(name)", bytes) }
        let imported = try Importer(store: Store(home: folder.path + "/other")).importModel(
            folder.path + "/" + snapshot, family: { ("bert", $0) })
        #expect(imported.model.digest == model.digest)
        // What is there is not fetched again.
        let before = hub.server.requests.count
        _ = try await fetch("hf:org/tiny@\(FakeHub.commit)", store, hub.network())
        #expect(!hub.server.requests.dropFirst(before).contains { $0.path.hasSuffix("model.safetensors") })
    }

    @Test("M17 a digest that the user asks for counts for the hub too")
    func pinned() async throws {
        let hub = try FakeHub("org/tiny", Self.files)
        let wrong = Digest(hashing: [1])
        try await refuses(.trust, "expected \(wrong)", "tiny@\(wrong)", hub.network(), catalogue: Self.catalogue())
        let folder = try TemporaryFolder()
        let store = try Store(home: folder.path + "/store")
        let model = try await fetch("tiny", store, hub.network(), catalogue: Self.catalogue())
        let again = try Store(home: folder.path + "/again")
        #expect(try await fetch("tiny@\(model.digest)", again, hub.network(), catalogue: Self.catalogue()).digest == model.digest)
    }

    @Test("weights that are not those of the catalogue are not fetched")
    func otherWeights() async throws {
        let hub = try FakeHub("org/tiny", Self.files)
        try await refuses(.trust, "digest of the weights", "tiny", hub.network(), catalogue: Self.catalogue(weights: Digest(hashing: [1])))
        #expect(!hub.server.requests.contains { $0.path.contains("resolve") })
    }

    @Test("a small file with another content than git knows, a large one with another than its SHA-256")
    func otherContents() async throws {
        for name in ["vocab.txt", "model.safetensors"] {
            let hub = try FakeHub("org/tiny", Self.files) { request in
                guard request.path.hasSuffix(name), var bytes = Self.files[name] else { return nil }
                bytes[3] ^= 1
                return FaultServer.file(bytes, request)
            }
            try await refuses(name == "vocab.txt" ? .network : .format, "expected", "hf:org/tiny", hub.network())
        }
    }

    @Test("D13 the token goes to the hub, and not to where the hub redirects")
    func token() async throws {
        let files = Self.files
        let other = try FaultServer { FaultServer.file(files["model.safetensors"] ?? [], $0) }
        let hub = try FakeHub("org/tiny", files) { request in
            request.path.hasSuffix("model.safetensors") ? FaultServer.status(302, [("Location", other.address + "/x?signature=1")]) : nil
        }
        let folder = try TemporaryFolder()
        _ = try await fetch("hf:org/tiny", Store(home: folder.path + "/store"), hub.network(["HF_TOKEN": "hf_secret"]))
        #expect(hub.server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
        #expect(!other.requests.isEmpty && other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test("no such repository, one that asks for an agreement, and answers that are not the hub's")
    func answers() async throws {
        let hub = try FakeHub("org/tiny", Self.files)
        try await refuses(.notFound, "the hub has no org/none", "hf:org/none", hub.network())
        for status in [401, 403] {
            let gated = try FakeHub("org/tiny", Self.files) { _ in FaultServer.status(status) }
            try await refuses(.refused, "asks for an agreement", "hf:org/tiny", gated.network())
        }
        for body in ["", "{}", "[]", "{\"sha\": \"../x\"}", "<html>"] {
            let strange = try FakeHub("org/tiny", Self.files) { FaultServer.file(Array(body.utf8), $0) }
            try await refuses(.network, "hub", "hf:org/tiny", strange.network())
        }
    }

    @Test("a bundle of any web server, and one that is not the model asked for")
    func bundle() async throws {
        let folder = try TemporaryFolder()
        let origin = try Store(home: folder.path + "/origin")
        let model = try origin.add(
            Manifest(name: "tiny", family: "bert", task: "features"),
            files: [("config.json", .bytes(Array("{}".utf8))), ("model.safetensors", .bytes(MirrorSite.weights(2_500_000)))])
        try BundleWriter.write(model, to: folder.path + "/tiny.zoo")
        let bytes = try readFile(folder.path + "/tiny.zoo")
        let server = try FaultServer { $0.path == "/models/tiny.zoo" ? FaultServer.file(bytes, $0) : FaultServer.status(404) }
        let store = try Store(home: folder.path + "/store")
        #expect(try await fetch(server.address + "/models/tiny.zoo", store, MirrorSite.network()).digest == model.digest)
        #expect(try folderEntries(store.home + "/partial").isEmpty)
        try await refuses(.notFound, "404", server.address + "/models/none.zoo", MirrorSite.network())
    }

    @Test("an archive of any web server has the same digest every time, under its own name")
    func archive() async throws {
        let folder = try TemporaryFolder()
        for (name, bytes) in Self.files where !name.hasSuffix("bin") && !name.hasSuffix("py") { try folder.write("m/\(name)", bytes) }
        let path = folder.path
        try await onThreadOfItsOwn { try ZooProcess.shell("tar -cf tiny-1.tar m", in: path) }
        let bytes = try readFile(path + "/tiny-1.tar")
        let server = try FaultServer { FaultServer.file(bytes, $0) }
        var digests: Set<Digest> = []
        for number in 0..<2 {
            let store = try Store(home: "\(path)/store\(number)")
            let model = try await fetch(server.address + "/models/tiny-1.tar?secret=1", store, MirrorSite.network())
            #expect(model.manifest.source == "tiny-1.tar" && model.reference.name == "tiny-1")
            digests.insert(model.digest)
        }
        #expect(digests.count == 1)
        let plan = try ModelFetcher(Store(home: path + "/x"), MirrorSite.network(), families: MirrorSite.families).plan(
            server.address + "/models/tiny-1.tar?secret=1")
        #expect(!plan.sources.description.contains("secret"))
    }

    @Test("D6 an archive that changes between two fetches is never mixed from both", arguments: [nil, "\"1\""] as [String?])
    func changedArchive(tag: String?) async throws {
        let folder = try TemporaryFolder()
        let store = try Store(home: folder.path + "/store")
        let length = 6_000_000
        let isCut = Mutex(true)
        let server = try FaultServer { request in
            // The first fetch breaks off in the midst; then the file is another one of the same size, and of the same tag if it has one.
            let bytes = [UInt8](repeating: isCut.withLock { $0 } ? 1 : 2, count: length)
            guard request.range != nil, isCut.withLock({ $0 }), (request.range?.lowerBound ?? 0) > 2 << 20 else {
                return FaultServer.file(bytes, request, tag: tag)
            }
            return [.reset]
        }
        await #expect(throws: (any Error).self) { try await fetch(server.address + "/x.tar", store, MirrorSite.network()) }
        isCut.withLock { $0 = false }
        await #expect(throws: (any Error).self) { try await fetch(server.address + "/x.tar", store, MirrorSite.network()) }
        // Without a tag nothing of the first could be kept.
        #expect(try store.list().models.isEmpty)
        if tag == nil {
            let parts = try folderEntries(store.home + "/partial")
            #expect(parts.isEmpty, "\(parts)")
        }
    }

    @Test("sizes that no model has are refused before anything is asked for", arguments: [Int.max, 1 << 62, (64 << 30) + 1])
    func sizes(size: Int) async throws {
        for isLarge in [true, false] {
            let hub = try FakeHub("org/tiny", Self.files) { request in
                guard request.path.contains("/tree/") else { return nil }
                let entries = ["a.safetensors", "config.json", "model.safetensors"].map { name in
                    let large = isLarge ? ", \"lfs\": {\"oid\": \"\(String(repeating: "0", count: 64))\", \"size\": \(size)}" : ""
                    return "{\"type\": \"file\", \"path\": \"\(name)\", \"size\": \(size), \"oid\": \"0\"\(large)}"
                }
                return FaultServer.file(Array("[\(entries.joined(separator: ", "))]".utf8), request)
            }
            try await refuses(.network, "at most", "hf:org/tiny", hub.network())
            #expect(!hub.server.requests.contains { $0.path.contains("resolve") })
        }
    }

    @Test("a hub that anybody could listen to gets no token and gives no model")
    func insecure() async throws {
        let network = MirrorSite.network(["HF_ENDPOINT": "http://hub.invalid", "HF_TOKEN": "hf_secret"])
        try await refuses(.refused, "http://hub.invalid", "hf:org/tiny", network)
    }
}
