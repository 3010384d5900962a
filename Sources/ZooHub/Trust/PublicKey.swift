import ModelZoo

/// An Ed25519 public key (RFC 8032), 32 bytes, written as 64 lower-case hexadecimal digits.
///
/// Only keys that can stand for a person are accepted: no encodings beyond the field's prime, and none of the eight points of small order, for
/// which anybody can make signatures.
public struct PublicKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The encoded point.
    let bytes: [UInt8]

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// - Throws: `TrustError.key`.
    public init(_ text: String) throws(TrustError) {
        guard let bytes = Hexadecimal.bytes(text), bytes.count == 32 else {
            throw .key(text: text, reason: "expected 64 lower-case hexadecimal digits")
        }
        try self.init(bytes: bytes)
    }

    init(bytes: [UInt8]) throws(TrustError) {
        let text = Hexadecimal.text(bytes)
        guard bytes.count == 32 else { throw .key(text: text, reason: "expected 32 bytes, found \(bytes.count)") }
        guard Self.isBelowPrime(bytes) else { throw .key(text: text, reason: "it is not the canonical form of a point") }
        let plain = Self.withoutSign(bytes)
        guard !Self.smallOrder.contains(plain) else { throw .key(text: text, reason: "it is a point of small order") }
        self.bytes = bytes
    }

    /// The 64 digits.
    public var description: String { Hexadecimal.text(bytes) }

    /// The first twelve digits, for tables.
    public var short: String { String(description.prefix(12)) }

    /// By the digits.
    public static func < (left: PublicKey, right: PublicKey) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// Whether a signature of 64 bytes is this key's for a message.
    package func signed(_ message: [UInt8], _ signature: [UInt8]) -> Bool { Ed25519.isValid(signature, of: message, key: bytes) }

    private static func withoutSign(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes[31] &= 0x7f
        return bytes
    }

    /// Whether y < 2^255 - 19.
    private static func isBelowPrime(_ bytes: [UInt8]) -> Bool {
        let y = withoutSign(bytes)
        return y[31] != 0x7f || y[1..<31].contains { $0 != 0xff } || y[0] < 0xed
    }

    /// The y of the points of order 1, 2, 4 and 8.
    private static let smallOrder: Set<[UInt8]> = Set(
        [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ].compactMap { Hexadecimal.bytes($0) })
}
