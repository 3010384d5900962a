/// How a table is written, as far as the caller knows; the rest is found by looking.
public struct TableDialect: Sendable, Hashable {
    /// The byte between two fields; nil: the one that the format or the file itself shows.
    public var delimiter: UInt8?
    /// The encoding; nil: UTF-8, or UTF-16 where a byte order mark says so.
    public var encoding: TextEncoding?

    /// A dialect of which nothing, a part or all is known.
    public init(delimiter: UInt8? = nil, encoding: TextEncoding? = nil) {
        self.delimiter = delimiter
        self.encoding = encoding
    }

    /// The byte that a name or character stands for: `tab`, `comma`, `semicolon`, `pipe`, `space`, `\t`, or one character of ASCII that may
    /// stand between fields: no letter, digit, quote or line end.
    public static func delimiter(named name: String) -> UInt8? {
        switch name.lowercased() {
        case "tab", "\\t": return 0x09
        case "comma": return UInt8(ascii: ",")
        case "semicolon": return UInt8(ascii: ";")
        case "pipe": return UInt8(ascii: "|")
        case "colon": return UInt8(ascii: ":")
        case "space": return 0x20
        default:
            let bytes = Array(name.utf8)
            guard bytes.count == 1, let byte = bytes.first, byte < 0x7F, byte >= 0x20 || byte == 0x09 || byte == 0x01 || byte == 0x1F,
                byte != UInt8(ascii: "\""), !Unicode.Scalar(byte).properties.isAlphabetic, !(0x30...0x39).contains(byte)
            else { return nil }
            return byte
        }
    }

    /// A delimiter in a sentence, for the fields that stand between two.
    static func words(_ delimiter: UInt8) -> String {
        switch delimiter {
        case 0x09: "tabs"
        case UInt8(ascii: ","): "commas"
        case UInt8(ascii: ";"): "semicolons"
        case UInt8(ascii: "|"): "vertical bars"
        case 0x20: "spaces"
        case let byte: "\"\(printable(byte))\""
        }
    }

    private static func printable(_ byte: UInt8) -> String { String(Unicode.Scalar(byte)) }
}
