import ModelZoo
import Synchronization
import Testing
import ZooHub
import ZooTensor
import ZooTestSupport
import ZooTesting

@Suite("Connections: certificates, names, proxies, and what the disk says")
struct ConnectionTests {
    private static func isWeights(_ request: FaultServer.Request) -> Bool { request.path.contains("/blobs/") }

    /// A site whose mirror is served over TLS with a certificate, and fetches from it with the tests' authority.
    private func fetchOverTLS(_ certificate: String) async throws -> (site: MirrorSite, error: (any ZooError)?) {
        let site = try await MirrorSite(byteCount: 10_000)
        let mirror = site.folder.path + "/mirror"
        let server = try TLSServer(certificate, MirrorSite.handler(mirror, fault: { _, _ in nil }))
        let network = MirrorSite.network(["SSL_CERT_FILE": TLSServer.certificates + "/authority.pem"])
        do {
            let added = try await MirrorClient(site.store, network).begin(
                "secure", SourceAddress(server.address), trusting: [site.key.publicKey])
            try SourceList(site.store).save(added)
            let fetcher = ModelFetcher(site.store, network, families: MirrorSite.families)
            _ = try await fetcher.fetch(fetcher.plan("secure/tiny"), replacing: false)
            return (site, nil)
        } catch let error as any ZooError { return (site, error) }
    }

    @Test("D14 a certificate of an authority that is trusted")
    func goodCertificate() async throws {
        let (site, error) = try await fetchOverTLS("good")
        #expect(error == nil, "\(String(describing: error))")
        try site.expectFetched()
    }

    @Test(
        "D14 certificates that do not hold: expired, of another host, of an unknown authority",
        arguments: ["expired", "other-host", "unknown-authority"])
    func badCertificate(name: String) async throws {
        let (site, error) = try await fetchOverTLS(name)
        #expect(error?.code == "network.certificate" && error?.exitCode == .network, "\(String(describing: error))")
        #expect(error.map { "\($0)".contains("https://localhost") && $0.hint?.contains("SSL_CERT_FILE") == true } == true)
        #expect(try site.store.list().models.isEmpty)
        #expect(try SourceList(site.store).mirrors().map(\.name) == ["site"], "nothing of it is remembered")
    }

    @Test("D12 a redirection from https to http is not followed")
    func redirectToPlain() async throws {
        let plain = try FaultServer { FaultServer.file([1, 2, 3], $0) }
        let target = plain.address
        let secure = try TLSServer("good") { _ in FaultServer.status(302, [("Location", target + "/x.zoo")]) }
        let folder = try TemporaryFolder()
        let network = MirrorSite.network(["SSL_CERT_FILE": TLSServer.certificates + "/authority.pem"])
        let fetcher = ModelFetcher(try Store(home: folder.path + "/store"), network, families: MirrorSite.families)
        do {
            _ = try await fetcher.fetch(fetcher.plan(secure.address + "/x.zoo"), replacing: false)
            Issue.record("the fetch succeeded")
        } catch let error as any ZooError {
            #expect(error.exitCode == .network && "\(error)".contains("https leads to https only"), "\(error)")
        }
        #expect(plain.requests.isEmpty)
    }

    @Test("D15 names that nobody knows, ports where nobody listens, addresses of IPv6, a proxy that is down")
    func unreachable() async throws {
        let site = try await MirrorSite(byteCount: 10_000)
        for (address, environment, part) in [
            ("http://127.0.0.1:1/x.zoo", [:], "127.0.0.1"), ("https://no-such-host.invalid/x.zoo", [:], "no-such-host.invalid"),
            ("http://[::1]:1/x.zoo", [:], "[::1]"),
            ("https://example.invalid/x.zoo", ["HTTPS_PROXY": "http://127.0.0.1:1"], "127.0.0.1"),
        ] as [(String, [String: String], String)] {
            let fetcher = ModelFetcher(site.store, MirrorSite.network(environment), families: MirrorSite.families)
            do {
                _ = try await fetcher.fetch(fetcher.plan(address, as: ModelReference("x")), replacing: false)
                Issue.record("\(address) was fetched")
            } catch let error as any ZooError {
                #expect(error.exitCode == .network, "\(error)")
                #expect("\(error)".contains(part) && error.hint?.contains("zoo import") == true, "\(error)")
            }
        }
        #expect(try site.store.list().models.isEmpty)
    }

