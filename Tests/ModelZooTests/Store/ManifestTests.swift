import ModelZoo
import Testing
import ZooTensor

@Suite struct ManifestTests {
    private static let full: Manifest = {
        var manifest = Manifest(name: "tiny", family: "bert", task: "text-classification")
        manifest.source = "org/tiny"
        manifest.revision = "abc"
        manifest.licence = "apache-2.0"
        manifest.labels = ["negative", "positive"]
        manifest.metrics = ["accuracy": .number(0.5), "steps": .integer(3)]
        manifest.provenance = .init(base: Digest(hashing: [1]), data: Digest(hashing: [2]), configuration: ["epochs": .integer(3)])
        manifest.files = [
            .init(name: "config.json", byteCount: 2, digest: Digest(hashing: [3])),
            .init(name: "1_Pooling/config.json", byteCount: 4, digest: Digest(hashing: [4])),
            .init(name: "LICENSE", byteCount: 5, digest: Digest(hashing: [5])),
        ]
        return manifest
    }()

    @Test("a manifest goes round in canonical bytes")
    func roundTrip() throws {
        let bytes = Self.full.encoded()
        #expect(bytes.last == UInt8(ascii: "\n"))
        let read = try Manifest(decoding: bytes, file: "m")
        #expect(read == Self.full)
        #expect(read.encoded() == bytes)
        #expect(read.digest == Digest(hashing: bytes))
    }

    @Test(
        "A35 what the canonical bytes leave out when it is empty, and what they always have",
        arguments: [("labels", JSON.array([])), ("metrics", .object([:])), ("provenance", .object([:])), ("source", .null)])
    func emptyMembers(key: String, value: JSON) throws {
        let bytes = Manifest(name: "tiny", family: "bert", task: "features").encoded()
        #expect(throws: Never.self) { try Manifest(decoding: bytes, file: "m.zoo") }
        var object = try #require(JSON.parse(bytes).object)
        object[key] = value
        let changed = JSON.object(object).serialized(pretty: true, sortedKeys: true) + [UInt8(ascii: "\n")]
        let error = failure { _ = try Manifest(decoding: changed, file: "m.zoo") }
        #expect(error?.code == "bundle.manifest")
        #expect(error?.message.contains(value == .null ? "a string" : "canonical") == true, "\(error?.message ?? "")")
    }

    /// The full manifest with one piece of text replaced.
    private func changed(_ old: String, _ new: String) -> [UInt8] {
        let text = Array(Self.full.encoded())
        let old = Array(old.utf8)
        for start in 0...(text.count - old.count) where Array(text[start..<(start + old.count)]) == old {
            return Array(text[..<start]) + Array(new.utf8) + Array(text[(start + old.count)...])
        }
        Issue.record("no text to change")
        return text
    }

