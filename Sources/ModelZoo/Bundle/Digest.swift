import COpenSSL
public import ZooTensor

/// The SHA-256 of some bytes. Made only by hashing or from `sha256:` and 64 lower-case hexadecimal digits, so it is safe as a file name.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 32 bytes, the first ones in the highest places of the first word. No SIMD vector: memory was damaged when digests had its alignment.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    private init(words word: (_ index: Int) -> UInt64) { words = (word(0), word(1), word(2), word(3)) }

    /// Reads `sha256:` and 64 lower-case hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        let prefix: StaticString = "sha256:"
        var text = text
        let digest: Digest? = text.withUTF8 { bytes in
            guard bytes.count == prefix.utf8CodeUnitCount + 64 else { return nil }
            for index in 0..<prefix.utf8CodeUnitCount where bytes[index] != prefix.utf8Start[index] { return nil }
            let digits = bytes[prefix.utf8CodeUnitCount...]
            guard digits.allSatisfy({ Hexadecimal.value($0) != nil }) else { return nil }
            return Digest { index in
                digits.dropFirst(16 * index).prefix(16).reduce(0) { $0 << 4 | UInt64(Hexadecimal.value($1) ?? 0) }
            }
        }
        guard let digest else { return nil }
        self = digest
    }

    /// The digest of bytes in memory.
    public init(hashing bytes: some Sequence<UInt8>) {
        var hasher = DigestHasher()
        let array = Array(bytes)
        array.withUnsafeBytes { hasher.update($0) }
        self = hasher.finalize()
    }

    fileprivate init(sum: UnsafeBufferPointer<UInt8>) {
        self.init { UInt64(bigEndian: UnsafeRawBufferPointer(sum).loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
    }

    /// The 64 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { digits in
            func write(_ word: UInt64, at place: Int) {
                for index in 0..<16 {
                    digits[place + index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index) & 15))
                }
            }
            write(words.0, at: 0)
            write(words.1, at: 16)
            write(words.2, at: 32)
            write(words.3, at: 48)
            return 64
        }
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
    public static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

    /// True for the same digits.
    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// All of it: who makes up digests must not be able to make them collide.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// Hashes bytes that come in pieces.
public struct DigestHasher: Sendable {
    private var state = SHA256_CTX()

    /// A hasher that has seen nothing.
    public init() { SHA256_Init(&state) }

    /// Adds bytes.
    public mutating func update(_ buffer: UnsafeRawBufferPointer) { SHA256_Update(&state, buffer.baseAddress, buffer.count) }

    /// Adds the UTF-8 of a text.
    public mutating func update(text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of all bytes added.
    public func finalize() -> Digest {
        var state = state
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { sum in
            SHA256_Final(sum.baseAddress, &state)
            return Digest(sum: UnsafeBufferPointer(sum))
        }
    }
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