    @Test("D32 a proxy of the environment is used, and its exceptions are heeded")
    func proxy() async throws {
        let site = try await MirrorSite(byteCount: 10_000)
        let folder = site.folder.path + "/mirror"
        // The proxy answers for a host that only it knows: first it is asked for a tunnel, then the requests come through it.
        let proxy = try FaultServer { request in
            if request.path == "mirror.invalid:80" { return [.bytes(FaultServer.head(200, []))] }
            guard request.path.hasPrefix("/"), let bytes = try? readFile(folder + request.path) else { return FaultServer.status(404) }
            return FaultServer.file(bytes, request)
        }
        var mirror = try #require(try SourceList(site.store).mirrors().first)
        mirror = ModelMirror(name: "behind", address: try SourceAddress("http://mirror.invalid"), known: mirror.known)
        try SourceList(site.store).save(mirror)
        func fetch(_ environment: [String: String], _ reference: String) async throws {
            let fetcher = ModelFetcher(site.store, MirrorSite.network(environment), families: MirrorSite.families)
            _ = try await fetcher.fetch(fetcher.plan(reference), replacing: false)
        }
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            try await fetch([name: proxy.address], "behind/tiny")
            try site.expectFetched()
            try site.store.remove(ModelReference("tiny"))
        }
        #expect(proxy.requests.filter { $0.path == "mirror.invalid:80" }.count >= 3)
        // An exception: the server itself is asked.
        for exception in ["127.0.0.1", "*", "other, 127.0.0.1"] {
            let before = proxy.requests.count
            try await fetch(["HTTP_PROXY": proxy.address, "NO_PROXY": exception], "site/tiny")
            #expect(proxy.requests.count == before)
            try site.expectFetched()
            try site.store.remove(ModelReference("tiny"))
        }
        // A proxy for TLS only is not used for the rest.
        let before = proxy.requests.count
        try await fetch(["HTTPS_PROXY": proxy.address], "site/tiny")
        #expect(proxy.requests.count == before)
    }

    @Test("D17 the disk is full at the first, a middle and the last byte: exit 7, and the next fetch goes on", arguments: [0, 4, 9])
    func full(chunk: Int) async throws {
        let site = try await MirrorSite()
        let name = "fetch-"
        let fullAt = FileWatcher(refusing: .noSpace(path: "the disk")) { operation in
            if case .write(let path, let offset, _) = operation { return path.contains(name) && offset >= chunk << 20 }
            return false
        }
        do {
            try await FileFaults.$observer.withValue(fullAt) { try await site.fetch() }
            Issue.record("the fetch succeeded")
        } catch let error as any ZooError {
            #expect(error.exitCode == .resources && "\(error)".contains("space"), "\(error)")
        }
        #expect(try site.store.list().models.isEmpty)
        try site.expectWholeContents()
        let before = site.weightRequests.count
        try await site.fetch()
        try site.expectFetched()
        let asked = site.weightRequests.dropFirst(before).compactMap(\.range).reduce(0) { $0 + $1.count }
        if chunk == 0 { #expect(asked > 8 << 20) } else { #expect(asked < 8 << 20, "\(asked) bytes were asked for again") }
    }

    @Test(
        "D19 no quota, a read-only disk, no permission, no descriptors: exit 7 at any operation of a fetch, and the next one ends well",
        arguments: ["Disk quota exceeded", "Read-only file system", "Permission denied", "Too many open files"])
    func refused(reason: String) async throws {
        let site = try await MirrorSite(byteCount: 2_200_000)
        var number = 0
        while true {
            let watcher = FileWatcher(failing: number, with: .failed(action: "write", path: "x", reason: reason))
            do {
                try await FileFaults.$observer.withValue(watcher) { try await site.fetch() }
                break
            } catch let error as any ZooError {
                #expect(error.exitCode == .resources && "\(error)".contains(reason), "operation \(number): \(error)")
            }
            #expect(try site.store.list().models.isEmpty)
            try site.expectWholeContents()
            number += 1
        }
        #expect(number > 10)
        try site.store.verify(#require(site.store.list().models.first))
    }

    @Test("D18 too little space is told before the first byte")
    func space() async throws {
        let site = try await MirrorSite()
        let before = site.server.requests.count
        do {
            try await FileFaults.$observer.withValue(FileWatcher(available: 9_000_000)) { try await site.fetch() }
            Issue.record("the fetch succeeded")
        } catch let error as StoreError {
            #expect(error.code == "store.space" && error.exitCode == .resources)
            #expect("\(error)".contains("9000000") && "\(error)".contains(site.store.home))
        }
        #expect(!site.server.requests.dropFirst(before).contains(where: Self.isWeights), "no content was asked for")
        #expect(try site.store.list().models.isEmpty)
        try await FileFaults.$observer.withValue(FileWatcher(available: 12_000_000)) { try await site.fetch() }
        try site.expectFetched()
    }

    @Test("D21 two fetches at once where locks do nothing: both end well, and there is one copy", arguments: 0..<5)
    func locksDoNothing(round: Int) async throws {
        let site = try await MirrorSite { request, file in
            guard Self.isWeights(request) else { return nil }
            return [.pause(milliseconds: Int.random(in: 0..<5))] + FaultServer.file(file, request)
        }
        try await FileFaults.$observer.withValue(FileWatcher(locksHold: false)) {
            async let one = site.fetch()
            async let other = site.fetch()
            let digests = try await [one.digest, other.digest]
            #expect(digests == [site.model.digest, site.model.digest])
        }
        try site.store.collectGarbage(olderThan: 0, includesFetches: true)
        try site.expectFetched()
        try site.expectWholeContents()
    }

    @Test("D34 a manifest and contents that are larger than the index and the manifest say")
    func larger() async throws {
        let site = try await MirrorSite(byteCount: 10_000) { request, file in
            guard request.path.contains("/manifests/") else { return nil }
            return FaultServer.file(file + [UInt8](repeating: 0x20, count: 100), request)
        }
        try await site.expectFailure(.trust, "more than")
        let weights = try await MirrorSite(byteCount: 10_000) { request, file in
            guard Self.isWeights(request) else { return nil }
            return FaultServer.file(file + [0], request)
        }
        try await weights.expectFailure(.network, "expected bytes")
    }
}
