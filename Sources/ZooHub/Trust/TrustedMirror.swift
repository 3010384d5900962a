import ModelZoo
import ZooTensor

/// What is known for certain about a mirror: its root and the newest index that was seen. Old, foreign and outdated documents do not get in.
///
/// The rules are those of The Update Framework, specification 1.0, section 5, without its snapshot and timestamp roles: an index names the
/// digests of all manifests itself, so parts of different indices cannot be mixed.
public struct TrustedMirror: Sendable {
    /// The root.
    public private(set) var root: Root
    /// The newest index.
    public private(set) var index: Index?
    /// The signed root, to be kept.
    public private(set) var rootDocument: SignedDocument
    /// The signed index, to be kept.
    public private(set) var indexDocument: SignedDocument?

    /// Begins with a root because of a key: one of those that may sign the root, and whose signatures are enough for it, is vouched for.
    ///
    /// - Parameters:
    ///   - bytes: the signed root, of any version.
    ///   - keys: the keys that the user vouches for.
    ///   - file: what errors name.
    /// - Throws: `TrustError`, among others `untrusted` when none of the keys has signed it.
    public init(root bytes: [UInt8], trusting keys: Set<PublicKey>, file: String) throws(TrustError) {
        let (document, root) = try Self.read(root: bytes, file: file)
        try document.check(root.root, named: "the root", file: file)
        let known = root.root.keys.intersection(keys)
        guard !known.isEmpty else { throw .untrusted(source: file, keys: root.root.keys.sorted()) }
        try document.check(Root.Role(known, threshold: 1), named: "the root that are vouched for", file: file)
        self.root = root
        rootDocument = document
    }

    /// Goes on with what was kept. It was checked when it came; its time is looked at again when a new index comes. An index that the root's
    /// keys have not signed is forgotten: the process that followed the root to other keys was killed before it could do so.
    ///
    /// - Throws: `TrustError` when it was damaged.
    public init(keptRoot: [UInt8], keptIndex: [UInt8]?, file: String) throws(TrustError) {
        (rootDocument, root) = try Self.read(root: keptRoot, file: file)
        try rootDocument.check(root.root, named: "the root", file: file)
        if let keptIndex {
            let (document, index) = try Self.read(index: keptIndex, file: file)
            guard (try? document.check(root.index, named: "the index", file: file)) != nil else { return }
            indexDocument = document
            self.index = index
        }
    }

    /// Takes the next root of the chain. When a key counts no more for the index, the index that is known is forgotten, and with it a version that
    /// somebody with a stolen key may have set so high that no other could follow.
    ///
    /// - Throws: `TrustError`.
    public mutating func follow(root bytes: [UInt8], file: String) throws(TrustError) {
        let (document, next) = try Self.read(root: bytes, file: file)
        let (expected, isLast) = root.version.addingReportingOverflow(1)
        guard !isLast, next.version == expected else {
            throw .rootVersion(file: file, expected: isLast ? root.version : expected, found: next.version)
        }
        try document.check(root.root, named: "the root before it", file: file)
        try document.check(next.root, named: "the root", file: file)
        if !root.index.keys.isSubset(of: next.index.keys) {
            index = nil
            indexDocument = nil
        }
        root = next
        rootDocument = document
    }

    /// Throws when the time of what is known is over: whoever serves it, or keeps newer ones away, may hide that models have changed.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `TrustError.expired`.
    public func checkTime(_ now: Timestamp, file: String) throws(TrustError) {
        guard root.expiry > now else { throw .expired(file: "the root of \(file)", expiry: root.expiry, now: now) }
        if let index, index.expiry <= now { throw .expired(file: "the index of \(file)", expiry: index.expiry, now: now) }
    }

    /// Takes an index: one that is signed by those who may, that is not older than the one that is known, and whose time is not over.
    ///
    /// - Parameter now: the moment at which the whole refreshing began, so that a slow server cannot gain time.
    /// - Throws: `TrustError`.
    public mutating func take(index bytes: [UInt8], now: Timestamp, file: String) throws(TrustError) {
        guard root.expiry > now else { throw .expired(file: "the root of \(file)", expiry: root.expiry, now: now) }
        let (document, next) = try Self.read(index: bytes, file: file)
        try document.check(root.index, named: "the index", file: file)
        if let index {
            guard next.version >= index.version else { throw .rollback(file: file, known: index.version, found: next.version) }
            guard next.version > index.version || next == index else { throw .equivocation(file: file, version: next.version) }
        }
        guard next.expiry > now else { throw .expired(file: file, expiry: next.expiry, now: now) }
        index = next
        indexDocument = document
    }

    private static func read(root bytes: [UInt8], file: String) throws(TrustError) -> (SignedDocument, Root) {
        guard bytes.count <= Root.maximumBytes else { throw .tooLarge(file: file, limit: Root.maximumBytes) }
        let document = try SignedDocument(decoding: bytes, file: file)
        return (document, try Root(document, file: file))
    }

    private static func read(index bytes: [UInt8], file: String) throws(TrustError) -> (SignedDocument, Index) {
        guard bytes.count <= Index.maximumBytes else { throw .tooLarge(file: file, limit: Index.maximumBytes) }
        let document = try SignedDocument(decoding: bytes, file: file)
        return (document, try Index(document, file: file))
    }
}
