/// Why a text is not a JSON document that we read.
public struct JSONError: ZooError, Equatable {
    /// The rule that does not hold.
    public enum Reason: Sendable, Equatable {
        /// The document is longer than the limit.
        case tooLarge(bytes: Int, limit: Int)
        /// Arrays and objects lie deeper inside each other than the limit.
        case tooDeep(limit: Int)
        /// Another character than the grammar wants.
        case unexpected(expected: String, found: String)
        /// A byte that is not part of valid UTF-8.
        case invalidUTF8(found: String)
        /// A byte order mark at the start.
        case byteOrderMark
        /// Something after the document.
        case trailing(found: String)
        /// NUL bytes around the document.
        case padding
        /// An unescaped control character in a string.
        case controlCharacter(found: String)
        /// A backslash followed by something that is no escape.
        case escape(found: String)
        /// Half of a UTF-16 surrogate pair.
        case loneSurrogate(found: String)
        /// A key that its object has already.
        case duplicateKey(String)
        /// A number beyond the range of 64-bit floating point.
        case numberOutOfRange(found: String)
        /// A number of too many digits.
        case numberTooLong(limit: Int)
    }

    /// The rule that does not hold.
    public let reason: Reason
    /// The file, if the document is one.
    public let file: String?
    /// The line, counted from 1.
    public let line: Int
    /// The byte, counted from 0.
    public let offset: Int

    /// An error at a byte of a document.
    public init(_ reason: Reason, file: String?, line: Int, offset: Int) {
        self.reason = reason
        self.file = file
        self.line = line
        self.offset = offset
    }

    /// `format.` and the rule that does not hold.
    public var code: String {
        switch reason {
        case .tooLarge: "format.json_too_large"
        case .tooDeep: "format.json_too_deep"
        case .unexpected: "format.json_syntax"
        case .invalidUTF8: "format.json_utf8"
        case .byteOrderMark: "format.json_byte_order_mark"
        case .trailing: "format.json_trailing"
        case .padding: "format.json_padding"
        case .controlCharacter: "format.json_control_character"
        case .escape: "format.json_escape"
        case .loneSurrogate: "format.json_surrogate"
        case .duplicateKey: "format.json_duplicate_key"
        case .numberOutOfRange, .numberTooLong: "format.json_number"
        }
    }

    /// Always ``ExitCode/format``.
    public var exitCode: ExitCode { .format }

    /// The rule, what was expected and what was found.
    public var message: String {
        let text =
            switch reason {
            case .tooLarge(let bytes, let limit): "the JSON document has \(bytes) bytes, at most \(limit) are allowed here"
            case .tooDeep(let limit): "arrays and objects lie more than \(limit) deep inside each other"
            case .unexpected(let expected, let found): "expected \(expected), found \(found)"
            case .invalidUTF8(let found): "expected valid UTF-8, found \(found)"
            case .byteOrderMark: "expected JSON, found a byte order mark"
            case .trailing(let found): "expected the end of the JSON document, found \(found)"
            case .padding: "expected spaces as padding around the JSON document, found NUL bytes"
            case .controlCharacter(let found): "expected control characters in strings to be escaped, found \(found)"
            case .escape(let found): "expected an escape sequence of JSON, found \(found)"
            case .loneSurrogate(let found): "expected a pair of surrogates, found \(found) alone"
            case .duplicateKey(let key): "expected unique keys, found \"\(printable(key))\" twice in one object"
            case .numberOutOfRange(let found): "expected a number in the range of 64-bit floating point, found \(printable(found))"
            case .numberTooLong(let limit): "expected a number of at most \(limit) characters, found a longer one"
            }
        return text + " (byte \(offset))"
    }

    /// The file, the line, and the key that is there twice.
    public var place: Place? {
        if case .duplicateKey(let key) = reason { return Place(file: file, entry: key, line: line) }
        return Place(file: file, line: line)
    }
}