    @Test(
        "A35 values of wrong types, unknown and missing keys, duplicate keys",
        arguments: [
            ("\"task\": \"text-classification\"", "\"task\": 3", "task", "a string"),
            ("\"labels\": [", "\"labels\": [7,", "labels[0]", "a whole number"),
            ("\"size\": 2", "\"size\": -2", "files[0].size", "-2"), ("\"size\": 2", "\"size\": 2.0", "files[0].size", "a number"),
            ("\"size\": 2", "\"size\": \"2\"", "files[0].size", "a string"), ("\"family\"", "\"famly\"", "family", "missing"),
            ("\"epochs\"", "\"epochs\": 1,\n\"epochs\"", "manifest.json", "epochs"), ("\"base\"", "\"bass\"", "provenance.bass", "unknown"),
            ("\"name\": \"tiny\"", "\"auto_map\": 1,\n  \"name\": \"tiny\"", "auto_map", "unknown"),
            ("\"name\": \"tiny\"", "\"name\": \"../tiny\"", "name", "letter"),
            ("\"name\": \"tiny\"", "\"name\":  \"tiny\"", "manifest.json", "canonical"),
            ("0.1.0", "one", "minimum_core_version", "one"), ("\"format_version\": 1", "\"format_version\": 0", "format_version", "0"),
            ("sha256:", "md5:", "files[0].digest", "64"),
        ])
    func strict(old: String, new: String, key: String, part: String) {
        let error = failure { _ = try Manifest(decoding: changed(old, new), file: "m.zoo") }
        #expect(error?.code == "bundle.manifest")
        #expect(error?.exitCode == .format)
        #expect(error?.place == Place(file: "m.zoo", entry: key), "\(error.map { "\($0)" } ?? "")")
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("A35 manifest too large and too deep")
    func large() {
        let large = failure { _ = try Manifest(decoding: [UInt8](repeating: 0x20, count: (1 << 20) + 1), file: "m") }
        #expect(large?.code == "bundle.limit")
        let deep = failure { _ = try Manifest(decoding: [UInt8](repeating: UInt8(ascii: "["), count: 100_000), file: "m") }
        #expect(deep?.code == "bundle.manifest")
        for bytes in [[], Array("[]".utf8), [0xff], Array("{".utf8)] as [[UInt8]] {
            #expect(failure { _ = try Manifest(decoding: bytes, file: "m") }?.exitCode == .format)
        }
    }

    @Test(
        "a newer format or version is incompatible", arguments: [("\"format_version\": 1", "\"format_version\": 2"), ("0.1.0", "99.0.0")])
    func newer(old: String, new: String) {
        let error = failure { _ = try Manifest(decoding: changed(old, new), file: "m") }
        #expect(error?.code == "bundle.too_new" && error?.exitCode == .incompatible)
        #expect(error?.message.contains("needs a newer zoo") == true)
    }

    @Test("A51 sum of sizes beyond 64 GiB, and beyond 64 bits", arguments: [64 << 30, Int.max])
    func sum(size: Int) {
        var manifest = Self.full
        manifest.files[0] = .init(name: "config.json", byteCount: size, digest: Digest(hashing: []))
        #expect(failure { _ = try Manifest(decoding: manifest.encoded(), file: "m") }?.code == "bundle.limit")
    }

    @Test(
        "A19 A20 names that collide",
        arguments: [
            ("config.json", "twice"), ("Config.json", "upper and lower case"), ("1_pooling/CONFIG.json", "upper and lower case"),
            ("manifest.json", "manifest itself"), ("Manifest.JSON", "manifest itself"),
        ])
    func collisions(name: String, part: String) {
        var manifest = Self.full
        manifest.files.append(.init(name: name, byteCount: 1, digest: Digest(hashing: [])))
        let error = failure { _ = try Manifest(decoding: manifest.encoded(), file: "m") }
        #expect(error?.code == "bundle.entry_name" && error?.place?.entry == name)
        #expect(error?.message.contains(part) == true)
    }

    @Test("A20 a file and a folder of one name")
    func fileAndFolder() {
        var manifest = Self.full
        manifest.files.append(.init(name: "license.txt/x.json", byteCount: 1, digest: Digest(hashing: [])))
        manifest.files.append(.init(name: "LICENSE.txt", byteCount: 1, digest: Digest(hashing: [])))
        #expect(failure { _ = try Manifest(decoding: manifest.encoded(), file: "m") }?.message.contains("folder") == true)
    }

    @Test(
        "M14 digests",
        arguments: [
            "sha256:" + String(repeating: "A", count: 64), "sha256:" + String(repeating: "a", count: 63),
            "sha256:" + String(repeating: "a", count: 65), "sha256:../" + String(repeating: "a", count: 61),
            "md5:" + String(repeating: "a", count: 32), "md5:" + String(repeating: "a", count: 64), String(repeating: "a", count: 64),
            "sha256-" + String(repeating: "a", count: 64), "SHA256:" + String(repeating: "a", count: 64), "", "sha256:",
            "sha256:" + String(repeating: "a", count: 63) + "\u{e9}", "sha256:" + String(repeating: "\u{ff41}", count: 64),
        ])
    func digests(text: String) {
        #expect(Digest(text) == nil)
        let error = failure { _ = try ModelReference("bert@" + text) }
        #expect(error?.exitCode == .usage && error?.code == "reference.digest")
    }

    @Test("digests are ordered as their digits")
    func digestOrder() throws {
        let digits = [
            "0", "00f", "0f", "7fffffffffffffff", "8", "80000000000000000", "80000000000000001", "f", String(repeating: "f", count: 64),
        ]
        let texts = digits.map { $0 + String(repeating: "0", count: 64 - $0.count) } + (1...20).map { Digest(hashing: [$0]).hex }
        let digests = try texts.map { try #require(Digest("sha256:" + $0)) }
        #expect(digests.map(\.hex) == texts)
        #expect(digests.sorted().map(\.hex) == texts.sorted())
        #expect(Set(digests).count == Set(texts).count)
    }

    @Test("versions are three numbers without leading zeros", arguments: ["0.1.0", "10.20.30", "0.0.0", "999999.0.1"])
    func versions(text: String) { #expect(CoreVersion(text)?.description == text) }

    @Test(
        "other versions are refused",
        arguments: ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.00.3", "1..3", ".1.2", "1.2.", "1000000.0.0", "1.2.x", "-1.2.3", "1.2.３"])
    func wrongVersions(text: String) { #expect(CoreVersion(text) == nil) }

    @Test(
        "types of files in any case of letters",
        arguments: ["config.JSON", "a/b.Txt", "W.SafeTensors", "readme.MD", "Licence", "NOTICE", "COPYING-3"])
    func types(name: String) throws {
        var manifest = Manifest(name: "tiny", family: "bert", task: "features")
        manifest.files = [.init(name: name, byteCount: 1, digest: Digest(hashing: []))]
        #expect(throws: Never.self) { try Manifest(decoding: manifest.encoded(), file: "m") }
        for other in [name + "x.", name + ".x", String(name.dropFirst().dropLast())] {
            manifest.files[0] = .init(name: other, byteCount: 1, digest: Digest(hashing: []))
            #expect(failure { _ = try Manifest(decoding: manifest.encoded(), file: "m") }?.exitCode == .format, "\(other)")
        }
    }

    @Test("an unknown key behind many")
    func unknownBehindMany() throws {
        var object: JSONObject = [:]
        for number in 0..<70 { object["key\(number)"] = .integer(number) }
        var reader = MemberReader(object) { key, reason in BundleError.manifest(file: "m", key: key, reason: reason) }
        for number in 0..<70 where number != 3 { _ = try reader.integer("key\(number)") }
        #expect(try reader.optionalInteger("other") == nil)
        let error = failure { try reader.finish() }
        #expect(error?.place?.entry == "key3")
        #expect(error?.message.contains("key0, key1, key10,") == true && error?.message.contains("other") == true)
        _ = try reader.integer("key3")
        #expect(throws: Never.self) { try reader.finish() }
    }

    @Test("digest of known bytes")
    func digest() throws {
        let known = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Digest(hashing: "abc".utf8).description == known)
        #expect(Digest(known) == Digest(hashing: "abc".utf8))
        let scratch = try Scratch()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try Digest.ofFile(scratch.write("x", bytes)) == Digest(hashing: bytes))
    }

    @Test(
        "M15 names",
        arguments: [
            "../x", "-x", "a//b", "a/../b", String(repeating: "a", count: 81), "a\u{0}b", "a\nb", "a\u{1b}[31m", "localhost:5000/x", "x:",
            ":x",
            "x:-t", "x:a:b", "", "a b", "é", ".", "..", ".x", "x@", "x@y@z", "/etc/passwd", "./x", "x.zoo", "a/b", "a\\b",
        ])
    func names(text: String) {
        let error = failure { _ = try ModelReference(text) }
        #expect(error?.exitCode == .usage)
        #expect(error?.code.hasPrefix("reference.") == true)
        #expect(error.map { "\($0)".unicodeScalars.allSatisfy { $0.value >= 0x20 } } == true)
    }

    @Test("references")
    func references() throws {
        let digest = Digest(hashing: [])
        for (text, name, tag) in [("bert", "bert", "latest"), ("bert:v1.2-x_", "bert", "v1.2-x_"), ("_A.b-c", "_A.b-c", "latest")] {
            #expect(try ModelReference(text).name == name && ModelReference(text).tag == tag && ModelReference(text).digest == nil)
            #expect(try ModelReference("\(text)@\(digest)").digest == digest)
            #expect(try ModelReference("\(ModelReference("\(text)@\(digest)"))") == ModelReference("\(text)@\(digest)"))
        }
        #expect(try ModelReference(String(repeating: "a", count: 80)).name.utf8.count == 80)
        for path in ["./x", "../x", "/x", "x.zoo", "a/b.zoo", ".", ".."] { #expect(ModelReference.isPath(path)) }
        for name in ["x", "x:y", ".x", "x.zoo:latest"] { #expect(!ModelReference.isPath(name)) }
    }
}
