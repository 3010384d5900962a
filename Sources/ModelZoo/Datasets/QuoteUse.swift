import ZooTensor

/// What double quotes mean in a file whose format does not say it, decided as a reader of CSV would, by all of the file.
///
/// Quotes stand around fields if every field that begins with one ends with one, quotes in it being doubled. They are plain characters if some
/// do not, as in sentences that begin with a quotation; or if they are few, and all lines have the same number of fields with plain quotes,
/// where otherwise one field would swallow lines.
struct QuoteUse {
    /// Whether quotes stand around fields.
    let isQuoting: Bool
    /// The number of fields that stand in quotes, with what stands between being read so or not.
    private let quotedCount: Int
    /// A line with a quote that opens a field and is no quote around it; 0 for none.
    private let plainLine: Int

    /// Reads a file to its end.
    init(_ stream: TextStream, delimiter: UInt8) throws(DatasetError) {
        var scan = Scan(delimiter: delimiter)
        while true {
            let piece = try stream.read()
            if piece.isEmpty { break }
            scan.add(piece)
            if scan.plainLine > 0 && scan.quotedCount > 0 { break }
        }
        scan.finish()
        quotedCount = scan.quotedCount
        if scan.plainLine > 0 {
            plainLine = scan.plainLine
            isQuoting = false
        } else {
            let isRare = scan.quotedCount * 2 < scan.plainFieldCount
            plainLine = scan.hasBreaks && scan.isRegular && isRare ? scan.firstBreak : 0
            isQuoting = plainLine == 0 && scan.quotedCount > 0
        }
    }

    /// What a person should know.
    func note(_ name: String) -> String? {
        if isQuoting {
            return "quotes around fields are taken off in \(name) (\(counted(quotedCount, "field")))"
        }
        guard quotedCount > 0 else { return nil }
        return "quotes are plain characters in \(name): the one that opens a field on line \(plainLine) is not closed at the field's end"
    }

    /// The state between two pieces of the file.
    private struct Scan {
        private enum State {
            case fieldStart, plain, quoted, afterQuote
        }

        let delimiter: UInt8
        private(set) var quotedCount = 0
        private(set) var plainLine = 0
        /// Whether a line end or a delimiter stands within quotes, and the line of the first.
        var hasBreaks: Bool { firstBreak > 0 }
        private(set) var firstBreak = 0
        /// Whether all lines have the same number of delimiters when quotes are plain.
        private(set) var isRegular = true

        private var state = State.fieldStart
        private var line = 1
        private var afterReturn = false
        private var quoteLine = 1
        private var delimiters = 0
        private var isBlank = true
        private var expected: Int?
        /// The number of fields when quotes are plain.
        private(set) var plainFieldCount = 0

        init(delimiter: UInt8) { self.delimiter = delimiter }

        mutating func add(_ piece: [UInt8]) {
            let quote = UInt8(ascii: "\"")
            piece.withUnsafeBufferPointer { bytes in
                for byte in bytes {
                    let isEnd = byte == 0x0A || byte == 0x0D
                    switch state {
                    case .fieldStart, .plain:
                        if byte == quote && state == .fieldStart {
                            state = .quoted
                            quoteLine = line
                        } else {
                            state = isEnd || byte == delimiter ? .fieldStart : .plain
                        }
                    case .quoted:
                        if byte == quote {
                            state = .afterQuote
                        } else if (isEnd || byte == delimiter) && firstBreak == 0 {
                            firstBreak = quoteLine
                        }
                    case .afterQuote:
                        if byte == quote {
                            state = .quoted
                        } else if isEnd || byte == delimiter {
                            quotedCount += 1
                            state = .fieldStart
                        } else {
                            if plainLine == 0 { plainLine = quoteLine }
                            state = .plain
                        }
                    }
                    if isEnd {
                        endLine()
                        if !(byte == 0x0A && afterReturn) { line += 1 }
                    } else {
                        isBlank = false
                        if byte == delimiter { delimiters += 1 }
                    }
                    afterReturn = byte == 0x0D
                }
            }
        }

        private mutating func endLine() {
            if !isBlank {
                plainFieldCount += delimiters + 1
                if let expected { isRegular = isRegular && expected == delimiters } else { expected = delimiters }
            }
            delimiters = 0
            isBlank = true
        }

        mutating func finish() {
            endLine()
            if state == .afterQuote { quotedCount += 1 }
            if state == .quoted && plainLine == 0 { plainLine = quoteLine }
        }
    }
}
