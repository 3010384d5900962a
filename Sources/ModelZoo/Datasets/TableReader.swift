import ZooTensor

/// Reads a table row by row, in constant memory.
///
/// - CSV and TSV start with a header unless told otherwise; without one the columns are named `1`, `2`, ….
/// - JSON Lines: the columns are the keys of the first object; later objects may lack some, and other keys are passed over.
/// - Text is UTF-8, with or without a byte order mark, without NUL; lines end with LF, CR LF or CR; empty lines are skipped.
public final class TableReader {
    /// The value of one column in one row.
    public enum Cell: Sendable, Hashable {
        /// A text; everything in CSV and TSV is one.
        case text(String)
        /// A whole number of JSON.
        case integer(Int)
        /// Any other number of JSON.
        case number(Double)
        /// `true` or `false` of JSON.
        case bool(Bool)
        /// No such key, or null.
        case missing
        /// A JSON array or object, as a noun for messages.
        case unsupported(String)

        /// The value as a text: numbers as JSON writes them; nil for a missing or unsupported one.
        public var text: String? {
            switch self {
            case .text(let text): text
            case .integer(let value): String(value)
            case .number(let value): "\(value)"
            case .bool(let value): value ? "true" : "false"
            case .missing, .unsupported: nil
            }
        }
    }

    /// One row.
    public struct Row: Sendable, Hashable {
        /// A value for each of the table's columns.
        public let cells: [Cell]
        /// The line on which the row starts, counted from 1.
        public let line: Int
    }

    /// The path, as given.
    public let path: String
    /// The format.
    public let format: TableFormat
    /// The names of the columns, without white space around them.
    public let columns: [String]
    /// The size of the file in bytes.
    public let byteCount: Int
    /// How much of the file has been read, in bytes.
    public var bytesRead: Int { scanner.byteCount }

    private var scanner: DelimitedScanner
    private let limits: TableLimits
    private var scanned = ScannedRow()
    /// The first row, when it had to be read for the names of the columns.
    private var pending: Row?

    /// Opens a table and reads the names of its columns.
    ///
    /// - Parameters:
    ///   - format: the format; nil: the one that the extension names.
    ///   - header: whether a CSV or TSV file starts with the names of its columns.
    ///   - chunkByteCount: how many bytes are read at a time.
    public init(
        _ path: String, format: TableFormat? = nil, header: Bool = true, limits: TableLimits = TableLimits(), chunkByteCount: Int = 1 << 18
    ) throws(DatasetError) {
        let file: OpenFile
        do {
            file = try OpenFile(path)
        } catch {
            throw .file(error)
        }
        self.path = path
        self.limits = limits
        self.format = if let format { format } else { try TableFormat(path: path) }
        byteCount = file.byteCount
        var scannerLimits = limits
        if self.format == .jsonl { scannerLimits.fieldByteCount = limits.rowByteCount }
        scanner = try DelimitedScanner(
            file, delimiter: self.format.delimiter, isQuoting: self.format == .csv, limits: scannerLimits, chunkByteCount: chunkByteCount)

        var first = ScannedRow()
        if self.format == .jsonl {
            guard let object = try Self.nextObject(&scanner, &first, path: path, limits: limits) else { throw .empty(path: path) }
            columns = object.keys
            pending = try Self.row(object, line: first.line, columns: columns, path: path, limits: limits)
        } else {
            guard try scanner.next(&first) else { throw .empty(path: path) }
            let fields = try Self.fields(first, path: path)
            if header {
                columns = fields.map { $0.trimmingWhiteSpace() }
            } else {
                columns = (1...fields.count).map { String($0) }
                pending = Row(cells: fields.map { .text($0) }, line: first.line)
            }
        }
    }

    /// The next row, nil after the last one.
    public func next() throws(DatasetError) -> Row? {
        if let row = pending {
            pending = nil
            return row
        }
        if format == .jsonl {
            guard let object = try Self.nextObject(&scanner, &scanned, path: path, limits: limits) else { return nil }
            return try Self.row(object, line: scanned.line, columns: columns, path: path, limits: limits)
        }
        guard try scanner.next(&scanned) else { return nil }
        guard scanned.ends.count == columns.count else {
            throw .ragged(path: path, line: scanned.line, expected: columns.count, found: scanned.ends.count, format: format)
        }
        var cells: [Cell] = []
        cells.reserveCapacity(columns.count)
        try Self.forEachField(scanned, path: path) { cells.append(.text($0)) }
        return Row(cells: cells, line: scanned.line)
    }

