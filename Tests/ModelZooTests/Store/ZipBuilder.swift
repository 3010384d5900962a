/// Writes zip archives of stored entries byte by byte, hostile ones too.
struct ZipBuilder {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// Adds an entry, whose checksum may be wrong and whose flags may tell that it is encrypted.
    mutating func add(_ name: String, _ content: [UInt8], breakChecksum: Bool = false, flags: Int = 0) {
        let name = Array(name.utf8)
        let sum = Int(Self.checksum(content)) ^ (breakChecksum ? 1 : 0)
        let common =
            Self.little(20, 2) + Self.little(flags, 2) + Self.little(0, 6) + Self.little(sum, 4) + Self.little(content.count, 4)
            + Self.little(content.count, 4) + Self.little(name.count, 2) + Self.little(0, 2)
        directory +=
            [0x50, 0x4b, 1, 2] + Self.little(0x0314, 2) + common + Self.little(0, 6) + Self.little(0o100644 << 16, 4)
            + Self.little(bytes.count, 4) + name
        bytes += [0x50, 0x4b, 3, 4] + common + name + content
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
