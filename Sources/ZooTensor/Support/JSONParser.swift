extension JSON {
    /// Reads a JSON document (RFC 8259), strictly: valid UTF-8 without byte order mark, unique keys, no lone surrogates, nothing but
    /// JSON whitespace around the value.
    ///
    /// Whole numbers that fit become `.integer` (also `-0`, as 0), all others `.number`.
    ///
    /// - Parameters:
    ///   - limits: the depth and size that are accepted.
    ///   - file: the name that errors tell.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits(), file: String? = nil) throws(JSONError)
        -> JSON
    {
        var parser = JSONParser(bytes: bytes.bindMemory(to: UInt8.self), limits: limits, file: file)
        return try parser.parseDocument()
    }

    /// Reads a JSON document (RFC 8259), strictly: valid UTF-8 without byte order mark, unique keys, no lone surrogates, nothing but
    /// JSON whitespace around the value.
    ///
    /// Whole numbers that fit become `.integer` (also `-0`, as 0), all others `.number`.
    ///
    /// - Parameters:
    ///   - limits: the depth and size that are accepted.
    ///   - file: the name that errors tell.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits(), file: String? = nil) throws(JSONError) -> JSON {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            var parser = JSONParser(bytes: buffer, limits: limits, file: file)
            return try parser.parseDocument()
        }
    }

    /// Reads a JSON file.
    ///
    /// - Throws: `FileError`, `JSONError`.
    public static func read(_ path: String, limits: JSONLimits = JSONLimits()) throws -> JSON {
        try parse(readFile(path, limit: limits.byteCount), limits: limits, file: path)
    }
}

/// One run over a JSON document.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    let file: String?
    var position = 0
    /// The bytes of a string with escapes.
    var unescaped: [UInt8] = []

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits, file: String?) {
        self.bytes = bytes
        self.limits = limits
        self.file = file
    }

    mutating func parseDocument() throws(JSONError) -> JSON {
        guard bytes.count <= limits.byteCount else { throw error(.tooLarge(bytes: bytes.count, limit: limits.byteCount), 0) }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw error(.byteOrderMark, 0) }
        skipWhitespace()
        if position < bytes.count && bytes[position] == 0 { throw error(.padding, position) }
        let value = try parseValue(depth: 0)
        skipWhitespace()
        if position < bytes.count {
            if bytes[position] == 0 { throw error(.padding, position) }
            throw error(.trailing(found: found(position)), position)
        }
        return value
    }

    mutating func parseValue(depth: Int) throws(JSONError) -> JSON {
        guard position < bytes.count else { throw unexpected("a value") }
        switch bytes[position] {
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "{"): return try parseObject(depth: depth + 1)
        case UInt8(ascii: "["): return try parseArray(depth: depth + 1)
        case UInt8(ascii: "N") where limits.allowsNonFinite: return try parseWord("NaN", .number(.nan))
        case UInt8(ascii: "I") where limits.allowsNonFinite: return try parseWord("Infinity", .number(.infinity))
        case UInt8(ascii: "-") where limits.allowsNonFinite && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
            return try parseWord("-Infinity", .number(-.infinity))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: throw unexpected("a value")
        }
    }

    mutating func parseObject(depth: Int) throws(JSONError) -> JSON {
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth), position) }
        position += 1
        var list = KeyedList<JSON>()
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(JSONObject(list)) }
        while true {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let start = position
            let key = try parseString()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("\":\" after a key") }
            skipWhitespace()
            guard list.append(key, try parseValue(depth: depth)) else { throw error(.duplicateKey(key), start) }
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            if take(UInt8(ascii: "}")) { return .object(JSONObject(list)) }
            throw unexpected("\",\" or \"}\"")
        }
    }

    mutating func parseArray(depth: Int) throws(JSONError) -> JSON {
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth), position) }
        position += 1
        var elements: [JSON] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try parseValue(depth: depth))
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            if take(UInt8(ascii: "]")) { return .array(elements) }
            throw unexpected("\",\" or \"]\"")
        }
    }

    mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length,
            UnsafeBufferPointer(start: word.utf8Start, count: length).elementsEqual(bytes[position..<position + length])
        else { throw unexpected("a value") }
        position += length
        return value
    }
}

// Characters and errors.
extension JSONParser {
    mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    func unexpected(_ expected: String) -> JSONError {
        guard position < bytes.count else { return error(.unexpected(expected: expected, found: "the end"), position) }
        if bytes[position] >= 0x80 && scalar(position) == nil { return error(.invalidUTF8(found: hexadecimalName(position)), position) }
        return error(.unexpected(expected: expected, found: found(position)), position)
    }

    /// The error of a string that is not valid UTF-8 and starts at `start`.
    func invalidUTF8(_ start: Int) -> JSONError {
        var index = start
        while index < bytes.count {
            guard let scalar = scalar(index) else { break }
            index += UTF8.width(scalar)
        }
        return error(.invalidUTF8(found: index < bytes.count ? hexadecimalName(index) : "the end"), index)
    }

    /// The scalar at `index`, nil if the bytes are not valid.
    func scalar(_ index: Int) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes[index..<min(index + 4, bytes.count)].makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
        return nil
    }

    /// What stands at `index`, for messages.
    func found(_ index: Int) -> String {
        guard index < bytes.count else { return "the end" }
        guard let scalar = scalar(index), scalar.value >= 0x20 else { return hexadecimalName(index) }
        return scalar == "\"" ? "a quote" : "\"" + printable(String(scalar)) + "\""
    }

    func hexadecimalName(_ index: Int) -> String {
        let digits = String(bytes[index], radix: 16)
        return "the byte 0x" + (digits.utf8.count < 2 ? "0" : "") + digits
    }

    func error(_ reason: JSONError.Reason, _ offset: Int) -> JSONError {
        let line = 1 + bytes[..<min(offset, bytes.count)].count { $0 == 0x0a }
        return JSONError(reason, file: file, line: line, offset: offset)
    }
}
