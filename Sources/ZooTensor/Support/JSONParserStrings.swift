// Strings of a JSON document.
extension JSONParser {
    /// Reads a string; `position` is at its opening quote.
    mutating func parseString() throws(JSONError) -> String {
        let start = position + 1
        var index = start
        var joined: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                position = index + 1
                let text = UnsafeBufferPointer(rebasing: bytes[start..<index])
                if joined < 0x80 { return String(decoding: text, as: UTF8.self) }
                if let string = String(validating: text, as: UTF8.self) { return string }
                throw invalidUTF8(start)
            }
            if byte == UInt8(ascii: "\\") { return try parseEscapedString(start, index) }
            if byte < 0x20 { throw error(.controlCharacter(found: found(index)), index) }
            joined |= byte
            index += 1
        }
        throw error(.unexpected(expected: "the closing quote of a string", found: "the end"), bytes.count)
    }

    /// Reads a string that has its first backslash at `index`.
    private mutating func parseEscapedString(_ start: Int, _ first: Int) throws(JSONError) -> String {
        unescaped.removeAll(keepingCapacity: true)
        unescaped.append(contentsOf: bytes[start..<first])
        var index = first
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                position = index + 1
                guard let string = String(validating: unescaped, as: UTF8.self) else { throw invalidUTF8(start) }
                return string
            }
            if byte < 0x20 { throw error(.controlCharacter(found: found(index)), index) }
            if byte != UInt8(ascii: "\\") {
                unescaped.append(byte)
                index += 1
                continue
            }
            guard index + 1 < bytes.count else { break }
            switch bytes[index + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(bytes[index + 1])
            case UInt8(ascii: "b"): unescaped.append(0x08)
            case UInt8(ascii: "f"): unescaped.append(0x0c)
            case UInt8(ascii: "n"): unescaped.append(0x0a)
            case UInt8(ascii: "r"): unescaped.append(0x0d)
            case UInt8(ascii: "t"): unescaped.append(0x09)
            case UInt8(ascii: "u"):
                index = try parseUnicodeEscape(index)
                continue
            default: throw error(.escape(found: "a backslash before \(found(index + 1))"), index)
            }
            index += 2
        }
        throw error(.unexpected(expected: "the closing quote of a string", found: "the end"), bytes.count)
    }

    /// Reads `\uXXXX` at `index`, or a pair of surrogates.
    ///
    /// - Returns: where the text goes on.
    private mutating func parseUnicodeEscape(_ index: Int) throws(JSONError) -> Int {
        let unit = try hexadecimal(index)
        var value = UInt32(unit)
        var next = index + 6
        if unit & 0xf800 == 0xd800 {
            let name = "\\u" + String(unit, radix: 16)
            guard unit < 0xdc00, next + 1 < bytes.count, bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u") else {
                throw error(.loneSurrogate(found: name), index)
            }
            let second = try hexadecimal(next)
            guard second & 0xfc00 == 0xdc00 else { throw error(.loneSurrogate(found: name), index) }
            value = 0x10000 + (UInt32(unit & 0x3ff) << 10 | UInt32(second & 0x3ff))
            next += 6
        }
        // Not a surrogate any more, so always a scalar.
        if let scalar = Unicode.Scalar(value) { unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }
        return next
    }

    /// The four digits after `\u` at `index`.
    private func hexadecimal(_ index: Int) throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for place in index + 2..<index + 6 {
            guard place < bytes.count else { throw error(.escape(found: "\\u before the end"), index) }
            let digit: UInt8
            switch bytes[place] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[place] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[place] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[place] - UInt8(ascii: "A") + 10
            default: throw error(.escape(found: "\\u before \(found(place)) in place of a hexadecimal digit"), index)
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
