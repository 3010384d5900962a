import ModelZoo
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

@Suite("Forms of signed documents")
struct SignedFormTests {
    private func refused(_ bytes: [UInt8], _ code: String = "trust.document", sourceLocation: SourceLocation = #_sourceLocation) throws {
        var mirror = try Signed.mirror()
        do {
            try mirror.take(index: bytes, now: Signed.now, file: "index.json")
            Issue.record("it got in", sourceLocation: sourceLocation)
        } catch let error {
            #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
            #expect(error.exitCode == .trust && error.place?.file == "index.json", "\(error)", sourceLocation: sourceLocation)
        }
        #expect(mirror.index == nil, sourceLocation: sourceLocation)
    }

    @Test("M11 an index of 100 MB is not looked at")
    func huge() throws {
        let start = ContinuousClock.now
        try refused([UInt8](repeating: 0x20, count: 100_000_000), "trust.too_large")
        expectError(.trust, "more than 65536 bytes") {
            try TrustedMirror(root: [UInt8](repeating: 0x20, count: 65537), trusting: [], file: "root.json")
        }
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("M12 other forms of the same content: whitespace, order, escapes, duplicate keys, numbers, deep nesting")
    func otherForms() throws {
        let good = String(decoding: try Signed.index(), as: UTF8.self)
        var forms = [good + "\n", " " + good, String(good.dropLast())]
        for (part, other) in [
            ("\n", ""), ("\n", "\r\n"), ("  ", "\t"), ("\"index\"", "\"\\u0069ndex\""), ("\"version\": 1", "\"version\": 1.0"),
            ("\"version\": 1", "\"version\": 1e0"), ("\"version\": 1", "\"version\": 1,\n    \"version\": 1"),
            ("\"type\": \"index\"", "\"type\": \"index\",\n    \"type\": \"index\""), ("\"models\"", "\"Models\""),
            ("\"type\"", "\"zzz\": 1,\n    \"type\""), ("[\n      {", "[{"),
        ] {
            let form = good.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
            #expect(form != good, "\(part)")
            forms.append(form)
        }
        // The two members in the other order.
        forms.append("{\"signed\": {}, \"signatures\": []}\n")
        forms.append(String(repeating: "[", count: 100_000))
        for form in forms { try refused(Array(form.utf8)) }
        // The first byte that is no UTF-8.
        try refused([0xff] + Array(good.utf8))
        // Every byte counts: whatever single bit is turned, the document does not get in.
        let bytes = Array(good.utf8)
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 8)
            var mirror = try Signed.mirror()
            #expect(throws: TrustError.self) { try mirror.take(index: changed, now: Signed.now, file: "index.json") }
        }
    }

    /// The index with another signature.
    private func index(signature: String) throws -> [UInt8] {
        let good = String(decoding: try Signed.index(), as: UTF8.self)
        let mark = "\"signature\": \""
        let start = try #require(good.firstRange(of: mark)).upperBound
        let end = try #require(good[start...].firstIndex(of: "\""))
        return Array((good[..<start] + signature + good[end...]).utf8)
    }

    @Test("M13 signatures cut, with more bytes, all zero, in upper case, with an S that is not reduced")
    func signatures() throws {
        let good = String(decoding: try Signed.index(), as: UTF8.self)
        let mark = "\"signature\": \""
        let start = try #require(good.firstRange(of: mark)).upperBound
        let signature = String(good[start...].prefix { $0 != "\"" })
        #expect(signature.count == 128)
        #expect(try index(signature: signature) == Signed.index())
        for form in [
            "", String(signature.dropLast()), String(signature.dropLast(2)), signature + "00", signature.uppercased(),
            "0x" + signature.dropLast(2),
        ] { try refused(index(signature: form)) }
        try refused(index(signature: String(repeating: "0", count: 128)), "trust.threshold")
        // S + L is the same number modulo the group's order, L = 2^252 + 27742317777372353535851937790883648493.
        let order: [UInt8] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0,
            0, 0, 0x10,
        ]
        var bytes = stride(from: 0, to: 128, by: 2).map { place in
            UInt8(signature.dropFirst(place).prefix(2), radix: 16) ?? 0
        }
        var carry = 0
        for place in 0..<32 {
            let sum = Int(bytes[32 + place]) + Int(order[place]) + carry
            bytes[32 + place] = UInt8(sum & 255)
            carry = sum >> 8
        }
        #expect(carry == 0)
        let other = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(other != signature)
        try refused(index(signature: other), "trust.threshold")
    }

    @Test(
        "M13 keys that are no points of large order, not canonical, or of another length",
        arguments: [
            String(repeating: "0", count: 64), "01" + String(repeating: "0", count: 62),
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "ec" + String(repeating: "f", count: 60) + "7f", "ec" + String(repeating: "f", count: 62),
            "ed" + String(repeating: "f", count: 60) + "7f", "ee" + String(repeating: "f", count: 60) + "7f",
            String(repeating: "f", count: 64), "", "00", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "A", count: 64), String(repeating: "g", count: 64),
        ])
    func keys(text: String) throws { expectError(.trust, "is not a public key") { try PublicKey(text) } }

    @Test("a good key is read and written")
    func goodKey() throws {
        let key = try Signed.key(1).publicKey
        #expect(try PublicKey(key.description) == key)
        // RFC 8032, section 7.1, test 1.
        let seed: [UInt8] = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b,
            0x32,
            0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ]
        #expect(
            try SigningKey(seed: seed).publicKey.description == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(SigningKey().publicKey != SigningKey().publicKey)
    }

    @Test("M19 documents signed by past releases still verify", arguments: ["0.1.0"])
    func pastReleases(version: String) throws {
        let folder = Signed.fixtures + "/signed-\(version)"
        let key = try PublicKey(String(decoding: readFile(folder + "/key.txt"), as: UTF8.self).filter { $0 != "\n" })
        var mirror = try TrustedMirror(root: readFile(folder + "/root-1.json"), trusting: [key], file: "root-1.json")
        try mirror.follow(root: readFile(folder + "/root-2.json"), file: "root-2.json")
        try mirror.take(index: readFile(folder + "/index.json"), now: Signed.now, file: "index.json")
        #expect(mirror.index?.entries.map(\.reference.name) == ["small", "tiny"])
    }

    @Test("write the documents of this release, once, with ZOO_WRITE_FIXTURES=1", .enabled(if: getenv("ZOO_WRITE_FIXTURES") != nil))
    func writeRelease() throws {
        let folder = Signed.fixtures + "/signed-\(CoreVersion.current)"
        try makeFolders(folder)
        let late = try #require(Timestamp("2060-01-01T00:00:00Z"))
        try writeFile(folder + "/key.txt", "\(Signed.key(1).publicKey)\n".utf8)
        try writeFile(folder + "/root-1.json", Signed.root(expiry: late))
        let two = try Signed.root(
            2, root: Signed.role([1, 3], threshold: 2), index: Signed.role([2, 4], threshold: 2), expiry: late, signers: [1, 3])
        try writeFile(folder + "/root-2.json", two)
        let manifests = [Signed.manifest(), Signed.manifest("small", content: "[]")]
        try writeFile(folder + "/index.json", Signed.index(5, expiry: late, manifests: manifests, signers: [2, 4]))
    }

    @Test(
        "times",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696), ("2027-01-15T08:00:00Z", 1_800_000_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ])
    func times(text: String, seconds: Int) {
        #expect(Timestamp(text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test(
        "texts that are no times",
        arguments: [
            "", "2027-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:00:60Z",
            "2027-01-01t00:00:00Z", "2027-01-01 00:00:00Z", "2027-01-01T00:00:00+00:00", "2027-01-01T00:00:00", "1969-12-31T23:59:59Z",
            "2027-1-01T00:00:000Z", "٢027-01-01T00:00:00Z",
        ])
    func badTimes(text: String) { #expect(Timestamp(text) == nil) }

    @Test("key files are for their owner only, and are never overwritten")
    func keyFiles() throws {
        let folder = try TemporaryFolder()
        let key = SigningKey()
        try key.write(to: folder.path + "/a.key")
        #expect(try SigningKey(file: folder.path + "/a.key").publicKey == key.publicKey)
        expectError(.trust, "a.key", "already") { try SigningKey().write(to: folder.path + "/a.key") }
        #expect(try SigningKey(file: folder.path + "/a.key").publicKey == key.publicKey)
        chmod(folder.path + "/a.key", 0o644)
        expectError(.trust, "others than its owner") { try SigningKey(file: folder.path + "/a.key") }
        for text in ["", "zoo private key, keep secret\n", "zoo private key, keep secret\nabc\n", "-----BEGIN PRIVATE KEY-----\n"] {
            try writeFile(folder.path + "/b.key", text.utf8)
            chmod(folder.path + "/b.key", 0o600)
            expectError(.trust, "b.key", "expected the line") { try SigningKey(file: folder.path + "/b.key") }
        }
    }
}
