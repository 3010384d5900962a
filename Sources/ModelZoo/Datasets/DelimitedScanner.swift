/// The fields of one row as bytes.
struct ScannedRow {
    /// The bytes of all fields, one after the other.
    var bytes: [UInt8] = []
    /// Where each field ends in ``bytes``.
    var ends: [Int] = []
    /// The line on which the row starts, counted from 1.
    var line = 0
}

/// Cuts a file into rows and fields, a chunk at a time.
///
/// A line ends with CR LF, CR or LF. Empty lines between rows are skipped. In memory are one chunk and one row.
struct DelimitedScanner: ~Copyable {
    private enum State {
        case rowStart, fieldStart, plain, quoted, afterQuote
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    private let stream: TextStream
    private let delimiter: UInt8?
    private let isQuoting: Bool
    private let limits: TableLimits

    private let chunk: UnsafeMutableBufferPointer<UInt8>
    private var chunkCount = 0
    private var position = 0

    private var line = 1
    private var afterCarriageReturn = false
    /// Whether a byte ends a run of ordinary bytes outside quotes.
    private var isSpecial = [Bool](repeating: false, count: 256)

    /// A scanner at the start of the first line.
    ///
    /// - Parameters:
    ///   - delimiter: the byte between fields; nil: a line is one field.
    ///   - isQuoting: whether a field may stand in double quotes.
    init(_ stream: TextStream, delimiter: UInt8?, isQuoting: Bool, limits: TableLimits, chunkByteCount: Int) throws(DatasetError) {
        self.stream = stream
        self.delimiter = delimiter
        self.isQuoting = isQuoting
        self.limits = limits
        chunk = .allocate(capacity: max(4, chunkByteCount))
        for byte in [0, Self.lineFeed, Self.carriageReturn] { isSpecial[Int(byte)] = true }
        if let delimiter { isSpecial[Int(delimiter)] = true }
        guard try refill() else { throw .empty(path: stream.path) }
    }

    deinit { chunk.deallocate() }

    /// Reads the next row into `row`; false at the end of the file.
    mutating func next(_ row: inout ScannedRow) throws(DatasetError) -> Bool {
        row.bytes.removeAll(keepingCapacity: true)
        row.ends.removeAll(keepingCapacity: true)
        var state = State.rowStart
        var quoteLine = line
        var fieldStart = 0
        while true {
            if position == chunkCount {
                guard try !refill() else { continue }
                switch state {
                case .rowStart: return false
                case .quoted: throw .unclosedQuote(path: stream.path, line: quoteLine)
                case .fieldStart, .plain, .afterQuote:
                    try endField(&row)
                    return true
                }
            }
            let byte = chunk[position]
            switch state {
            case .rowStart:
                if byte == Self.lineFeed || byte == Self.carriageReturn {
                    endLine(byte)
                } else {
                    afterCarriageReturn = false
                    row.line = line
                    state = .fieldStart
                }
            case .fieldStart:
                fieldStart = row.bytes.count
                if isQuoting && byte == Self.quote {
                    position += 1
                    quoteLine = line
                    state = .quoted
                } else {
                    state = .plain
                }
            case .plain:
                let found = copyPlainRun(&row)
                try checkSize(row, fieldStart: fieldStart, line: row.line, inQuotes: false)
                guard let found else { continue }
                switch found {
                case Self.lineFeed, Self.carriageReturn:
                    try endField(&row)
                    endLine(found)
                    return true
                case 0: throw .nul(path: stream.path, line: line)
                default:
                    position += 1
                    try endField(&row)
                    state = .fieldStart
                }
            case .quoted:
                let found = copyQuotedRun(&row)
                try checkSize(row, fieldStart: fieldStart, line: quoteLine, inQuotes: true)
                guard let found else { continue }
                guard found != 0 else { throw .nul(path: stream.path, line: line) }
                position += 1
                afterCarriageReturn = false
                state = .afterQuote
            case .afterQuote:
                if byte == Self.quote {
                    row.bytes.append(byte)
                    position += 1
                    state = .quoted
                } else if byte == delimiter {
                    position += 1
                    try endField(&row)
                    state = .fieldStart
                } else if byte == Self.lineFeed || byte == Self.carriageReturn {
                    try endField(&row)
                    endLine(byte)
                    return true
                } else {
                    let rest = chunk[position..<min(position + 12, chunkCount)].prefix { $0 != Self.lineFeed && $0 != Self.carriageReturn }
                    throw .textAfterQuote(path: stream.path, line: line, found: String(decoding: rest, as: UTF8.self))
                }
            }
        }
    }

    /// Steps over a line end outside quotes; the LF of a CR LF belongs to the line before.
    private mutating func endLine(_ byte: UInt8) {
        if !(byte == Self.lineFeed && afterCarriageReturn) { line += 1 }
        afterCarriageReturn = byte == Self.carriageReturn
        position += 1
    }

    private func endField(_ row: inout ScannedRow) throws(DatasetError) {
        guard row.ends.count < limits.columnCount else {
            throw .tooManyColumns(path: stream.path, line: row.line, limit: limits.columnCount)
        }
        row.ends.append(row.bytes.count)
    }

    /// Copies bytes up to the next special one, which stays; nil if the chunk ends before.
    private mutating func copyPlainRun(_ row: inout ScannedRow) -> UInt8? {
        let start = position
        var end = start
        let count = chunkCount
        let bytes = chunk
        isSpecial.withUnsafeBufferPointer { isSpecial in
            while end < count && !isSpecial[Int(bytes[end])] { end += 1 }
        }
        row.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
        position = end
        return end < count ? bytes[end] : nil
    }

    /// Copies bytes up to the next quote or NUL, which stays, and counts lines; nil if the chunk ends before.
    private mutating func copyQuotedRun(_ row: inout ScannedRow) -> UInt8? {
        let start = position
        var end = start
        let count = chunkCount
        let bytes = chunk
        var lines = 0
        var afterReturn = afterCarriageReturn
        while end < count {
            let byte = bytes[end]
            // One comparison for most text: quote, line ends and NUL are all below "#".
            if byte <= Self.quote {
                if byte == Self.quote || byte == 0 { break }
                if byte == Self.carriageReturn || byte == Self.lineFeed && !afterReturn { lines += 1 }
            }
            afterReturn = byte == Self.carriageReturn
            end += 1
        }
        row.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
        line += lines
        afterCarriageReturn = afterReturn
        position = end
        return end < count ? bytes[end] : nil
    }

    private func checkSize(_ row: ScannedRow, fieldStart: Int, line: Int, inQuotes: Bool) throws(DatasetError) {
        guard row.bytes.count - fieldStart <= limits.fieldByteCount else {
            throw .fieldTooLarge(path: stream.path, line: line, limit: limits.fieldByteCount, inQuotes: inQuotes)
        }
        guard row.bytes.count <= limits.rowByteCount else {
            throw .rowTooLarge(path: stream.path, line: row.line, limit: limits.rowByteCount)
        }
    }

    /// Reads the next chunk; false at the end of the file.
    private mutating func refill() throws(DatasetError) -> Bool {
        chunkCount = try stream.read(into: UnsafeMutableRawBufferPointer(chunk))
        position = 0
        return chunkCount > 0
    }
}
