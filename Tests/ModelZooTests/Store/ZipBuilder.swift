/// Writes zip archives of stored entries byte by byte, hostile ones too.
struct ZipBuilder {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// Adds an entry.
    ///
    /// - Parameters:
    ///   - breakChecksum: whether the checksum is wrong.
    ///   - flags: 1 tells that the entry is encrypted, 8 that checksum and sizes follow the content, which they do then.
    ///   - localName: the name before the content, where it differs from the one in the directory.
    ///   - zip64: the size that the directory tells in its 64-bit form, where it has one.
    ///   - offset: where the directory says that the entry is.
    mutating func add(
        _ name: String, _ content: [UInt8], breakChecksum: Bool = false, flags: Int = 0, localName: String? = nil, zip64: Int? = nil,
        offset: Int? = nil
    ) {
        let sum = Self.little(Int(Self.checksum(content)) ^ (breakChecksum ? 1 : 0), 4)
        let size = Self.little(content.count, 4)
        let sizes = sum + size + size
        let isStreamed = flags & 8 != 0
        func common(_ name: [UInt8], _ sizes: [UInt8], extra: Int) -> [UInt8] {
            Self.little(20, 2) + Self.little(flags, 2) + Self.little(0, 6) + sizes + Self.little(name.count, 2) + Self.little(extra, 2)
        }
        let extra = zip64.map { Self.little(1, 2) + Self.little(16, 2) + Self.little($0, 8) + Self.little($0, 8) } ?? []
        let central = Array(name.utf8)
        let local = Array((localName ?? name).utf8)
        directory +=
            [0x50, 0x4b, 1, 2] + Self.little(0x0314, 2)
            + common(central, zip64 == nil ? sizes : sum + Self.little(0xffff_ffff, 4) + Self.little(0xffff_ffff, 4), extra: extra.count)
            + Self.little(0, 6) + Self.little(0o100644 << 16, 4) + Self.little(offset ?? bytes.count, 4) + central + extra
        bytes += [0x50, 0x4b, 3, 4] + common(local, isStreamed ? Self.little(0, 12) : sizes, extra: 0) + local + content
        if isStreamed { bytes += [0x50, 0x4b, 7, 8] + sizes }
        count += 1
    }

    /// The archive with its central directory.
    func finished() -> [UInt8] {
        bytes + directory + [0x50, 0x4b, 5, 6] + Self.little(0, 4) + Self.little(count, 2) + Self.little(count, 2)
            + Self.little(directory.count, 4) + Self.little(bytes.count, 4) + Self.little(0, 2)
    }

    /// The CRC-32 that zip and gzip use.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xffff_ffff
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = (sum >> 1) ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return ~sum
    }

    /// A number of so many bytes, the lowest first.
    static func little(_ number: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
}
