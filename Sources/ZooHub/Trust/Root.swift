import ModelZoo
import ZooTensor

/// Who may sign for a mirror: the keys and thresholds of its index and of the root itself.
///
/// A client begins with a root that it trusts, and follows the chain: version N + 1 counts only if enough keys of version N and enough of its own
/// have signed it (The Update Framework, specification 1.0, section 5.3).
public struct Root: Sendable, Hashable {
    /// The keys for one kind of document, and how many of them must sign.
    public struct Role: Sendable, Hashable {
        /// The keys.
        public let keys: Set<PublicKey>
        /// How many different ones must have signed.
        public let threshold: Int

        /// A role of its parts.
        ///
        /// - Throws: `TrustError.document` when the keys can never reach the threshold.
        public init(_ keys: Set<PublicKey>, threshold: Int) throws(TrustError) {
            guard threshold >= 1, threshold <= keys.count else {
                throw .document(
                    file: "root", key: "threshold", reason: "expected 1 to \(keys.count), the number of keys, found \(threshold)")
            }
            self.keys = keys
            self.threshold = threshold
        }
    }

    static let type = "root"
    /// The largest size of a file in bytes.
    static let maximumBytes = 64 << 10

    /// Counts from 1.
    public let version: Int
    /// After this moment the chain must have gone on.
    public let expiry: Timestamp
    /// Who may sign the next root.
    public let root: Role
    /// Who may sign the index.
    public let index: Role

    /// A root of its parts.
    public init(version: Int, expiry: Timestamp, root: Role, index: Role) {
        self.version = version
        self.expiry = expiry
        self.root = root
        self.index = index
    }

    /// The root, to be signed.
    public var document: SignedDocument {
        func object(_ role: Role) -> JSON {
            .object(["keys": .array(role.keys.sorted().map { .string($0.description) }), "threshold": .integer(role.threshold)])
        }
        return SignedDocument([
            "type": .string(Self.type), "version": .integer(version), "expires": .string(expiry.description),
            "index": object(index), "root": object(root),
        ])
    }

    /// Reads what a document says, without looking at its signatures.
    init(_ document: SignedDocument, file: String) throws(TrustError) {
        var reader = DocumentReader(document, type: Self.type, file: file)
        (version, expiry) = try reader.head()
        root = try reader.role("root")
        index = try reader.role("index")
        try reader.finish()
    }
}
