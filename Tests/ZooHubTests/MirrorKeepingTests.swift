import ModelZoo
import Synchronization
import Testing
import ZooHub
import ZooTensor
import ZooTestSupport
import ZooTesting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What those who keep a mirror, and those who use it for long, rely on.
@Suite("Mirrors over time")
struct MirrorKeepingTests {
    /// A mirror in a folder, with a model to push.
    private struct Maker {
        let folder: TemporaryFolder
        let mirror: String
        let model: InstalledModel
        let writer: MirrorWriter

        init() throws {
            folder = try TemporaryFolder()
            mirror = folder.path + "/mirror"
            model = try Store(home: folder.path + "/origin").add(
                Manifest(name: "tiny", family: "bert", task: "features"), files: [("config.json", .bytes(Array("{}".utf8)))])
            writer = MirrorWriter(mirror)
        }

        @discardableResult
        func push(_ keys: [UInt8], seconds: Int = 86400) throws -> MirrorWriter.Report {
            try writer.push([model], signing: keys.map(Signed.key), expiry: Timestamp.now.adding(seconds: seconds))
        }

        func read(_ name: String) throws -> [UInt8] { try readFile(mirror + "/" + name) }
    }

    @Test("M6 an index that has expired since it was seen is not used any more")
    func expired() async throws {
        let maker = try Maker()
        try maker.push([7], seconds: 2)
        let store = try Store(home: maker.folder.path + "/store")
        let network = MirrorSite.network()
        let added = try await MirrorClient(store, network).begin("m", SourceAddress(maker.mirror), trusting: [Signed.key(7).publicKey])
        try SourceList(store).save(added)
        try await Task.sleep(for: .seconds(2.5))
        let fetcher = ModelFetcher(store, network, families: MirrorSite.families)
        do {
            _ = try await fetcher.fetch(fetcher.plan("m/tiny"), replacing: false)
            Issue.record("the fetch succeeded")
        } catch let error as any ZooError {
            #expect(error.code == "trust.expired" && error.exitCode == .trust, "\(error)")
            #expect(error.hint?.contains("zoo source refresh") == true)
        }
        #expect(try store.list().models.isEmpty)
        try maker.push([7])
        try SourceList(store).save(await MirrorClient(store, network).refresh(SourceList(store).mirror("m")))
        _ = try await fetcher.fetch(fetcher.plan("m/tiny"), replacing: false)
    }

    @Test("what somebody else wrote into a mirror is not signed", arguments: ["index.json", "root.json"])
    func tampered(name: String) throws {
        let maker = try Maker()
        try maker.push([7])
        let good = try maker.read(name)
        let other = try #require(String(decoding: good, as: UTF8.self).firstRange(of: "\"version\": 1")).isEmpty == false
        #expect(other)
        let changed = String(decoding: good, as: UTF8.self).replacing("\"version\": 1", with: "\"version\": 7")
        try writeFile(maker.mirror + "/" + name, changed.utf8)
        expectError(.trust, name) { try maker.push([7]) }
        expectError(.trust, name) { try maker.writer.sign([Signed.key(7)]) }
        expectError(.trust, name) {
            try maker.writer.rotate(
                root: Signed.role([8]), index: Signed.role([8]), signing: [Signed.key(7), Signed.key(8)],
                expiry: Timestamp.now.adding(seconds: 86400))
        }
        #expect(try maker.read(name) == Array(changed.utf8))
        try writeFile(maker.mirror + "/" + name, good)
        try maker.push([7])
        expectError(.trust, "none of them") { try maker.writer.sign([Signed.key(9)]) }
    }

    @Test("an index that two must sign is seen when both have, and the one before until then")
    func pending() async throws {
        let maker = try Maker()
        #expect(try maker.push([7, 8]).missingSignatures == 0)
        let before = try maker.read("index.json")
        let store = try Store(home: maker.folder.path + "/store")
        let client = MirrorClient(store, MirrorSite.network())
        let known = try await client.begin("m", SourceAddress(maker.mirror), trusting: [Signed.key(7).publicKey])
        #expect(try maker.push([7]).missingSignatures == 1)
        #expect(try maker.push([7]).version == 3, "it goes on from its own")
        #expect(try maker.read("index.json") == before)
        #expect(try await client.refresh(known).known.index?.version == 1)
        let (report, changes) = try maker.writer.sign([Signed.key(8)])
        #expect(report.version == 3 && report.missingSignatures == 0 && report.signers.count == 2 && changes.isEmpty)
        #expect(try await client.refresh(known).known.index?.version == 3)
        #expect(fileKind(maker.mirror + "/index.pending.json") == nil)
        // One that nobody who counts has signed is not signed by the second pair of eyes.
        try maker.push([7])
        let waiting = String(decoding: try maker.read("index.pending.json"), as: UTF8.self)
        try writeFile(maker.mirror + "/index.pending.json", waiting.replacing("\"version\": 4", with: "\"version\": 5").utf8)
        expectError(.trust, "index") { try maker.writer.sign([Signed.key(8)]) }
        #expect(try await client.refresh(known).known.index?.version == 3)
    }

