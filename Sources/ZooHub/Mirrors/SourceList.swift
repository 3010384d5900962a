public import ModelZoo
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The mirrors of a store and the keys that its user vouches for.
///
///     sources/list.json             names and addresses, in the order in which they are asked
///     sources/<name>/root.json      the root that is trusted
///     sources/<name>/index.json     the newest index that was seen
///     keys/<name>.key               the user's own private keys
///     keys/trusted.json             the public keys of others
public struct SourceList: Sendable {
    private let home: String
    private var folder: String { home + "/sources" }
    private var listPath: String { folder + "/list.json" }
    private var trustedPath: String { home + "/keys/trusted.json" }

    /// The sources of a store.
    public init(_ store: Store) { home = store.home }

    // MARK: mirrors

    /// All mirrors in order. One that cannot be read is an error: to go on without it would hide models.
    public func mirrors() throws -> [ModelMirror] {
        try list().map { try read($0.name, $0.address) }
    }

    /// The mirror of a name.
    ///
    /// - Throws: `SourceError.unknown`.
    public func mirror(_ name: String) throws -> ModelMirror {
        try read(name, address(of: name))
    }

    private func read(_ name: String, _ address: SourceAddress) throws -> ModelMirror {
        let root = folder + "/\(name)/root.json"
        let index = folder + "/\(name)/index.json"
        let known = try TrustedMirror(
            keptRoot: readFile(root, limit: Root.maximumBytes),
            keptIndex: fileKind(index) == nil ? nil : readFile(index, limit: Index.maximumBytes), file: index)
        return ModelMirror(name: name, address: address, known: known)
    }

    /// Adds a mirror at the end, or renews what is known about one.
    ///
    /// - Throws: `SourceError.name` when the name breaks the grammar or stands for another address.
    public func save(_ mirror: ModelMirror) throws { try locked { try keep(mirror) } }

    /// Renews what is known about a mirror; nothing happens if it is none of the list, or no more.
    public func update(_ mirror: ModelMirror) throws {
        try locked {
            guard try list().contains(where: { $0.name == mirror.name && $0.address == mirror.address }) else { return }
            try keep(mirror)
        }
    }

    private func keep(_ mirror: ModelMirror) throws {
        guard mirror.name != SearchResult.catalogueName, (try? ModelReference(name: mirror.name)) != nil else {
            throw SourceError.name(text: mirror.name, reason: "expected a name as example or example-2")
        }
        var all = try list()
        if let other = all.first(where: { $0.name == mirror.name }) {
            guard other.address == mirror.address else {
                throw SourceError.name(text: mirror.name, reason: "there is a source of this name already: \(other.address)")
            }
        } else {
            all.append((mirror.name, mirror.address))
        }
        // Of two processes that refresh at once, the one with the older documents must not have the last word.
        if let kept = try? read(mirror.name, mirror.address).known,
            (kept.root.version, kept.index?.version ?? 0) > (mirror.known.root.version, mirror.known.index?.version ?? 0)
        {
            return
        }
        try makeFolders(folder + "/" + mirror.name)
        // The root first: an index that its keys have not signed is forgotten, as when it was followed.
        try writeFile(folder + "/\(mirror.name)/root.json", mirror.known.rootDocument.encoded())
        if let index = mirror.known.indexDocument {
            try writeFile(folder + "/\(mirror.name)/index.json", index.encoded())
        } else {
            deleteTree(folder + "/\(mirror.name)/index.json")
        }
        try write(all)
    }

    /// Forgets a mirror. The models that came from it stay.
    ///
    /// - Throws: `SourceError.unknown`.
    public func remove(_ name: String) throws {
        try locked {
            _ = try address(of: name)
            try write(list().filter { $0.name != name })
            deleteTree(folder + "/" + name)
        }
    }

    /// The address of a mirror, which is told even when nothing else about it can be read.
    ///
    /// - Throws: `SourceError.unknown`.
    public func address(of name: String) throws -> SourceAddress {
        let all = try list()
        guard let found = all.first(where: { $0.name == name }) else {
            let names = all.map(\.name)
            throw SourceError.unknown(name: name, near: suggestion(for: name, among: names), known: names)
        }
        return found.address
    }

