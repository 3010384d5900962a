import ModelZoo
import ZooTensor

/// A JSON object with signatures beside it, in one file.
///
///     { "signatures": [ { "key": "<64 digits>", "signature": "<128 digits>" } ], "signed": { "type": …, "version": …, "expires": … } }
///
/// The bytes must be the canonical ones (sorted keys, two spaces of indentation, one form per value), so that each document has one form. What
/// is signed is the canonical form of `signed` behind a line that says so, so that a signature can stand for nothing else.
public struct SignedDocument: Sendable, Hashable {
    /// One signature.
    struct Signature: Sendable, Hashable {
        let key: PublicKey
        let bytes: [UInt8]
    }

    /// What is signed.
    let signed: JSONObject
    /// The signatures in the order of their keys.
    private(set) var signatures: [Signature] = []

    init(_ signed: JSONObject) { self.signed = signed }

    /// Reads a document strictly.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `TrustError.document`, `TrustError.key`.
    public init(decoding bytes: [UInt8], file: String) throws(TrustError) {
        let document: JSON
        do {
            document = try JSON.parse(bytes, limits: JSONLimits(depth: 16, bytes: 64 << 20), file: file)
        } catch {
            throw .document(file: file, key: nil, reason: error.message)
        }
        guard let object = document.object else {
            throw .document(file: file, key: nil, reason: "expected an object, found \(document.kindName)")
        }
        var reader = MemberReader(object) { key, reason in TrustError.document(file: file, key: key, reason: reason) }
        signed = try reader.object("signed")
        for var entry in try reader.readers("signatures") {
            let key = try PublicKey(try entry.string("key"))
            let text = try entry.string("signature")
            guard let bytes = Hexadecimal.bytes(text), bytes.count == 64 else {
                throw entry.wrong("signature", "expected 128 lower-case hexadecimal digits, found \(text.utf8.count) characters")
            }
            try entry.finish()
            if let last = signatures.last, last.key >= key { throw entry.wrong("key", "the keys are not in order, each once") }
            signatures.append(Signature(key: key, bytes: bytes))
        }
        try reader.finish()
        guard encoded() == bytes else {
            throw .document(
                file: file, key: nil, reason: "the bytes are not the canonical ones: sorted keys, two spaces of indentation, a newline")
        }
    }

    /// The canonical bytes.
    public func encoded() -> [UInt8] {
        let list = signatures.map { signature in
            JSON.object([
                "key": .string(signature.key.description), "signature": .string(Hexadecimal.text(signature.bytes)),
            ])
        }
        return Self.canonical(["signatures": .array(list), "signed": .object(signed)])
    }

    /// Adds a signature, or renews the one of this key.
    public mutating func sign(_ key: SigningKey) {
        signatures.removeAll { $0.key == key.publicKey }
        signatures.append(Signature(key: key.publicKey, bytes: key.sign(message)))
        signatures.sort { $0.key < $1.key }
    }

    /// The keys whose signatures stand in it, good or not.
    public var signers: [PublicKey] { signatures.map(\.key) }

    /// Throws unless enough of the keys that count have signed. A key counts once, however often it is listed.
    func check(_ role: Root.Role, named name: String, file: String) throws(TrustError) {
        guard !signatures.isEmpty else { throw .unsigned(file: file) }
        let message = message
        let good = Set(signatures.filter { role.keys.contains($0.key) && $0.key.signed(message, $0.bytes) }.map(\.key))
        guard good.count >= role.threshold else {
            throw .threshold(file: file, role: name, needed: role.threshold, found: good.count)
        }
    }

    private var message: [UInt8] { Array("zoo signed document, version 1\n".utf8) + Self.canonical(signed) }

    private static func canonical(_ object: JSONObject) -> [UInt8] {
        JSON.object(object).serialized(pretty: true, sortedKeys: true) + [UInt8(ascii: "\n")]
    }
}
