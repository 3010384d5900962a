import Crypto
public import ZooTensor

/// The SHA-256 of some bytes. Made only by hashing or from `sha256:` and 64 lower-case hexadecimal digits, so it is safe as a file name.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 64 lower-case hexadecimal digits.
    public let hex: String

    private init(hex: String) { self.hex = hex }

    /// Reads `sha256:` and 64 lower-case hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        let prefix: StaticString = "sha256:"
        var text = text
        let hex: String? = text.withUTF8 { bytes in
            guard bytes.count == prefix.utf8CodeUnitCount + 64 else { return nil }
            for index in 0..<prefix.utf8CodeUnitCount where bytes[index] != prefix.utf8Start[index] { return nil }
            let digits = UnsafeBufferPointer(rebasing: bytes[prefix.utf8CodeUnitCount...])
            for byte in digits where !((0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)) { return nil }
            return String(decoding: digits, as: UTF8.self)
        }
        guard let hex else { return nil }
        self.init(hex: hex)
    }

    /// The digest of bytes in memory.
    public init(hashing bytes: some Sequence<UInt8>) {
        var hasher = DigestHasher()
        let array = Array(bytes)
        array.withUnsafeBytes { hasher.update($0) }
        self = hasher.finalize()
    }

    fileprivate init(_ sum: SHA256.Digest) {
        hex = Hexadecimal.text(sum)
    }

    /// The digest of a file's bytes, read in pieces of 1 MiB.
    public static func ofFile(_ path: String) throws(FileError) -> Digest {
        var hasher = DigestHasher()
        try OpenFile(path).readPieces { (piece) throws(FileError) in hasher.update(piece) }
        return hasher.finalize()
    }

    /// `sha256:` and the digits.
    public var description: String { "sha256:" + hex }

    /// The first twelve digits, for tables.
    public var short: String { String(hex.prefix(12)) }

    /// By the digits.
    public static func < (left: Digest, right: Digest) -> Bool { left.hex < right.hex }
}

/// Hashes bytes that come in pieces.
public struct DigestHasher: Sendable {
    private var hasher = SHA256()

    /// A hasher that has seen nothing.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ buffer: UnsafeRawBufferPointer) { hasher.update(bufferPointer: buffer) }

    /// Adds the UTF-8 of a text.
    public mutating func update(text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of all bytes added.
    public func finalize() -> Digest { Digest(hasher.finalize()) }
}

extension OpenFile {
    /// Hands over the file's bytes in order, in pieces of at most 1 MiB.
    package func readPieces(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, min(byteCount, 1 << 20)), alignment: 64)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < byteCount {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, byteCount - offset)])
            try read(into: piece, at: offset)
            try body(UnsafeRawBufferPointer(piece))
            offset += piece.count
        }
    }
}