    /// Names and addresses in order.
    public func list() throws -> [(name: String, address: SourceAddress)] {
        guard fileKind(listPath) != nil else { return [] }
        var reader = try MemberReader(document: readFile(listPath, limit: 1 << 20), file: listPath)
        var result: [(name: String, address: SourceAddress)] = []
        for var member in try reader.readers("sources") {
            let name = try member.string("name")
            guard (try? ModelReference(name: name)) != nil, !result.contains(where: { $0.name == name }) else {
                throw member.wrong("name", "\"\(printable(name))\" is no name, or stands there twice")
            }
            result.append((name, try SourceAddress(try member.string("address"))))
            try member.finish()
        }
        try reader.finish()
        return result
    }

    private func write(_ list: [(name: String, address: SourceAddress)]) throws {
        let members = list.map { JSON.object(["name": .string($0.name), "address": .string($0.address.description)]) }
        try write(["sources": .array(members)], to: listPath)
    }

    // MARK: keys

    /// The keys that the user vouches for, with the user's names for them.
    public func trustedKeys() throws -> [(name: String, key: PublicKey)] {
        guard fileKind(trustedPath) != nil else { return [] }
        var reader = try MemberReader(document: readFile(trustedPath, limit: 1 << 20), file: trustedPath)
        var result: [(name: String, key: PublicKey)] = []
        for var member in try reader.readers("keys") {
            result.append((try member.string("name"), try PublicKey(try member.string("key"))))
            try member.finish()
        }
        try reader.finish()
        return result
    }

    /// Vouches for a key. Of two with the same name the newer counts.
    public func trust(_ key: PublicKey, as name: String) throws {
        try checkKeyName(name)
        try locked {
            let all = try trustedKeys().filter { $0.name != name && $0.key != key } + [(name, key)]
            let members = all.map { JSON.object(["name": .string($0.name), "key": .string($0.key.description)]) }
            try write(["keys": .array(members)], to: trustedPath)
        }
    }

    /// The user's own keys.
    public func ownKeys() throws -> [(name: String, key: SigningKey)] {
        let names = (try? folderEntries(home + "/keys")) ?? []
        return try names.filter { $0.hasSuffix(".key") }.map { name in
            (String(name.dropLast(4)), try SigningKey(file: home + "/keys/" + name))
        }
    }

    /// Makes a key of the user's own.
    ///
    /// - Throws: `TrustError.keyFile` when there is one of this name.
    public func generateKey(_ name: String) throws -> SigningKey {
        try checkKeyName(name)
        try makeFolders(home + "/keys")
        chmod(home + "/keys", 0o700)
        let key = SigningKey()
        try key.write(to: home + "/keys/\(name).key")
        return key
    }

    /// The user's own key of a name, or that of a file.
    public func signingKey(_ name: String) throws -> SigningKey {
        if ModelReference.isPath(name) || name.hasSuffix(".key") { return try SigningKey(file: name) }
        try checkKeyName(name)
        let path = home + "/keys/\(name).key"
        guard fileKind(path) != nil else {
            let known = try ownKeys().map(\.name)
            throw TrustError.keyFile(
                path: path, reason: "there is no key of this name; known: \(known.isEmpty ? "none" : known.joined(separator: ", "))",
                hint: "\"zoo key generate \(name)\" makes one")
        }
        return try SigningKey(file: path)
    }

    /// A public key by the name that it has here, the user's own or one that is vouched for, or by its 64 digits.
    ///
    /// - Throws: `SourceError.name`, `TrustError` for what is neither.
    public func publicKey(_ text: String) throws -> PublicKey {
        if let own = try ownKeys().first(where: { $0.name == text }) { return own.key.publicKey }
        if let trusted = try trustedKeys().first(where: { $0.name == text }) { return trusted.key }
        return try PublicKey(text)
    }

    private func checkKeyName(_ name: String) throws(SourceError) {
        guard (try? ModelReference(name: name)) != nil else { throw .name(text: name, reason: "expected a name as alice or alice-2") }
    }

    // MARK: files

    /// Does something while no other process changes the lists.
    private func locked<T>(_ body: () throws -> T) throws -> T {
        try makeFolders(folder)
        let lock = StoreLock.waiting(folder + "/lock")
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    private func write(_ object: JSONObject, to path: String) throws {
        try makeFolders(parentFolder(of: path))
        try writeFile(path, JSON.object(object).serialized(pretty: true, sortedKeys: true) + [UInt8(ascii: "\n")])
    }
}
