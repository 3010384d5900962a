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

@Suite("Processes that are killed, and processes at once", .serialized)
struct KilledProcessTests {
    /// What came of many operations.
    private final class Outcome: Sendable {
        let unexpected = Mutex<[String]>([])
        let done = Mutex(0)
    }

    /// A server that takes its time, so that there is a midst to be killed in.
    private static func slowSite() async throws -> MirrorSite {
        try await MirrorSite(byteCount: 6_500_000) { request, file in
            guard file.count > 1 << 20, let range = request.range else { return nil }
            let end = min(range.upperBound, file.count - 1)
            let fields = [
                ("Content-Length", "\(end - range.lowerBound + 1)"), ("Content-Range", "bytes \(range.lowerBound)-\(end)/\(file.count)"),
                ("ETag", "\"1\""),
            ]
            var steps: [FaultServer.Step] = [.bytes(FaultServer.head(206, fields))]
            var place = range.lowerBound
            while place <= end {
                let next = min(place + 1 << 16, end + 1)
                steps += [.bytes(Array(file[place..<next])), .pause(milliseconds: 2)]
                place = next
            }
            return steps
        }
    }

    /// Forgets the model and all that came of it.
    private static func clear(_ site: MirrorSite) throws {
        if let model = try site.store.list().models.first { try site.store.remove(model.reference) }
        try site.store.collectGarbage(olderThan: 0, includesFetches: true)
        let left = try folderEntries(site.store.home + "/partial")
        #expect(left.isEmpty, "\(left)")
    }

    /// How long a fetch takes in milliseconds, at its quickest.
    private static func duration(_ site: MirrorSite) throws -> Int {
        var best = Int.max
        for _ in 0..<2 {
            let start = ContinuousClock.now
            try ZooProcess.run("fetch", "tiny", home: site.store.home)
            best = min(best, Int((ContinuousClock.now - start) / .milliseconds(1)))
            try clear(site)
        }
        return best
    }

