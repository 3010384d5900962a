import ModelZoo
import ZooHub
import ZooTensor

/// Keys, roots and indices for tests: the same in every run.
enum Signed {
    /// The key of a number.
    static func key(_ number: UInt8) throws -> SigningKey { try SigningKey(seed: [UInt8](repeating: number, count: 32)) }

    static func role(_ numbers: [UInt8], threshold: Int = 1) throws -> Root.Role {
        try Root.Role(Set(numbers.map { try key($0).publicKey }), threshold: threshold)
    }

    /// When the tests take place.
    static let now = Timestamp(seconds: 1_800_000_000)  // 2027-01-15T08:00:00Z

    /// A signed root: key 1 for the root and key 2 for the index unless told otherwise.
    static func root(
        _ version: Int = 1, root: Root.Role? = nil, index: Root.Role? = nil, expiry: Timestamp = now.adding(seconds: 86400),
        signers: [UInt8] = [1]
    ) throws -> [UInt8] {
        var document = Root(version: version, expiry: expiry, root: try root ?? role([1]), index: try index ?? role([2])).document
        for signer in signers { document.sign(try key(signer)) }
        return document.encoded()
    }

    /// A manifest of a model that nobody has.
    static func manifest(_ name: String = "tiny", content: String = "{}") -> Manifest {
        var manifest = Manifest(name: name, family: "bert", task: "features")
        manifest.licence = "mit"
        manifest.files = [.init(name: "config.json", byteCount: content.utf8.count, digest: Digest(hashing: content.utf8))]
        return manifest
    }

    /// A signed index of some models.
    static func index(
        _ version: Int = 1, expiry: Timestamp = now.adding(seconds: 3600), manifests: [Manifest] = [manifest()], signers: [UInt8] = [2]
    ) throws -> [UInt8] {
        let entries = try manifests.map { Index.Entry($0, as: try ModelReference(name: $0.name)) }
        var document = Index(version: version, expiry: expiry, entries: entries).document
        for signer in signers { document.sign(try key(signer)) }
        return document.encoded()
    }

    /// A mirror that key 1 vouches for.
    static func mirror(root bytes: [UInt8]? = nil) throws -> TrustedMirror {
        try TrustedMirror(root: bytes ?? root(), trusting: [key(1).publicKey], file: "root.json")
    }
}

extension Signed {
    static let fixtures: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures"
    }()

    /// The first entry of an index that somebody altered, signed anew.
    static func entry(ofUnsigned bytes: [UInt8]) throws -> Index.Entry {
        var document = try SignedDocument(decoding: bytes, file: "index.json")
        document.sign(try key(2))
        var mirror = try mirror()
        try mirror.take(index: document.encoded(), now: now, file: "index.json")
        guard let entry = mirror.index?.entries.first else { throw FileError.notFound(path: "index.json") }
        return entry
    }
}
