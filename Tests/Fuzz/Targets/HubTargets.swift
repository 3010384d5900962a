import ModelZoo
import ZooHub
import ZooTensor

/// Signed roots and indices. What has become of them is brought into canonical form and signed anew, or else nothing would get past that.
final class SignedTarget: Target {
    static let name = "signed"
    private let roots: Mutator
    private let indices: Mutator
    private let mirror: TrustedMirror
    private let keys: [SigningKey]
    private static let now = Timestamp(seconds: 1_800_000_000)

    init(_ folder: ScratchFolder) throws {
        let keys = try (1...3).map { try SigningKey(seed: [UInt8](repeating: UInt8($0), count: 32)) }
        self.keys = keys
        func role(_ numbers: [Int], _ threshold: Int) throws -> Root.Role {
            try Root.Role(Set(numbers.map { keys[$0].publicKey }), threshold: threshold)
        }
        let late = Self.now.adding(seconds: 86_400)
        func root(_ version: Int, _ root: Root.Role, _ index: Root.Role) -> [UInt8] {
            var document = Root(version: version, expiry: late, root: root, index: index).document
            for key in keys { document.sign(key) }
            return document.encoded()
        }
        let first = root(1, try role([0], 1), try role([1], 1))
        mirror = try TrustedMirror(root: first, trusting: [keys[0].publicKey], file: "root-1.json")
        let manifest = SampleBundle.manifest
        var index = Index(version: 2, expiry: late, entries: [Index.Entry(manifest, as: try ModelReference(name: manifest.name))]).document
        index.sign(keys[1])
        let words =
            [
                "type", "version", "expires", "root", "index", "keys", "threshold", "models", "signatures", "signed", "key", "signature",
                "2027-01-15T08:00:00Z", "sha256:",
            ].map { Array($0.utf8) } + keys.map { Array($0.publicKey.description.utf8) }
        roots = Mutator(
            seeds: [root(2, try role([0, 1], 2), try role([1, 2], 1)), root(2, try role([2], 1), try role([1], 1)), first], words: words)
        indices = Mutator(seeds: [index.encoded()], words: words)
    }

    func run(_ source: inout Source) throws {
        var mirror = mirror
        var failure: (any Error)?
        for _ in 0..<2 {
            do {
                if source.once(in: 2) {
                    try mirror.follow(root: signed(source.document(roots), &source), file: "root.json")
                } else {
                    try mirror.take(index: signed(source.document(indices), &source), now: Self.now, file: "index.json")
                    let index = mirror.index
                    for entry in index?.entries ?? [] { _ = entry.reference.description }
                }
            } catch {
                failure = error
            }
            // What is kept must be taken again.
            _ = try TrustedMirror(
                keptRoot: mirror.rootDocument.encoded(), keptIndex: mirror.indexDocument?.encoded(), file: "kept")
        }
        if let failure { throw failure }
    }

    /// The canonical form with good signatures of some keys; now and then the bytes as they are.
    private func signed(_ bytes: [UInt8], _ source: inout Source) -> [UInt8] {
        guard !source.once(in: 4), let json = try? JSON.parse(bytes, file: "f"),
            var document = try? SignedDocument(
                decoding: json.serialized(pretty: true, sortedKeys: true) + [UInt8(ascii: "\n")], file: "f")
        else { return bytes }
        for key in keys where !source.once(in: 4) { document.sign(key) }
        return document.encoded()
    }
}

/// The small documents of ours that lie on disks: lock files, lists of sources, trusted keys, key files, the catalogue; and addresses.
final class SettingsTarget: Target {
    static let name = "settings"
    private let folder: ScratchFolder
    private let mutators: [Mutator]
    private let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

    init(_ folder: ScratchFolder) {
        self.folder = folder
        let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)
        let seeds = [
            ["{\"format_version\":1,\"models\":{\"minilm\":\"\(digest)\",\"tickets:v2\":\"\(digest)\"}}"],
            [
                "{\"sources\":[{\"name\":\"example\",\"address\":\"https://example.org/zoo\"},{\"name\":\"disk\",\"address\":\"/media/zoo\"}]}"
            ],
            ["zoo private key, keep secret\n\(String(repeating: "07", count: 32))\n"],
            [
                "{\"format_version\":1,\"models\":[{\"name\":\"a\",\"summary\":\"s\",\"family\":\"bert\",\"task\":\"features\",\"parameters\":1,\"licence\":\"mit\",\"size\":1,\"sources\":[\"hf:org/a@main\",\"https://example.org/a.zoo\"],\"weights\":\"\(digest)\"}]}"
            ],
            ["hf:org/name@refs/pr/3", "https://example.org:8443/a?b=c", "./x.zoo", "http://[::1]:80/", "2027-01-15T08:00:00Z"],
        ]
        let words = ["format_version", "models", "sources", "name", "address", "hf:", "https://", "@", "..", "%2F", digest].map {
            Array($0.utf8)
        }
        mutators = seeds.map { Mutator(seeds: $0.map { Array($0.utf8) }, words: words) }
    }

    func run(_ source: inout Source) throws {
        let kind = source.below(mutators.count)
        let bytes = source.document(mutators[kind])
        switch kind {
        case 0:
            let path = try folder.write("zoo.lock", bytes)
            let lock = try LockFile(path: path)
            try lock.write(to: path)
            try require(try LockFile(path: path) == lock, "a lock file changes when written and read")
        case 1:
            folder.clear("home")
            try makeFolders(folder.path + "/home/sources")
            try folder.write("home/sources/list.json", bytes)
            let list = SourceList(try Store(home: folder.path + "/home"))
            for (name, address) in try list.list() {
                try require(try SourceAddress(address.description) == address && list.address(of: name) == address, "an address changes")
            }
        case 2: _ = try SigningKey(file: folder.write("a.key", bytes)).publicKey
        case 3: for entry in try Catalogue(decoding: bytes, file: "catalog.json").entries { _ = entry.sources.map(\.description) }
        default:
            let text = String(decoding: bytes, as: UTF8.self)
            if let time = Timestamp(text) { try require(time.description == text, "a time changes: \(printable(text))") }
            if let key = try? PublicKey(text) { try require(key.description == text, "a key changes") }
            if let address = WebAddress(text) { try require(address.description.utf8.count <= text.utf8.count + 8, "an address grows") }
            let address = try SourceAddress(text)
            try require(try SourceAddress(address.description) == address, "an address changes: \(printable(text))")
        }
    }
}