    /// The position of a column.
    ///
    /// - Throws: `DatasetError.unknownColumn`, which lists the columns; `.repeatedColumn` if two have the name.
    public func position(of column: String) throws(DatasetError) -> Int {
        guard let position = columns.firstIndex(of: column) else { throw .unknownColumn(path: path, name: column, available: columns) }
        guard columns.lastIndex(of: column) == position else { throw .repeatedColumn(path: path, name: column) }
        return position
    }

    private static func fields(_ row: ScannedRow, path: String) throws(DatasetError) -> [String] {
        var fields: [String] = []
        try forEachField(row, path: path) { fields.append($0) }
        return fields
    }

    private static func forEachField(_ row: ScannedRow, path: String, _ body: (String) -> Void) throws(DatasetError) {
        let bytes = row.bytes.span
        var start = 0
        for end in row.ends {
            do throws(UTF8.ValidationError) {
                body(String(copying: try UTF8Span(validating: bytes.extracting(start..<end))))
            } catch {
                throw invalidUTF8(row, at: start + error.byteOffsets.lowerBound, path: path)
            }
            start = end
        }
    }

    /// The next line that is not blank, as an object.
    private static func nextObject(
        _ scanner: inout DelimitedScanner, _ scanned: inout ScannedRow, path: String, limits: TableLimits
    ) throws(DatasetError) -> JSONObject? {
        while try scanner.next(&scanned) {
            if scanned.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            let value: JSON
            do {
                value = try JSON.parse(scanned.bytes, limits: JSONLimits(bytes: limits.rowByteCount), file: path)
            } catch {
                if case .invalidUTF8 = error.reason { throw invalidUTF8(scanned, at: error.offset, path: path) }
                // An array over several lines is told as what it is.
                if scanned.line == 1 && scanned.bytes.first == UInt8(ascii: "[") {
                    throw .notAnObject(path: path, line: 1, found: "an array")
                }
                throw .malformedJSON(path: path, line: scanned.line, reason: error.message)
            }
            guard case .object(let object) = value else { throw .notAnObject(path: path, line: scanned.line, found: noun(value)) }
            return object
        }
        return nil
    }

    private static func row(
        _ object: JSONObject, line: Int, columns: [String], path: String, limits: TableLimits
    ) throws(DatasetError) -> Row {
        var cells: [Cell] = []
        cells.reserveCapacity(columns.count)
        for column in columns {
            let cell: Cell =
                switch object[column] {
                case .string(let text): .text(text)
                case .integer(let value): .integer(value)
                // Different numbers of this size are read as the same.
                case .number(let value) where value.magnitude >= 0x1p63:
                    .unsupported("a number beyond 64 bits, which is not read exactly (write it in quotes)")
                case .number(let value): .number(value)
                case .bool(let value): .bool(value)
                case .null, nil: .missing
                case .some(let value): .unsupported(noun(value))
                }
            if case .text(let text) = cell {
                guard !text.utf8.contains(0) else { throw .nul(path: path, line: line) }
                guard text.utf8.count <= limits.fieldByteCount else {
                    throw .fieldTooLarge(path: path, line: line, limit: limits.fieldByteCount, inQuotes: false)
                }
            }
            cells.append(cell)
        }
        return Row(cells: cells, line: line)
    }

    private static func noun(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The error for a wrong byte, with the line on which it stands.
    private static func invalidUTF8(_ row: ScannedRow, at offset: Int, path: String) -> DatasetError {
        var lines = 0
        for index in 0..<offset {
            // Line ends within quotes; a CR LF counts once.
            let byte = row.bytes[index]
            if byte == 0x0D || byte == 0x0A && !(index > 0 && row.bytes[index - 1] == 0x0D) { lines += 1 }
        }
        return .invalidUTF8(path: path, line: row.line + lines, byte: row.bytes[offset])
    }
}