    @Test("two that push at once lose neither's models")
    func twoPush() async throws {
        let maker = try Maker()
        let store = try Store(home: maker.folder.path + "/origin")
        let models = try (0..<8).map { number in
            try store.add(
                Manifest(name: "m\(number)", family: "bert", task: "features"), files: [("config.json", .bytes(Array("{ }".utf8)))])
        }
        let mirror = maker.mirror
        try await withThrowingTaskGroup(of: Void.self) { group in
            for model in models {
                group.addTask {
                    try await onThreadOfItsOwn {
                        _ = try MirrorWriter(mirror).push(
                            [model], signing: [Signed.key(7)], expiry: Timestamp.now.adding(seconds: 86400))
                    }
                }
            }
            try await group.waitForAll()
        }
        let client = MirrorClient(try Store(home: maker.folder.path + "/store"), MirrorSite.network())
        let known = try await client.begin("m", SourceAddress(mirror), trusting: [Signed.key(7).publicKey]).known
        #expect(known.index?.version == 8 && known.index?.entries.count == 8)
    }

    @Test("M5 a key that is added makes nobody forget which index was the newest")
    func addedKey() throws {
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(10), now: Signed.now, file: "index.json")
        try mirror.follow(root: Signed.root(2, index: Signed.role([2, 3])), file: "root/2.json")
        #expect(mirror.index?.version == 10)
        #expect(throws: TrustError.rollback(file: "index.json", known: 10, found: 3)) {
            try mirror.take(index: Signed.index(3), now: Signed.now, file: "index.json")
        }
    }

    @Test("roots that were followed are kept even when the index after them is not good")
    func rootsAreKept() async throws {
        let maker = try Maker()
        try maker.push([7])
        let store = try Store(home: maker.folder.path + "/store")
        let client = MirrorClient(store, MirrorSite.network())
        try SourceList(store).save(await client.begin("m", SourceAddress(maker.mirror), trusting: [Signed.key(7).publicKey]))
        let old = try maker.read("index.json")
        _ = try maker.writer.rotate(
            root: Signed.role([8]), index: Signed.role([8]), signing: [Signed.key(7), Signed.key(8)],
            expiry: Timestamp.now.adding(seconds: 86400))
        try writeFile(maker.mirror + "/index.json", old)
        await #expect(throws: TrustError.self) { try await client.refresh(SourceList(store).mirror("m")) }
        #expect(try SourceList(store).mirror("m").known.root.version == 2)
        // And an older state never takes the place of a newer one.
        let newest = try SourceList(store).mirror("m")
        try SourceList(store).save(ModelMirror(name: "m", address: newest.address, known: Signed.kept(old, maker.read("root/1.json"))))
        #expect(try SourceList(store).mirror("m").known.root.version == 2)
    }

    @Test("D10 an index of which a byte comes now and then")
    func drip() async throws {
        let site = try await MirrorSite(byteCount: 10_000) { request, file in
            guard request.path == "/index.json" else { return nil }
            let drip = file.flatMap { [FaultServer.Step.bytes([$0]), .pause(milliseconds: 200)] }
            return [.bytes(FaultServer.head(200, [("Content-Length", "\(file.count)")]))] + drip
        }
        let start = ContinuousClock.now
        let mirror = try #require(try SourceList(site.store).mirrors().first)
        do {
            _ = try await MirrorClient(site.store, MirrorSite.network(silence: .seconds(1))).refresh(mirror)
            Issue.record("the refresh succeeded")
        } catch let error as NetworkError {
            #expect(error.code == "network.stalled" && error.exitCode == .network)
        }
        // All of it would take minutes.
        #expect(ContinuousClock.now - start < .seconds(100))
    }

    @Test("D22 parts of another machine are taken over, and left to it while it may be writing", arguments: [true, false])
    func otherMachine(isYoung: Bool) async throws {
        let site = try await MirrorSite()
        let part = try leave(site, chunks: 8, owner: "1-othermachine")
        if !isYoung {
            for suffix in [".part", ".log"] {
                let moment = timespec(tv_sec: time(nil) - 3000, tv_nsec: 0)
                utimensat(AT_FDCWD, part + suffix, [moment, moment], 0)
            }
        }
        try await site.fetch()
        let asked = site.weightRequests.compactMap(\.range).reduce(0) { $0 + $1.count }
        #expect(asked < 2 << 20)
        #expect((fileKind(part + ".part") != nil) == isYoung)
        try site.store.verify(#require(site.store.list().models.first))
    }

    @Test("D18 what has come already needs no space once more")
    func spaceForTheRest() async throws {
        let site = try await MirrorSite()
        _ = try leave(site, chunks: 8, owner: "999999999")
        try await FileFaults.$observer.withValue(FileWatcher(available: 3_000_000)) { try await site.fetch() }
        try site.expectFetched()
        #expect(site.weightRequests.compactMap(\.range).reduce(0) { $0 + $1.count } < 2 << 20)
    }

    /// Leaves the first chunks of the weights as a process that was killed would.
    private func leave(_ site: MirrorSite, chunks: Int, owner: String) throws -> String {
        let file = try #require(site.model.manifest.file(named: "model.safetensors"))
        let bytes = try readFile(site.model.path(of: file.name))
        let folder = site.store.home + "/partial/fetch-\(file.digest.hex)"
        try makeFolders(folder)
        let base = folder + "/.tmp-\(owner)-abc"
        try writeFile(base + ".part", bytes.prefix(chunks << 20))
        let lines = (0..<chunks).map { "\($0) \(Digest(hashing: bytes[($0 << 20)..<($0 + 1) << 20]))\n" }
        try writeFile(base + ".log", lines.joined().utf8)
        return base
    }
}

extension Signed {
    /// What is known of a mirror from an index and a root.
    static func kept(_ index: [UInt8], _ root: [UInt8]) throws -> TrustedMirror {
        try TrustedMirror(keptRoot: root, keptIndex: index, file: "kept")
    }
}
