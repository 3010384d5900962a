import ModelZoo
import Synchronization
import Testing
import ZooHub
import ZooTensor
import ZooTesting

/// A mirror in a folder, a web server that serves it, and a client with an empty store that has the mirror among its sources.
final class MirrorSite: Sendable {
    let folder: TemporaryFolder
    let server: FaultServer
    /// The store of the client.
    let store: Store
    let model: InstalledModel
    let key: SigningKey

    /// What happens to a request for a file of the mirror: the steps of the answer, or nil for a good one.
    typealias Fault = @Sendable (_ request: FaultServer.Request, _ file: [UInt8]) -> [FaultServer.Step]?

    /// - Parameters:
    ///   - byteCount: the size of the model's weights.
    ///   - fault: what goes wrong.
    init(byteCount: Int = 9_500_000, _ fault: @escaping Fault = { _, _ in nil }) async throws {
        folder = try TemporaryFolder()
        key = try Signed.key(7)
        let origin = try Store(home: folder.path + "/origin")
        model = try origin.add(
            Manifest(name: "tiny", family: "bert", task: "features"),
            files: [("config.json", .bytes(Array("{}".utf8))), ("model.safetensors", .bytes(MirrorSite.weights(byteCount)))])
        let mirror = folder.path + "/mirror"
        _ = try MirrorWriter(mirror).push([model], signing: [key], expiry: Timestamp.now.adding(seconds: 86400))
        server = try FaultServer { _ in FaultServer.status(500) }
        store = try Store(home: folder.path + "/store")
        server.answer(Self.handler(mirror, fault: { _, _ in nil }))
        let added = try await MirrorClient(store, Self.network()).begin("site", SourceAddress(server.address), trusting: [key.publicKey])
        try SourceList(store).save(added)
        server.answer(Self.handler(mirror, fault: fault))
    }

    /// Serves the files of a folder.
    static func handler(_ root: String, fault: @escaping Fault) -> FaultServer.Handler {
        { request in
            guard let bytes = try? readFile(root + request.path) else { return fault(request, []) ?? FaultServer.status(404) }
            return fault(request, bytes) ?? FaultServer.file(bytes, request)
        }
    }

    /// The network with little patience.
    static func network(_ environment: [String: String] = [:], silence: Duration = .seconds(30)) -> Network {
        var patience = Patience()
        patience.attempts = 3
        // As long as it takes to notice that a connection which is kept open was closed at the other end.
        patience.sleep = { _ in try await Task.sleep(for: .milliseconds(20)) }
        patience.silence = silence
        return Network(environment, isOffline: false, patience: patience)
    }

    static let families = ModelFetcher.Families(check: { _ in }, describe: { ("bert", $0) })

    /// A safetensors file of about a size, whose bytes differ from place to place.
    static func weights(_ byteCount: Int) -> [UInt8] {
        let count = max(byteCount / 4, 1)
        let header = Array("{\"w\":{\"dtype\":\"F32\",\"shape\":[\(count)],\"data_offsets\":[0,\(4 * count)]}}".utf8)
        let padded = header + [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: padded.count >> (8 * $0)) } + padded
        bytes.reserveCapacity(bytes.count + 4 * count)
        for place in 0..<count {
            let value = UInt32(truncatingIfNeeded: place &* 2_654_435_761) >> 9 | 0x3f00_0000
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
        }
        return bytes
    }

    /// Fetches the model as the command does.
    @discardableResult
    func fetch(_ network: Network = MirrorSite.network(), progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }) async throws
        -> InstalledModel
    {
        let fetcher = ModelFetcher(store, network, families: Self.families)
        return try await fetcher.fetch(fetcher.plan("tiny"), replacing: false, progress: progress).model
    }

    /// Whether something of the weights is kept, to go on with.
    func keepsParts() throws -> Bool {
        let digest = model.manifest.file(named: "model.safetensors")?.digest.hex ?? "none"
        return try folderEntries(store.home + "/partial").contains("fetch-\(digest)")
    }

    /// The requests for the weights' content.
    var weightRequests: [FaultServer.Request] {
        let digest = model.manifest.file(named: "model.safetensors")?.digest.hex ?? "none"
        return server.requests.filter { $0.path.hasSuffix(digest) }
    }

    /// Expects that a fetch fails so, and that nothing is installed or listed, and no content lies there that is not whole.
    func expectFailure(
        _ exitCode: ExitCode, _ parts: String..., network: Network = MirrorSite.network(), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            try await fetch(network)
            Issue.record("the fetch succeeded", sourceLocation: sourceLocation)
        } catch let error as any ZooError {
            #expect(error.exitCode == exitCode, "\(error)", sourceLocation: sourceLocation)
            for part in parts { #expect("\(error)".contains(part), "\(error)", sourceLocation: sourceLocation) }
        }
        #expect(try store.list().models.isEmpty, sourceLocation: sourceLocation)
        try expectWholeContents(sourceLocation: sourceLocation)
    }

    /// Expects that each content in the store is what its name says.
    func expectWholeContents(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let blobs = store.home + "/blobs/sha256"
        for folder in (try? folderEntries(blobs)) ?? [] {
            for name in try folderEntries(blobs + "/" + folder) {
                #expect(try Digest.ofFile("\(blobs)/\(folder)/\(name)").hex == name, sourceLocation: sourceLocation)
            }
        }
    }

    /// Expects that the model is there, whole, and that nothing else is left.
    func expectFetched(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let models = try store.list().models
        #expect(models.map(\.digest) == [model.digest], sourceLocation: sourceLocation)
        for model in models { try store.verify(model) }
        let left = try folderEntries(store.home + "/partial")
        #expect(left.isEmpty, "\(left)", sourceLocation: sourceLocation)
    }
}
