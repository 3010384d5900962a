import ModelZoo
import ZooTensor

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
