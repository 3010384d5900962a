import ZooTensor

/// Cuts JSON objects out of a file one after the other: those of an array, or objects that follow each other. In memory are one piece of the
/// file and one object.
struct JSONValueScanner {
    private let stream: TextStream
    private let limit: Int
    private var piece: [UInt8] = []
    private var position = 0
    private var line = 1
    private var afterReturn = false
    private var isStarted = false
    /// Whether the objects are those of an array.
    private(set) var isArray = false
    private var isEnded = false
    private var count = 0

    init(_ stream: TextStream, limit: Int) {
        self.stream = stream
        self.limit = limit
    }

    /// Reads the next value into `row`; false after the last one.
    ///
    /// - Throws: `DatasetError.malformedJSON` for what stands between values.
    mutating func next(_ row: inout ScannedRow) throws(DatasetError) -> Bool {
        row.bytes.removeAll(keepingCapacity: true)
        if !isStarted {
            guard let byte = try peekPastSpace() else { throw .empty(path: stream.path) }
            isStarted = true
            if byte == UInt8(ascii: "[") {
                isArray = true
                advance()
            }
        }
        guard var byte = try peekPastSpace() else {
            if isArray && !isEnded { throw malformed("the array is not closed before the end of the file") }
            return false
        }
        if isEnded { throw malformed("something follows the end of the array") }
        if isArray {
            if byte == UInt8(ascii: "]") {
                advance()
                isEnded = true
                return try next(&row)
            }
            if count > 0 {
                guard byte == UInt8(ascii: ",") else { throw malformed("expected a comma or ] after a value of the array") }
                advance()
                guard let following = try peekPastSpace() else { throw malformed("the array is not closed before the end of the file") }
                byte = following
            }
        }
        count += 1
        row.line = line
        try copyValue(byte, into: &row)
        return true
    }

    /// Copies a value: up to the bracket that closes it, or up to what may follow a value without brackets.
    private mutating func copyValue(_ first: UInt8, into row: inout ScannedRow) throws(DatasetError) {
        var depth = 0
        var inString = false
        var isEscaped = false
        while let byte = try peek() {
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return }
                    depth -= 1
                case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                    if depth == 0 { return }
                default: break
                }
            }
            row.bytes.append(byte)
            advance()
            guard row.bytes.count <= limit else { throw .rowTooLarge(path: stream.path, line: row.line, limit: limit) }
            if depth == 0 && !inString && (byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")) { return }
        }
    }

    private func malformed(_ reason: String) -> DatasetError { .malformedJSON(path: stream.path, line: line, reason: reason) }

    private mutating func peek() throws(DatasetError) -> UInt8? {
        if position == piece.count {
            piece = try stream.read()
            position = 0
            if piece.isEmpty { return nil }
        }
        return piece[position]
    }

    private mutating func advance() {
        let byte = piece[position]
        if byte == 0x0D || byte == 0x0A && !afterReturn { line += 1 }
        afterReturn = byte == 0x0D
        position += 1
    }

    private mutating func peekPastSpace() throws(DatasetError) -> UInt8? {
        while let byte = try peek() {
            guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
            advance()
        }
        return nil
    }
}
