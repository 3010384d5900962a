/// The encodings of text files that are read.
public enum TextEncoding: String, Sendable, Hashable, CaseIterable {
    /// UTF-8, with or without a byte order mark.
    case utf8 = "utf-8"
    /// UTF-16 in the order that its byte order mark tells, little-endian without one.
    case utf16 = "utf-16"
    /// UTF-16, the low byte first.
    case utf16LittleEndian = "utf-16le"
    /// UTF-16, the high byte first.
    case utf16BigEndian = "utf-16be"
    /// ISO 8859-1: each byte is the character of that number.
    case latin1 = "latin-1"
    /// Windows-1252, the usual encoding of western European files from Windows. Its five bytes without a character (81, 8D, 8F, 90, 9D)
    /// become control characters, as the WHATWG encoding standard has it.
    case windows1252 = "windows-1252"

    /// The encoding of a name in any case, with or without hyphens: `UTF-8`, `latin1`, `ISO-8859-1`, `cp1252`.
    public init?(name: String) {
        switch name.lowercased().filter({ $0 != "-" && $0 != "_" && $0 != " " }) {
        case "utf8", "utf8sig", "ascii", "usascii": self = .utf8
        case "utf16", "ucs2", "unicode": self = .utf16
        case "utf16le", "ucs2le": self = .utf16LittleEndian
        case "utf16be", "ucs2be": self = .utf16BigEndian
        case "latin1", "iso88591", "l1": self = .latin1
        case "windows1252", "cp1252", "ansi", "win1252": self = .windows1252
        default: return nil
        }
    }

    /// The name in a sentence.
    public var words: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16, .utf16LittleEndian, .utf16BigEndian: "UTF-16"
        case .latin1: "Latin-1"
        case .windows1252: "Windows-1252"
        }
    }

    /// The character of a byte in Windows-1252.
    ///
    /// Source: WHATWG Encoding Standard, index-windows-1252.
    static func windows1252Scalar(_ byte: UInt8) -> Unicode.Scalar {
        guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(upperScalars[Int(byte) - 0x80]) ?? "\u{FFFD}"
    }

    private static let upperScalars: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]
}
