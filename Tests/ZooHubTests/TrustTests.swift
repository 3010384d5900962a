import ModelZoo
import Testing
import ZooHub
import ZooTensor
import ZooTestSupport

@Suite("Trust in mirrors")
struct TrustTests {
    /// What a mirror knows must not change when something is refused.
    private func refuses(
        _ mirror: inout TrustedMirror, _ code: String, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (inout TrustedMirror) throws -> Void
    ) {
        let before = (mirror.rootDocument, mirror.indexDocument)
        do {
            try body(&mirror)
            Issue.record("no error was thrown", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? TrustError)?.code == code, "\(error)", sourceLocation: sourceLocation)
            #expect((error as? TrustError)?.exitCode == .trust, sourceLocation: sourceLocation)
            for part in parts { #expect("\(error)".contains(part), "\(error)", sourceLocation: sourceLocation) }
        }
        #expect(mirror.rootDocument == before.0 && mirror.indexDocument == before.1, sourceLocation: sourceLocation)
    }

    @Test("a signed index gets in, and newer ones after it")
    func life() throws {
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(), now: Signed.now, file: "index.json")
        #expect(mirror.index?.version == 1)
        try mirror.take(index: Signed.index(), now: Signed.now, file: "index.json")
        try mirror.take(index: Signed.index(7, manifests: []), now: Signed.now, file: "index.json")
        #expect(mirror.index?.version == 7 && mirror.index?.entries.isEmpty == true)
        let kept = try TrustedMirror(
            keptRoot: mirror.rootDocument.encoded(), keptIndex: mirror.indexDocument?.encoded(), file: "kept")
        #expect(kept.index == mirror.index && kept.root == mirror.root)
    }

    @Test("M1 unsigned index")
    func unsigned() throws {
        var mirror = try Signed.mirror()
        refuses(&mirror, "trust.unsigned", "index.json", "found none") {
            try $0.take(index: Signed.index(signers: []), now: Signed.now, file: "index.json")
        }
        #expect(throws: TrustError.unsigned(file: "r")) {
            try TrustedMirror(root: Signed.root(signers: []), trusting: [Signed.key(1).publicKey], file: "r")
        }
    }

    @Test("M2 wrong key", arguments: [[UInt8(1)], [3], [1, 3, 4]])
    func wrongKey(signers: [UInt8]) throws {
        var mirror = try Signed.mirror()
        refuses(&mirror, "trust.threshold", "1 of the keys for the index, found 0") {
            try $0.take(index: Signed.index(signers: signers), now: Signed.now, file: "index.json")
        }
    }

    @Test("M2 a root whose keys nobody vouches for tells them")
    func untrusted() throws {
        expectError(.trust, "nobody here has vouched", try Signed.key(1).publicKey.description) {
            try TrustedMirror(root: Signed.root(), trusting: [Signed.key(9).publicKey], file: "root.json")
        }
        // The key that is vouched for is listed, but others have signed.
        expectError(.trust, "vouched for") {
            try TrustedMirror(
                root: Signed.root(root: Signed.role([1, 3]), signers: [3]), trusting: [Signed.key(1).publicKey], file: "root.json")
        }
    }

    @Test("M3 one key twice to reach the threshold of two")
    func twice() throws {
        let two = try Signed.role([2, 3], threshold: 2)
        var mirror = try Signed.mirror(root: Signed.root(index: two))
        let once = String(decoding: try Signed.index(signers: [2]), as: UTF8.self)
        let lines = once.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // The whole entry of the signature, written down twice.
        let start = try #require(lines.firstIndex { $0 == "    {" })
        let end = try #require(lines.firstIndex { $0 == "    }" })
        var doubled = lines
        doubled[end] = "    },"
        doubled.insert(contentsOf: lines[start...end], at: end + 1)
        refuses(&mirror, "trust.document", "each once") {
            try $0.take(index: Array(doubled.joined(separator: "\n").utf8), now: Signed.now, file: "index.json")
        }
        // The same for a key that a root lists twice.
        let key = try Signed.key(2).publicKey.description
        let root = String(decoding: try Signed.root(index: two), as: UTF8.self)
        let other = try Signed.key(3).publicKey.description
        let listedTwice = Array(root.split(separator: other, omittingEmptySubsequences: false).joined(separator: key).utf8)
        expectError(.trust, "listed twice") {
            try TrustedMirror(root: listedTwice, trusting: [Signed.key(1).publicKey], file: "root.json")
        }
        try mirror.take(index: Signed.index(signers: [2, 3]), now: Signed.now, file: "index.json")
    }

    @Test("M4 threshold unmet")
    func threshold() throws {
        var mirror = try Signed.mirror(root: Signed.root(index: Signed.role([2, 3, 4], threshold: 2)))
        for signers in [[2], [4], [2, 9]] as [[UInt8]] {
            refuses(&mirror, "trust.threshold", "2 of the keys for the index, found 1") {
                try $0.take(index: Signed.index(signers: signers), now: Signed.now, file: "index.json")
            }
        }
        try mirror.take(index: Signed.index(signers: [2, 4]), now: Signed.now, file: "index.json")
        #expect(throws: TrustError.self) { try Root.Role([Signed.key(1).publicKey], threshold: 2) }
        #expect(throws: TrustError.self) { try Root.Role([Signed.key(1).publicKey], threshold: 0) }
    }

    @Test("M5 rollback, and another index of the same version")
    func rollback() throws {
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(5), now: Signed.now, file: "index.json")
        refuses(&mirror, "trust.rollback", "version 5 was seen", "version 4") {
            try $0.take(index: Signed.index(4), now: Signed.now, file: "index.json")
        }
        refuses(&mirror, "trust.equivocation", "version 5 was seen") {
            try $0.take(index: Signed.index(5, manifests: []), now: Signed.now, file: "index.json")
        }
    }

    @Test("M6 freeze: an index or a root whose time is over")
    func freeze() throws {
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(), now: Signed.now, file: "index.json")
        let later = Signed.now.adding(seconds: 3600)
        refuses(&mirror, "trust.expired", "good until \(later)", "it is \(later) now") {
            try $0.take(index: Signed.index(), now: later, file: "index.json")
        }
        refuses(&mirror, "trust.expired", "the root of index.json") {
            try $0.take(index: Signed.index(2, expiry: later), now: Signed.now.adding(seconds: 86400), file: "index.json")
        }
    }

    @Test("M7 fast-forward to 2^63 - 1, then recovery by a new root")
    func fastForward() throws {
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(.max), now: Signed.now, file: "index.json")
        refuses(&mirror, "trust.rollback") { try $0.take(index: Signed.index(2), now: Signed.now, file: "index.json") }
        // A new root with the same keys for the index forgives nothing.
        try mirror.follow(root: Signed.root(2), file: "2.json")
        refuses(&mirror, "trust.rollback") { try $0.take(index: Signed.index(2), now: Signed.now, file: "index.json") }
        try mirror.follow(root: Signed.root(3, index: Signed.role([5])), file: "3.json")
        #expect(mirror.index == nil)
        refuses(&mirror, "trust.threshold") { try $0.take(index: Signed.index(2), now: Signed.now, file: "index.json") }
        try mirror.take(index: Signed.index(2, signers: [5]), now: Signed.now, file: "index.json")
        #expect(mirror.index?.version == 2)
        // No sum of versions traps.
        var last = try Signed.mirror(root: Signed.root(.max))
        refuses(&last, "trust.root_version") { try $0.follow(root: Signed.root(1), file: "next.json") }
    }

    @Test("M8 root 2 signed by new keys only, or by old ones only")
    func rotation() throws {
        let new = try Signed.role([6])
        var mirror = try Signed.mirror()
        refuses(&mirror, "trust.threshold", "the root before it") {
            try $0.follow(root: Signed.root(2, root: new, signers: [6]), file: "2.json")
        }
        refuses(&mirror, "trust.threshold", "the keys for the root, found 0") {
            try $0.follow(root: Signed.root(2, root: new, signers: [1]), file: "2.json")
        }
        try mirror.follow(root: Signed.root(2, root: new, signers: [1, 6]), file: "2.json")
        refuses(&mirror, "trust.threshold") { try $0.follow(root: Signed.root(3, signers: [1]), file: "3.json") }
        try mirror.follow(root: Signed.root(3, root: new, signers: [6]), file: "3.json")
        #expect(mirror.root.version == 3)
    }

    @Test("M9 the root jumps, stays or goes back", arguments: [1, 2, 4, 5, Int.max])
    func jump(version: Int) throws {
        var mirror = try Signed.mirror(root: Signed.root(2))
        refuses(&mirror, "trust.root_version", "expected version 3", "found version \(version)") {
            try $0.follow(root: Signed.root(version), file: "next.json")
        }
    }

    @Test("M10 mix and match: a manifest of another index, another licence")
    func mixed() throws {
        let manifest = Signed.manifest()
        let entry = Index.Entry(manifest, as: try ModelReference("tiny"))
        #expect(try entry.manifest(manifest.encoded(), file: "m.json") == manifest)
        var mirror = try Signed.mirror()
        try mirror.take(index: Signed.index(), now: Signed.now, file: "index.json")
        let known = try #require(mirror.index?.entry(ModelReference("tiny")))
        for other in [Signed.manifest(content: "{ }"), Signed.manifest("tinx")] {
            expectError(.trust, "m.json", "is not what the signed index says") { try known.manifest(other.encoded(), file: "m.json") }
        }
        expectError(.trust, "manifest's size") { try known.manifest(manifest.encoded() + [0x20], file: "m.json") }
        // An index that is signed as a root, and the other way round.
        refuses(&mirror, "trust.document", "expected index, found \"root\"") {
            try $0.take(index: Signed.root(2, signers: [2]), now: Signed.now, file: "index.json")
        }
        refuses(&mirror, "trust.document", "expected root, found \"index\"") {
            try $0.follow(root: Signed.index(2, signers: [1]), file: "2.json")
        }
    }

    @Test("M18 licence missing or changed against the index", arguments: ["gpl-3.0", nil] as [String?])
    func licence(found: String?) throws {
        var changed = Signed.manifest()
        changed.licence = found
        // An index that names this manifest's digest and another licence.
        var text = String(
            decoding: Index(
                version: 1, expiry: Signed.now.adding(seconds: 9),
                entries: [
                    Index.Entry(changed, as: try ModelReference("tiny"))
                ]
            ).document.encoded(), as: UTF8.self)
        if let found {
            text.replace("\"\(found)\"", with: "\"mit\"")
        } else {
            text.replace("        \"manifest\":", with: "        \"licence\": \"mit\",\n        \"manifest\":")
        }
        let entry = try Signed.entry(ofUnsigned: Array(text.utf8))
        #expect(entry.licence == "mit")
        expectError(.trust, "licence", "expected mit", "found \(found ?? "none")") {
            try entry.manifest(changed.encoded(), file: "m.json")
        }
    }
}
