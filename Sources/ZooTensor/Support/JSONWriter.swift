extension JSON {
    /// The document as JSON (RFC 8259) in UTF-8: equal trees give equal bytes.
    ///
    /// Floating point is written with the fewest digits that read back as the same number, a whole one with `.0`, so that it reads back
    /// as `.number`. JSON has no infinite or undefined numbers: they are written as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`,
    /// as the JSON mapping of Protocol Buffers does. Control characters, the quote and the backslash are escaped, nothing else is.
    ///
    /// - Parameters:
    ///   - pretty: one member a line, indented by two spaces; else no whitespace at all.
    ///   - sortedKeys: members ordered by the bytes of their keys; else in their own order.
    ///   - bareNonFinite: infinite and undefined numbers as Python writes them, without quotes, which is no JSON.
    public func serialized(pretty: Bool = false, sortedKeys: Bool = false, bareNonFinite: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty, sortedKeys: sortedKeys, bareNonFinite: bareNonFinite)
        // A small file at once; larger ones grow.
        writer.bytes.reserveCapacity(4096)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// The document as JSON text (see ``serialized(pretty:sortedKeys:)``).
    public func serializedText(pretty: Bool = false, sortedKeys: Bool = false) -> String {
        String(decoding: serialized(pretty: pretty, sortedKeys: sortedKeys), as: UTF8.self)
    }
}

/// Collects the bytes of a JSON document.
private struct JSONWriter {
    let pretty: Bool
    let sortedKeys: Bool
    let bareNonFinite: Bool
    var bytes: [UInt8] = []

    init(pretty: Bool, sortedKeys: Bool, bareNonFinite: Bool) {
        self.pretty = pretty
        self.sortedKeys = sortedKeys
        self.bareNonFinite = bareNonFinite
    }

    mutating func write(_ value: JSON, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                breakLine(depth + 1)
                write(element, depth: depth + 1)
            }
            if !elements.isEmpty { breakLine(depth) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var members = object.members
            if sortedKeys && !isSorted(members) { members.sort { precedesByBytes($0.key, $1.key) } }
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                breakLine(depth + 1)
                write(member.key)
                bytes.append(UInt8(ascii: ":"))
                if pretty { bytes.append(0x20) }
                write(member.value, depth: depth + 1)
            }
            if !members.isEmpty { breakLine(depth) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Whether the keys are in order already, as those of a document that was written so.
    private func isSorted(_ members: [KeyedList<JSON>.Member]) -> Bool {
        members.indices.dropFirst().allSatisfy { precedesByBytes(members[$0 - 1].key, members[$0].key) }
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func breakLine(_ depth: Int) {
        guard pretty else { return }
        bytes.append(0x0a)
        for _ in 0..<2 * depth { bytes.append(0x20) }
    }

    private mutating func write(_ number: Double) {
        if number.isFinite {
            append(number.description)
        } else if bareNonFinite {
            append(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        } else {
            write(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        var text = text
        // Most texts have nothing to be escaped.
        let isPlain = text.withUTF8 { buffer in
            guard buffer.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else { return false }
            bytes.append(contentsOf: buffer)
            return true
        }
        if isPlain { return }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0a: append("\\n")
            case 0x0c: append("\\f")
            case 0x0d: append("\\r")
            case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "1") + String(byte & 15, radix: 16))
            default: bytes.append(byte)
            }
        }
    }
}
