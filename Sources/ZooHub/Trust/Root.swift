import ModelZoo
public import ZooTensor

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

/// Reads what signed documents have in common.
struct DocumentReader {
    private let type: String
    private let file: String
    var members: MemberReader<TrustError>

    init(_ document: SignedDocument, type: String, file: String) {
        self.type = type
        self.file = file
        members = MemberReader(document.signed) { key, reason in .document(file: file, key: "signed." + key, reason: reason) }
    }

    /// The version and the end of the document's time.
    mutating func head() throws(TrustError) -> (version: Int, expiry: Timestamp) {
        let found = try members.string("type")
        guard found == type else { throw members.wrong("type", "expected \(type), found \"\(printable(found))\"") }
        let version = try members.integer("version", atLeast: 1)
        let text = try members.string("expires")
        guard let expiry = Timestamp(text) else {
            throw members.wrong("expires", "expected a time as 2027-01-31T12:00:00Z, found \"\(printable(text))\"")
        }
        return (version, expiry)
    }

    mutating func role(_ key: String) throws(TrustError) -> Root.Role {
        var reader = members.reader(of: try members.object(key), key)
        var keys: Set<PublicKey> = []
        for text in try reader.strings("keys") {
            guard keys.insert(try PublicKey(text)).inserted else { throw reader.wrong("keys", "the key \(text) is listed twice") }
        }
        let threshold = try reader.integer("threshold", atLeast: 1)
        guard threshold <= keys.count else {
            throw reader.wrong("threshold", "expected at most \(keys.count), the number of keys, found \(threshold)")
        }
        try reader.finish()
        return try Root.Role(keys, threshold: threshold)
    }

    func finish() throws(TrustError) { try members.finish() }
}
