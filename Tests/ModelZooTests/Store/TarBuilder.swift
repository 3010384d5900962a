/// Writes tar archives byte by byte, hostile ones too.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    /// Adds an entry with a ustar header.
    mutating func add(
        _ name: [UInt8], _ content: [UInt8] = [], type: Character = "0", link: String = "", mode: Int = 0o644, size: Int? = nil,
        breakChecksum: Bool = false
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Sequence<UInt8>, at offset: Int, limit: Int) {
            for (index, byte) in text.prefix(limit).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(name, at: 0, limit: 100)
        put(octal(mode, digits: 7), at: 100, limit: 7)
        put(octal(0, digits: 7), at: 108, limit: 7)
        put(octal(0, digits: 7), at: 116, limit: 7)
        put(octal(size ?? content.count, digits: 11), at: 124, limit: 11)
        put(octal(0, digits: 11), at: 136, limit: 11)
        put(Array("        ".utf8), at: 148, limit: 8)
        put(String(type).utf8, at: 156, limit: 1)
        put(link.utf8, at: 157, limit: 100)
        put(Array("ustar\u{0}00".utf8), at: 257, limit: 8)
        let sum = header.reduce(0) { $0 + Int($1) } + (breakChecksum ? 1 : 0)
        put(octal(sum, digits: 6) + [0, 0x20], at: 148, limit: 8)
        bytes += header + content
        if content.count % 512 != 0 { bytes += [UInt8](repeating: 0, count: 512 - content.count % 512) }
    }

    /// Adds an entry with a ustar header.
    mutating func add(_ name: String, _ content: [UInt8] = [], type: Character = "0", link: String = "", mode: Int = 0o644) {
        add(Array(name.utf8), content, type: type, link: link, mode: mode)
    }

    /// Adds a pax extended header with these records for the next entry.
    mutating func addPax(_ records: [(key: String, value: String)]) {
        var content: [UInt8] = []
        for (key, value) in records {
            let rest = " \(key)=\(value)\n".utf8.count
            var length = rest
            while length != rest + String(length).utf8.count { length = rest + String(length).utf8.count }
            content += Array("\(length) \(key)=\(value)\n".utf8)
        }
        add("PaxHeader/x", content, type: "x")
    }

    /// The archive with its end marker.
    func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
