/// Writes small tar and zip archives byte by byte.
enum TarBytes {
    /// A ustar archive of regular files.
    static func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in files {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: some Sequence<UInt8>, at offset: Int) {
                for (index, byte) in text.enumerated() { header[offset + index] = byte }
            }
            func octal(_ number: Int, _ digits: Int) -> [UInt8] {
                let text = String(number, radix: 8)
                return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
            }
            put(name.utf8.prefix(100), at: 0)
            put(octal(0o644, 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(content.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("0".utf8, at: 156)
            put("ustar\u{0}00".utf8, at: 257)
            bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        bytes += [UInt8](repeating: 0, count: 1024)
        repairChecksums(&bytes)
        return bytes
    }

    /// Writes the sums of all headers anew, as far as the sizes lead to headers.
    static func repairChecksums(_ bytes: inout [UInt8]) {
        var offset = 0
        while offset + 512 <= bytes.count, bytes[offset..<offset + 512].contains(where: { $0 != 0 }) {
            for index in 148..<156 { bytes[offset + index] = 0x20 }
            let sum = bytes[offset..<offset + 512].reduce(0) { $0 + Int($1) }
            let text = String(sum, radix: 8)
            let digits = Array((String(repeating: "0", count: max(0, 6 - text.count)) + text).utf8) + [0, 0x20]
            for (index, digit) in digits.prefix(8).enumerated() { bytes[offset + 148 + index] = digit }
            var size = 0
            for byte in bytes[offset + 124..<offset + 135] where (0x30...0x37).contains(byte) {
                size = min(size * 8 + Int(byte & 7), 1 << 40)
            }
            offset += 512 + (size + 511) / 512 * 512
        }
    }

    /// A zip archive of stored files.
    static func zip(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in files {
            let fields =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(Int(checksum(content)), 4) + little(content.count, 4)
                + little(content.count, 4) + little(name.utf8.count, 2) + little(0, 2)
            directory += [0x50, 0x4b, 1, 2] + little(20, 2) + fields + little(0, 10) + little(bytes.count, 4) + Array(name.utf8)
            bytes += [0x50, 0x4b, 3, 4] + fields + Array(name.utf8) + content
        }
        let start = bytes.count
        bytes += directory
        bytes +=
            [0x50, 0x4b, 5, 6] + little(0, 4) + little(files.count, 2) + little(files.count, 2) + little(directory.count, 4)
            + little(start, 4) + [0, 0]
        return bytes
    }

    /// A gzip file with stored blocks.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var start = 0
        repeat {
            let end = min(bytes.count, start + 65_535)
            result += [end == bytes.count ? 1 : 0] + little(end - start, 2) + little(~(end - start), 2) + bytes[start..<end]
            start = end
        } while start < bytes.count
        return result + little(Int(checksum(bytes)), 4) + little(bytes.count, 4)
    }

    /// CRC-32.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xffff_ffff
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
