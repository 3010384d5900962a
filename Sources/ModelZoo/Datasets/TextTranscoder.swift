/// Turns text of other encodings into UTF-8, piece by piece.
struct TextTranscoder {
    /// How bytes are read.
    private enum Form {
        case bytes([[UInt8]])
        case units(isBigEndian: Bool)
    }

    private let form: Form
    /// The first byte of a unit that the last piece cut.
    private var half: UInt8?
    /// A high surrogate whose other half is still to come.
    private var high: UInt16?

    /// - Parameters:
    ///   - encoding: any but UTF-8.
    ///   - isBigEndian: the order that a byte order mark told, for UTF-16.
    init(_ encoding: TextEncoding, isBigEndian: Bool = false) {
        switch encoding {
        case .utf8, .latin1: form = .bytes((0...255).map { Array(String(Unicode.Scalar(UInt8($0))).utf8) })
        case .windows1252: form = .bytes((0...255).map { Array(String(TextEncoding.windows1252Scalar(UInt8($0))).utf8) })
        case .utf16, .utf16LittleEndian: form = .units(isBigEndian: isBigEndian)
        case .utf16BigEndian: form = .units(isBigEndian: true)
        }
    }

    /// Appends a piece as UTF-8; false if it is no text in this encoding.
    mutating func append(_ piece: UnsafeRawBufferPointer, to result: inout [UInt8]) -> Bool {
        switch form {
        case .bytes(let table):
            result.reserveCapacity(result.count + piece.count + piece.count / 4)
            for byte in piece { if byte < 0x80 { result.append(byte) } else { result.append(contentsOf: table[Int(byte)]) } }
            return true
        case .units(let isBigEndian):
            result.reserveCapacity(result.count + piece.count)
            for byte in piece {
                guard let first = half else {
                    half = byte
                    continue
                }
                half = nil
                let unit = isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
                guard append(unit, to: &result) else { return false }
            }
            return true
        }
    }

    private mutating func append(_ unit: UInt16, to result: inout [UInt8]) -> Bool {
        if let first = high {
            high = nil
            guard (0xDC00...0xDFFF).contains(unit) else { return false }
            let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
            guard let scalar = Unicode.Scalar(value) else { return false }
            result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return true
        }
        if (0xD800...0xDBFF).contains(unit) {
            high = unit
            return true
        }
        guard unit >= 0x80 else {
            result.append(UInt8(unit))
            return true
        }
        guard let scalar = Unicode.Scalar(unit) else { return false }
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return true
    }

    /// Whether nothing is missing at the end of the text.
    var isComplete: Bool { half == nil && high == nil }
}
