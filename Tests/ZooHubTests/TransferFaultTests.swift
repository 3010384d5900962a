import ModelZoo
import Synchronization
import Testing
import ZooHub
import ZooTensor
import ZooTesting

@Suite("Transfers that go wrong")
struct TransferFaultTests {
    typealias Request = FaultServer.Request

    private static func isBlob(_ request: Request) -> Bool { request.path.contains("/blobs/") }

    @Test("a good server: all parts come once")
    func good() async throws {
        let site = try await MirrorSite()
        let seen = Mutex<[FetchProgress]>([])
        try await site.fetch { progress in seen.withLock { $0.append(progress) } }
        try site.expectFetched()
        let last = seen.withLock { $0.last }
        #expect(last.map { $0.done == $0.total } == true)
        let ranges = site.weightRequests.compactMap(\.range).sorted { $0.lowerBound < $1.lowerBound }
        #expect(ranges.count >= 2 && ranges.first?.lowerBound == 0)
        for (one, next) in zip(ranges, ranges.dropFirst()) { #expect(one.upperBound + 1 == next.lowerBound) }
    }

    @Test("D4 a server that ignores ranges: the whole file comes once, and nothing is mixed up", arguments: [true, false])
    func noRanges(hasLength: Bool) async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request) else { return nil }
            if hasLength { return FaultServer.file(file, request, givesRanges: false) }
            return [.bytes(FaultServer.head(200, [("Connection", "close")]) + file), .close]
        }
        try await site.fetch()
        try site.expectFetched()
    }

    @Test("D4 ranges are ignored after some parts have come")
    func lateNoRanges() async throws {
        let site = try await MirrorSite { request, file in
            Self.isBlob(request) && request.range?.lowerBound ?? 0 > 0 ? FaultServer.file(file, request, givesRanges: false) : nil
        }
        try await site.fetch()
        try site.expectFetched()
        let other = try await MirrorSite { request, file in
            guard Self.isBlob(request) else { return nil }
            return FaultServer.file(file, request, tag: nil, givesRanges: request.range?.lowerBound ?? 0 == 0)
        }
        try await other.fetch()
        try other.expectFetched()
    }

    @Test(
        "D5 a part of another range",
        arguments: ["bytes 0-9/9500000", "bytes */9500000", "items 0-1/2", "bytes 5-4/9", "", "bytes 0-4194303/1"])
    func otherRange(text: String) async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request), let range = request.range, file.count > 1 << 20 else { return nil }
            let part = file[range.lowerBound...min(range.upperBound, file.count - 1)]
            let fields = [("Content-Length", "\(part.count)")] + (text.isEmpty ? [] : [("Content-Range", text)])
            return [.bytes(FaultServer.head(206, fields) + part)]
        }
        try await site.expectFailure(.network, "another range", "expected bytes 0-")
    }

    @Test("D6 the file changes between two parts: given up, and nothing of it is kept")
    func changes() async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request), let first = request.range?.lowerBound, first > 0 else { return nil }
            return FaultServer.file(file.map { $0 ^ 1 }, request, tag: "\"2\"")
        }
        try await site.expectFailure(.network, "changed on the server")
        #expect(try !site.keepsParts())
    }

    @Test("D7 416")
    func unsatisfiable() async throws {
        let site = try await MirrorSite { request, _ in
            Self.isBlob(request) ? FaultServer.status(416, [("Content-Range", "bytes */3")]) : nil
        }
        try await site.expectFailure(.network, "answered 416")
    }

    @Test("D8 lengths that are not true")
    func wrongLengths() async throws {
        let short = try await MirrorSite { request, file in
            guard Self.isBlob(request), let range = request.range else { return nil }
            let part = file[range.lowerBound...min(range.upperBound, file.count - 1)]
            // Announced, so that the connection is not taken up again: requests on a closed one are another case.
            let fields = [
                ("Content-Length", "\(part.count)"), ("Content-Range", "bytes \(range.lowerBound)-\(part.endIndex - 1)/\(file.count)"),
                ("Connection", "close"),
            ]
            return [.bytes(FaultServer.head(206, fields) + part.dropLast(part.count / 2)), .close]
        }
        // Half of what is left comes each time: it goes on, and gets there.
        try await short.fetch()
        try short.expectFetched()
        let long = try await MirrorSite { request, file in
            guard Self.isBlob(request) else { return nil }
            return [.bytes(FaultServer.head(200, [("Content-Length", "\(file.count + 1)")]) + file + [0])]
        }
        try await long.expectFailure(.network, "another length")
        let never = try await MirrorSite { request, file in
            guard Self.isBlob(request), let range = request.range else { return nil }
            let fields = [
                ("Content-Length", "\(range.count)"), ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound)/\(file.count)"),
            ]
            return [.bytes(FaultServer.head(206, fields)), .close]
        }
        try await never.expectFailure(.network, "ended too early")
    }

    @Test("D9 a body without end is cut at the declared size")
    func endless() async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request) else { return nil }
            let more = [FaultServer.Step](repeating: .bytes([UInt8](repeating: 0, count: 1 << 20)), count: 1 << 20)
            return [.bytes(FaultServer.head(200, [("Connection", "close")]) + file)] + more + [.close]
        }
        // Of a terabyte; whoever read it all would read for minutes.
        let start = ContinuousClock.now
        try await site.fetch()
        try site.expectFetched()
        #expect(ContinuousClock.now - start < .seconds(300))
        let index = try await MirrorSite { request, _ in
            guard request.path.contains("/manifests/") else { return nil }
            let more = [FaultServer.Step](repeating: .bytes([UInt8](repeating: 0x20, count: 1 << 20)), count: 1 << 20)
            return [.bytes(FaultServer.head(200, [("Connection", "close")]))] + more + [.close]
        }
        try await index.expectFailure(.trust, "more than")
    }

    @Test("D10 silence, and one byte now and then", arguments: [true, false])
    func stalled(isSilent: Bool) async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request), let range = request.range, file.count > 1 << 20 else { return nil }
            let fields = [
                ("Content-Length", "\(range.count)"), ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound)/\(file.count)"),
            ]
            let drip: [FaultServer.Step] =
                isSilent
                ? [.pause(milliseconds: 1500)]
                : (0..<30).flatMap { [.bytes([file[range.lowerBound + $0]]), .pause(milliseconds: 50)] }
            return [.bytes(FaultServer.head(206, fields))] + drip + [.close]
        }
        try await site.expectFailure(.network, "nothing came for", network: MirrorSite.network(silence: .milliseconds(300)))
    }

    @Test("D11 the connection is reset at every chunk boundary, and in between")
    func resets() async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request), let range = request.range, range.count > 1 << 20 else { return nil }
            let part = file[range.lowerBound...min(range.upperBound, file.count - 1)]
            let fields = [
                ("ETag", "\"1\""), ("Content-Length", "\(part.count)"),
                ("Content-Range", "bytes \(range.lowerBound)-\(part.endIndex - 1)/\(file.count)"),
            ]
            let stop = request.number % 2 == 0 ? 4 << 20 : 1_500_000
            return [
                .bytes(FaultServer.head(206, fields) + part.prefix(stop)), .pause(milliseconds: 30), part.count > stop ? .reset : .close,
            ]
        }
        try await site.fetch()
        try site.expectFetched()
    }

    @Test("D12 servers that are busy are asked again, and those that stay so are given up", arguments: [500, 502, 503, 429, 408])
    func busy(status: Int) async throws {
        // Each part is refused once.
        let seen = Mutex<Set<String>>([])
        let site = try await MirrorSite { request, _ in
            let isFirst = seen.withLock { $0.insert("\(request.path) \(request.headers["range"] ?? "")").inserted }
            return Self.isBlob(request) && isFirst ? FaultServer.status(status, [("Retry-After", "1")]) : nil
        }
        try await site.fetch()
        try site.expectFetched()
        let never = try await MirrorSite { request, _ in Self.isBlob(request) ? FaultServer.status(status) : nil }
        try await never.expectFailure(.network, "answered \(status)")
        #expect(never.server.requests.filter(Self.isBlob).count == 3)
    }

    @Test("D12 Retry-After is heeded, up to a minute", arguments: [("7", 7), ("100000", 60), ("x", 0), ("-5", 0)])
    func retryAfter(text: String, seconds: Int) async throws {
        let site = try await MirrorSite { request, _ in
            Self.isBlob(request) ? FaultServer.status(503, [("Retry-After", text)]) : nil
        }
        let pauses = Mutex<[Duration]>([])
        var patience = Patience()
        patience.attempts = 3
        patience.sleep = { pause in pauses.withLock { $0.append(pause) } }
        try await site.expectFailure(.network, network: Network([:], isOffline: false, patience: patience))
        let all = pauses.withLock { $0 }
        #expect(all.count == 2)
        for pause in all { #expect(seconds == 0 ? pause < .seconds(2) : pause == .seconds(seconds)) }
    }

    @Test("D12 redirections: followed ten times, never in circles, never to files or other schemes")
    func redirections() async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request) || request.path.hasPrefix("/r/") else { return nil }
            return nil
        }
        let root = site.folder.path + "/mirror"
        // Relative, absolute, and nine steps.
        site.server.answer { request in
            let path = String(request.path.split(separator: "?")[0])
            guard path.contains("/blobs/") else { return MirrorSite.handler(root) { _, _ in nil }(request) }
            let step = request.path.split(separator: "?").dropFirst().first.flatMap { Int($0) } ?? 0
            if step < 9 { return FaultServer.status(302, [("Location", "\(path)?\(step + 1)")]) }
            guard let bytes = try? readFile(root + path) else { return FaultServer.status(404) }
            return FaultServer.file(bytes, request)
        }
        try await site.fetch()
        try site.expectFetched()
        try site.store.remove(ModelReference("tiny"))
        for (location, part) in [
            ("/blobs/loop", "more than 10"), ("file:///etc/passwd", "only https and http"), ("data:text/plain,x", "only https and http"),
            ("ftp://127.0.0.1/x", "only https and http"), ("http://user:secret@127.0.0.1/x", "only https and http"), ("", "redirection"),
        ] {
            site.server.answer { request in
                guard request.path.contains("/blobs/") else { return MirrorSite.handler(root) { _, _ in nil }(request) }
                return FaultServer.status(307, location.isEmpty ? [] : [("Location", location)])
            }
            try await site.expectFailure(.network, part)
        }
    }

    @Test("D16 one bit of one part differs once: only this part is fetched again")
    func onePart() async throws {
        let isFirst = Mutex(true)
        let site = try await MirrorSite { request, file in
            guard let range = request.range, file.count > 1 << 20, range.contains(5_000_000),
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return nil }
            var changed = file
            changed[5_000_000] ^= 1
            return FaultServer.file(changed, request)
        }
        try await site.fetch()
        try site.expectFetched()
        let ranges = site.weightRequests.compactMap(\.range)
        #expect(ranges.reduce(0) { $0 + $1.count } == site.model.manifest.files[1].byteCount + 1 << 20)
        #expect(ranges.last == 4 << 20...(5 << 20) - 1)
    }

    @Test("D16 one bit differs always: refused, and nothing of it is kept")
    func bitFlip() async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isBlob(request), file.count > 1 << 20 else { return nil }
            var changed = file
            changed[5_000_000] ^= 1
            return FaultServer.file(changed, request)
        }
        try await site.expectFailure(.format, "expected sha256:")
        #expect(try !site.keepsParts())
    }

    @Test("a fetch that is broken off goes on where it was")
    func goesOn() async throws {
        let site = try await MirrorSite(byteCount: 21_000_000) { request, file in
            Self.isBlob(request) && request.range?.lowerBound ?? 0 >= 12 << 20 ? FaultServer.status(404) : nil
        }
        try await site.expectFailure(.notFound)
        let before = site.weightRequests.count
        site.server.answer(MirrorSite.handler(site.folder.path + "/mirror") { _, _ in nil })
        try await site.fetch()
        try site.expectFetched()
        let later = site.weightRequests.dropFirst(before).compactMap(\.range)
        #expect(later.allSatisfy { $0.lowerBound >= 4 << 20 }, "\(later)")
        #expect(later.reduce(0) { $0 + $1.count } <= 17_100_000)
    }
}