    private static func pause(_ milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

    /// What killed processes have left of the weights: the chunks that a journal tells of, and those that are whole in a file but in no journal.
    private static func left(_ site: MirrorSite) throws -> (noted: Set<Int>, unnoted: Int) {
        let digest = try #require(site.model.manifest.file(named: "model.safetensors")?.digest)
        let folder = site.store.home + "/partial/fetch-\(digest.hex)"
        guard fileKind(folder) == .directory else { return ([], 0) }
        let file = try readFile(site.model.path(of: "model.safetensors"))
        var noted: Set<Int> = []
        var unnoted = 0
        for name in try folderEntries(folder) where name.hasSuffix(".part") {
            let bytes = try readFile(folder + "/" + name)
            let journal = (try? readFile(folder + "/" + name.dropLast(5) + ".log")) ?? []
            var own: Set<Int> = []
            for line in String(decoding: journal, as: UTF8.self).split(separator: "\n") {
                let parts = line.split(separator: " ")
                if parts.count == 2, let chunk = Int(parts[0]), Digest(String(parts[1])) != nil { own.insert(chunk) }
            }
            for start in stride(from: 0, to: file.count, by: 1 << 20) where !own.contains(start >> 20) {
                let end = min(start + 1 << 20, file.count)
                if bytes.count >= end, bytes[start..<end] == file[start..<end] { unnoted += 1 }
            }
            noted.formUnion(own)
        }
        return (noted, unnoted)
    }

    @Test("D1 killed at 50 random moments: the next fetch is right, and asks for nothing again that was noted", .timeLimit(.minutes(10)))
    func killed() async throws {
        let site = try await Self.slowSite()
        try await onThreadOfItsOwn { try Self.kill50Times(site) }
    }

    private static func kill50Times(_ site: MirrorSite) throws {
        let duration = try duration(site)
        var midst = 0
        for moment in 0..<50 {
            let process = try ZooProcess(["fetch", "tiny"], home: site.store.home)
            // The moments are spread over the time that a fetch takes, each at a random place of its part.
            Self.pause((moment * duration + Int.random(in: 0..<max(duration, 1))) / 50)
            process.kill()
            process.wait()
            // Nothing half is to be seen.
            let listing = try site.store.list()
            #expect(listing.broken.isEmpty)
            for model in listing.models { try site.store.verify(model) }
            try site.expectWholeContents()
            let left = try Self.left(site)
            #expect(left.unnoted <= 4, "at most the chunk that each of the four connections had just finished")
            if !left.noted.isEmpty { midst += 1 }
            // What the killed process asked for last may still be on its way to the server.
            var before = -1
            while before != site.weightRequests.count {
                before = site.weightRequests.count
                Self.pause(30)
            }
            try ZooProcess.run("fetch", "tiny", home: site.store.home)
            var asked: [Int] = []
            for range in site.weightRequests.dropFirst(before).compactMap(\.range) {
                asked += (range.lowerBound >> 20)...(range.upperBound >> 20)
            }
            #expect(Set(asked).count == asked.count, "nothing is asked for twice")
            #expect(Set(asked).isDisjoint(with: left.noted), "moment \(moment)")
            // The files that it had open when it was killed go with the next collection.
            try site.store.collectGarbage(olderThan: 0, includesFetches: true)
            try site.expectFetched()
            try Self.clear(site)
        }
        #expect(midst >= 5, "only \(midst) of 50 moments were in the midst of the transfer")
    }

    @Test("D20 two processes fetch one model: both end well, and there is one copy", arguments: 0..<5)
    func twoAtOnce(round: Int) async throws {
        let site = try await Self.slowSite()
        try await onThreadOfItsOwn {
            let processes = try (0..<2).map { _ in try ZooProcess(["fetch", "tiny"], home: site.store.home) }
            for process in processes {
                let end = process.wait()
                #expect(end.code == 0, "\(end.output)")
            }
        }
        #expect(try site.store.list().models.map(\.digest) == [site.model.digest])
        try site.store.collectGarbage(olderThan: 0, includesFetches: true)
        try site.expectFetched()
        let blobs = try folderEntries(site.store.home + "/blobs/sha256").flatMap {
            try folderEntries(site.store.home + "/blobs/sha256/" + $0)
        }
        #expect(blobs.count == Set(site.model.manifest.files.map(\.digest)).count)
    }

    @Test("D20 one of two is killed at 50 random moments: the other ends well", .timeLimit(.minutes(10)))
    func oneOfTwoKilled() async throws {
        let site = try await Self.slowSite()
        try await onThreadOfItsOwn { try Self.killOneOfTwo50Times(site) }
    }

    private static func killOneOfTwo50Times(_ site: MirrorSite) throws {
        let duration = try duration(site)
        for moment in 0..<50 {
            let first = try ZooProcess(["fetch", "tiny"], home: site.store.home)
            let second = try ZooProcess(["fetch", "tiny"], home: site.store.home)
            Self.pause((moment * duration + Int.random(in: 0..<max(duration, 1))) / 50)
            let (victim, survivor) = Bool.random() ? (first, second) : (second, first)
            victim.kill()
            victim.wait()
            let end = survivor.wait()
            #expect(end.code == 0, "moment \(moment): \(end.output)")
            try site.expectWholeContents()
            #expect(try site.store.list().models.map(\.digest) == [site.model.digest])
            try site.store.collectGarbage(olderThan: 0, includesFetches: true)
            try site.expectFetched()
            try Self.clear(site)
        }
    }

    @Test("D23 removing and collecting in the midst of a fetch, and while somebody has the model open", .timeLimit(.minutes(5)))
    func removedMeanwhile() async throws {
        // The server holds the weights back until both have ended.
        let isHeld = Mutex(true)
        let site = try await MirrorSite(byteCount: 6_500_000) { request, file in
            if file.count > 1 << 20, (request.range?.lowerBound ?? 0) > 0 { while isHeld.withLock({ $0 }) { Self.pause(1) } }
            return nil
        }
        try await onThreadOfItsOwn {
            let process = try ZooProcess(["fetch", "tiny"], home: site.store.home)
            let deadline = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < deadline, site.weightRequests.count < 2 { Self.pause(1) }
            let collected = try ZooProcess.run("gc", "--older-than", "0s", "--partials", home: site.store.home)
            try ZooProcess.run("remove", "tiny", "--yes", home: site.store.home, expecting: 3)
            isHeld.withLock { $0 = false }
            let end = process.wait()
            #expect(end.code == 0, "\(end.output)")
            #expect(collected.contains("another process") || collected.contains("nothing to delete"), "\(collected)")
            try site.expectFetched()
            // A server that has the weights mapped goes on with them.
            let mapped = try MappedFile(site.store.list().models[0].path(of: "model.safetensors"))
            try ZooProcess.run("remove", "tiny", "--yes", home: site.store.home)
            try ZooProcess.run("gc", "--older-than", "0s", "--partials", home: site.store.home)
            #expect(fileKind(mapped.file.path) == nil)
            let bytes = UnsafeRawBufferPointer(start: mapped.bytes, count: mapped.byteCount)
            #expect(Digest(hashing: bytes) == site.model.manifest.file(named: "model.safetensors")?.digest)
        }
    }

    @Test(
        "200 operations by four processes at once, some killed: all that is left is whole, and nothing is orphaned",
        .timeLimit(.minutes(10)))
    func randomOperations() async throws {
        let site = try await MirrorSite(byteCount: 2_500_000)
        let home = site.store.home
        // Three models to import that share files.
        var folders: [String] = []
        for number in 0..<3 {
            let folder = site.folder.path + "/model-\(number)"
            try LoadableModel.write(to: folder, rows: 1200, seed: UInt64(number % 2), dropout: Double(number) / 10)
            folders.append(folder)
        }
        let places = folders
        let outcome = Outcome()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    try? await onThreadOfItsOwn {
                        for turn in 0..<50 {
                            let name = "m\(Int.random(in: 0..<3))"
                            let verbs: [[String]] = [
                                ["import", places[Int.random(in: 0..<3)], "--as", name, "--replace"], ["fetch", "tiny", "--replace"],
                                ["remove", name, "--yes"], ["remove", "tiny", "--yes"], ["tag", name, "\(name):t\(turn % 2)", "--replace"],
                                ["gc", "--older-than", "0s"], ["list"],
                                ["verify", "--all"],
                            ]
                            let verb = verbs.randomElement() ?? ["list"]
                            do {
                                let process = try ZooProcess(verb, home: home)
                                if Int.random(in: 0..<4) == 0 {
                                    Self.pause(Int.random(in: 0..<60))
                                    process.kill()
                                }
                                let end = process.wait()
                                // 3: not there, 11: taken, or removed by another in between.
                                if let code = end.code, ![0, 3, 11].contains(code) {
                                    outcome.unexpected.withLock { $0.append("\(worker) \(verb): \(code) \(end.output)") }
                                }
                                outcome.done.withLock { $0 += 1 }
                            } catch { outcome.unexpected.withLock { $0.append("\(error)") } }
                        }
                    }
                }
            }
        }
        #expect(outcome.unexpected.withLock { $0 } == [])
        #expect(outcome.done.withLock { $0 } == 200)
        try ZooProcess.run("verify", "--all", "--deep", home: home)
        try ZooProcess.run("gc", "--older-than", "0s", "--partials", home: home)
        let listing = try site.store.list()
        #expect(listing.broken.isEmpty)
        let needed = Set(listing.models.flatMap { $0.manifest.files.map(\.digest.hex) })
        let blobs = try folderEntries(home + "/blobs/sha256").flatMap { try folderEntries(home + "/blobs/sha256/" + $0) }
        #expect(Set(blobs) == needed, "nothing is orphaned")
        #expect(try folderEntries(home + "/partial").isEmpty)
        try ZooProcess.run("verify", "--all", "--deep", home: home)
    }

    @Test("A53 A55 packed on another day, with another umask, locale and time zone: the same bytes", .timeLimit(.minutes(2)))
    func packedElsewhere() async throws {
        let folder = try TemporaryFolder()
        try LoadableModel.write(to: folder.path + "/model")
        try await onThreadOfItsOwn {
            for (name, setting, time) in [
                ("a", "umask 022; TZ=UTC LC_ALL=C", 0), ("b", "umask 077; TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8", 99_999_999),
            ] {
                for file in try folderEntries(folder.path + "/model") {
                    let moment = timespec(tv_sec: time, tv_nsec: 0)
                    utimensat(AT_FDCWD, folder.path + "/model/" + file, [moment, moment], 0)
                }
                try ZooProcess.shell("\(setting) zoo pack model -o \(name).zoo --as tiny", in: folder.path)
            }
        }
        #expect(try readFile(folder.path + "/a.zoo") == readFile(folder.path + "/b.zoo"))
    }

    @Test("A56 contents have the mode 0644 less the umask, whether imported or fetched", arguments: ["000", "027", "077"])
    func modes(mask: String) async throws {
        let site = try await MirrorSite(byteCount: 1_200_000)
        let folder = site.folder
        try LoadableModel.write(to: folder.path + "/model")
        try await onThreadOfItsOwn {
            try ZooProcess.shell("umask \(mask); export ZOO_HOME=store; zoo import ./model && zoo fetch tiny", in: folder.path)
        }
        let expected = 0o644 & ~mode_t(Int(mask, radix: 8) ?? 0)
        let models = try site.store.list().models
        #expect(models.count == 2)
        for model in models {
            for file in model.manifest.files {
                var status = stat()
                #expect(stat(try model.path(of: file.name), &status) == 0)
                #expect(status.st_mode & 0o7777 == expected, "\(file.name): \(String(status.st_mode & 0o7777, radix: 8))")
            }
        }
    }
}
