import Foundation
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

@Suite("A store that others use too") struct StoreSharingTests {
    private static func manifest(_ name: String) -> Manifest { Manifest(name: name, family: "bert", task: "features") }

    /// Files of which two models share one.
    private static func files(_ number: Int) -> [(name: String, source: FileSource)] {
        [("config.json", .bytes(Array("{\"n\": \(number)}".utf8))), ("vocab.txt", .bytes(Array("[PAD]\n".utf8)))]
    }

    @Test("D21 locks that everybody gets: adding, removing and collecting at once leave whole models")
    func locksDoNothing() async throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let watcher = FileWatcher(locksHold: false)
        let refused = await withTaskGroup(of: [String].self) { group in
            for worker in 0..<4 {
                group.addTask {
                    FileFaults.$observer.withValue(watcher) { Self.work(worker, in: store) }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(refused == [])
        let listing = try store.list()
        #expect(listing.broken.isEmpty)
        for model in listing.models { try store.verify(model) }
        // And with locks that hold all that is left over goes.
        try store.collectGarbage(olderThan: 0)
        let needed = Set(listing.models.flatMap { $0.manifest.files.map(\.digest.hex) })
        let left = try Scratch.tree(store.home + "/blobs/sha256").filter { !$0.hasSuffix("/") }
        #expect(left.count == needed.count)
        #expect(try Scratch.tree(store.home + "/partial").isEmpty)
    }

    /// Adds, removes and collects.
    ///
    /// - Returns: the errors that are not as they would be with locks.
    private static func work(_ worker: Int, in store: Store) -> [String] {
        var unexpected: [String] = []
        for turn in 0..<40 {
            do {
                let name = "model-\((worker + turn) % 3)"
                switch (worker + turn) % 4 {
                case 0, 1: try store.add(manifest(name), files: files(turn % 2))
                case 2: try store.remove(ModelReference(name))
                default: try store.collectGarbage()
                }
            } catch let error as StoreError {
                // Nothing there to remove, or removed by another in between.
                if ![.notFound, .conflict].contains(error.exitCode) { unexpected.append("\(error)") }
            } catch { unexpected.append("\(error)") }
        }
        return unexpected
    }

    @Test("D25 a damaged model gives its name to nobody, and takes none away")
    func tagOfDamaged() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let damaged = try store.add(Self.manifest("damaged"), files: Self.files(1))
        let whole = try store.add(Self.manifest("whole"), files: Self.files(2))
        unlink(try damaged.path(of: "config.json"))
        for reference in ["whole", "damaged", "new"] {
            let error = failure { try store.tag(damaged, as: ModelReference(reference), replacing: true) }
            #expect(error?.code == "store.blob" && error?.exitCode == .format)
        }
        #expect(try store.list().models == [damaged, whole])
        try store.verify(whole)
    }

    @Test("a manifest that cannot be looked at keeps its contents from being collected", .enabled(if: geteuid() != 0))
    func unreadable() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files(1))
        try store.add(Self.manifest("vit"), files: Self.files(2))
        chmod(store.home + "/manifests/bert", 0o600)
        defer { chmod(store.home + "/manifests/bert", 0o700) }
        #expect(try store.list().broken.count == 1)
        #expect(try store.collectGarbage(olderThan: 0).kept != nil)
        chmod(store.home + "/manifests/bert", 0o700)
        try store.verify(model)
    }

    @Test("a link among the manifests is no way to lose contents")
    func linkedManifests() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files(1))
        try FileManager.default.moveItem(atPath: store.home + "/manifests", toPath: scratch.path + "/manifests")
        symlink(scratch.path + "/manifests", store.home + "/manifests")
        try store.collectGarbage(olderThan: 0)
        try store.verify(model)
        unlink(store.home + "/manifests")
        symlink("/nowhere", store.home + "/manifests")
        #expect(failure { try store.collectGarbage(olderThan: 0) } != nil)
        unlink(store.home + "/manifests")
        symlink(scratch.path + "/manifests", store.home + "/manifests")
        try store.verify(model)
    }

    @Test("what was put aside to be deleted comes back if a manifest names it")
    func aside() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files(1))
        let path = try model.path(of: "config.json")
        let digest = try #require(model.manifest.file(named: "config.json")?.digest)
        // As a process of this machine names it that runs no more.
        let name = FileWriter.temporaryName().replacingOccurrences(of: "-\(getpid())-", with: "-999999999-")
        try FileManager.default.moveItem(atPath: path, toPath: "\(store.home)/partial/\(name)-aside-\(digest.hex)")
        try scratch.write("store/partial/\(name)-aside-\(Digest(hashing: [1]).hex)", "x")
        try store.collectGarbage(olderThan: 0)
        try store.verify(model)
        #expect(try Scratch.tree(store.home + "/partial").isEmpty)
    }

    @Test("D22 a lock whose owner was killed is free at once")
    func killedOwner() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let model = try store.add(Self.manifest("bert"), files: Self.files(1))
        try store.remove(model.reference)
        try store.add(Self.manifest("bert"), files: Self.files(2))
        let lock = store.home + "/locks/store"
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        holder.arguments = ["--shared", "--no-fork", lock, "sleep", "60"]
        try holder.run()
        // While it runs nothing is deleted.
        let deadline = ContinuousClock.now + .seconds(20)
        while try store.collectGarbage(olderThan: 0, isDryRun: true).kept == nil, .now < deadline { usleep(10_000) }
        #expect(try store.collectGarbage(olderThan: 0).kept?.contains("another process") == true)
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        let start = ContinuousClock.now
        #expect(try store.collectGarbage(olderThan: 0).kept == nil)
        try store.add(Self.manifest("vit"), files: Self.files(3))
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("D22 a lock file of another machine, and parts of a process whose number another has now, are in nobody's way")
    func recycledNumber() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("bert"), files: Self.files(1))
        try scratch.write("store/locks/store", "host-b 4711\n")
        // Number 1 always runs.
        let part = try scratch.write("store/partial/.tmp-1-abc", "half")
        let start = ContinuousClock.now
        try store.add(Self.manifest("vit"), files: Self.files(2))
        #expect(try store.collectGarbage(olderThan: 0).kept == nil)
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(fileKind(part) != nil, "it may be at work")
        try FileManager.default.moveItem(atPath: part, toPath: store.home + "/partial/.tmp-999999999-abc")
        try store.collectGarbage(olderThan: 0)
        #expect(try Scratch.tree(store.home + "/partial").isEmpty)
    }

    @Test("D29 names that a disk may not tell apart are not both installed", arguments: [("Bert", "bert"), ("bert:V1", "bert:v1")])
    func caseOfLetters(first: String, second: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add(Self.manifest("x"), as: ModelReference(first), files: Self.files(1))
        let before = try store.list().models
        for replacing in [false, true] {
            let error = failure {
                try store.add(Self.manifest("x"), as: ModelReference(second), replacing: replacing, files: Self.files(2))
            }
            #expect(error?.code == "store.other_case" && error?.exitCode == .conflict)
            #expect(error.map { "\($0)".contains("\"\(second)\"") && "\($0)".contains("\"\(first)\"") } == true)
        }
        #expect(failure { try store.tag(before[0], as: ModelReference(second), replacing: true) }?.code == "store.other_case")
        #expect(try store.list().models == before)
        // The same name again is no other one, and once it is removed the other is free.
        try store.add(Self.manifest("x"), as: ModelReference(first), files: Self.files(2))
        try store.remove(ModelReference(first))
        try store.add(Self.manifest("x"), as: ModelReference(second), files: Self.files(2))
        // Folders without a model stand for nothing.
        try makeFolders(store.home + "/manifests/" + first.uppercased().split(separator: ":")[0])
        try store.add(Self.manifest("x"), as: ModelReference(second), files: Self.files(1))
    }

    @Test("D30 times in the future and long ago: nothing that is needed goes, and what is left over goes in the end", arguments: [-1, 1])
    func clock(sign: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let kept = try store.add(Self.manifest("kept"), files: Self.files(1))
        let removed = try store.add(Self.manifest("removed"), files: Self.files(2))
        let part = try scratch.write("store/partial/.tmp-999999999-abc", "half")
        let year = 31_536_000
        func shift(_ path: String) {
            let moment = timespec(tv_sec: time(nil) + sign * 5 * year, tv_nsec: 0)
            utimensat(AT_FDCWD, path, [moment, moment], AT_SYMLINK_NOFOLLOW)
        }
        for model in [kept, removed] { for file in model.manifest.files { shift(try model.path(of: file.name)) } }
        shift(part)
        try store.verify(kept)
        try store.collectGarbage()
        try store.verify(kept)
        try store.verify(removed)
        #expect((fileKind(part) == nil) == (sign < 0), "what seems to be new is kept")
        try store.remove(removed.reference)
        try store.verify(kept)
        #expect(try store.list().models == [kept])
        try store.collectGarbage(olderThan: 0)
        #expect(try Scratch.tree(store.home + "/blobs/sha256").filter { !$0.hasSuffix("/") }.count == 2)
        #expect(fileKind(part) == nil)
    }
}
