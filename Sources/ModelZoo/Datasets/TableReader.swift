public import ZooTensor

/// Reads a table row by row, in constant memory.
///
/// - CSV and TSV start with a header unless told otherwise; without one the columns are named `1`, `2`, …. Lines of a .txt file have a header
///   if the first holds one of the usual names.
/// - JSON: the columns are the keys of all objects, in the order in which they come up.
/// - Text is UTF-8, with or without a byte order mark, UTF-16 with one, or in the encoding that the caller names; it may be packed with gzip
///   or zstd. It has no NUL; lines end with LF, CR LF or CR; empty lines are skipped.
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
        /// The object that the row was in JSON; nil in other formats.
        public let object: JSONObject?

        init(cells: [Cell], line: Int, object: JSONObject? = nil) {
            self.cells = cells
            self.line = line
            self.object = object
        }
    }

    /// The path, as given.
    public let path: String
    /// The format.
    public let format: TableFormat
    /// The names of the columns, without white space around them.
    public let columns: [String]
    /// Whether the names of the columns are in the file.
    public let hasHeader: Bool
    /// What was found about the file and is not obvious, in sentences for the user.
    public let notes: [String]
    /// The size of the file in bytes.
    public var byteCount: Int { stream.byteCount }
    /// How much of the file has been read, in bytes.
    public var bytesRead: Int { stream.bytesRead }

    private let stream: TextStream
    private var scanner: DelimitedScanner?
    private var values: JSONValueScanner?
    private let limits: TableLimits
    private var scanned = ScannedRow()
    /// Rows that have been read ahead, and why reading ahead stopped.
    private var pending: ArraySlice<Row> = []
    private var failure: DatasetError?

    /// Opens a table and reads the names of its columns.
    ///
    /// - Parameters:
    ///   - format: the format; nil: the one that the extension names, and lines of fields where a delimiter is given and it names none.
    ///   - header: whether a file that is not JSON starts with the names of its columns.
    ///   - dialect: what is known about encoding and delimiter.
    ///   - chunkByteCount: how many bytes are read at a time.
    public init(
        _ path: String, format: TableFormat? = nil, header: Bool = true, dialect: TableDialect = TableDialect(),
        limits: TableLimits = TableLimits(), chunkByteCount: Int = 1 << 18
    ) throws(DatasetError) {
        self.path = path
        self.limits = limits
        if let format {
            self.format = format
        } else if dialect.delimiter != nil, (try? TableFormat(path: path)) == nil {
            self.format = .txt
        } else {
            self.format = try TableFormat(path: path)
        }
        func open() throws(DatasetError) -> TextStream { try TextStream(path, encoding: dialect.encoding, limits: limits) }
        stream = try open()
        var notes = stream.notes
        if self.format.isJSON {
            guard dialect.delimiter == nil else { throw .delimiterOfJSON(path: path) }
            let keys = try Self.keys(open(), self.format, limits, chunkByteCount)
            columns = keys.names
            hasHeader = true
            notes += [keys.note].compactMap { $0 }
            if self.format == .json {
                values = JSONValueScanner(stream, limit: limits.rowByteCount)
            } else {
                scanner = try Self.lines(stream, limits, chunkByteCount)
            }
            self.notes = notes
            if let row = try read() { pending = [row] } else { throw .empty(path: path) }
            return
        }
        let form = try DelimitedForm(path, self.format, header: header, delimiter: dialect.delimiter, open: open)
        var scanner = try DelimitedScanner(
            stream, delimiter: form.delimiter, isQuoting: form.isQuoting, limits: limits, chunkByteCount: chunkByteCount)
        var first = ScannedRow()
        if form.hasSeparatorLine { _ = try scanner.next(&first) }
        guard try scanner.next(&first) else { throw .empty(path: path) }
        self.scanner = consume scanner
        let fields = try Self.fields(first, path: path)
        hasHeader = form.hasHeader
        self.notes = notes + form.notes
        if form.hasHeader {
            columns = fields.map { $0.trimmingWhiteSpace() }
        } else {
            columns = (1...fields.count).map { String($0) }
            pending = [Row(cells: fields.map { .text($0) }, line: first.line)]
        }
    }

    private static func lines(
        _ stream: TextStream, _ limits: TableLimits, _ chunkByteCount: Int
    ) throws(DatasetError) -> DelimitedScanner {
        var limits = limits
        limits.fieldByteCount = limits.rowByteCount
        return try DelimitedScanner(stream, delimiter: nil, isQuoting: false, limits: limits, chunkByteCount: chunkByteCount)
    }

    /// The keys of all objects, and a look at a document that is one object alone.
    private static func keys(
        _ stream: TextStream, _ format: TableFormat, _ limits: TableLimits, _ chunkByteCount: Int
    ) throws(DatasetError) -> JSONKeys {
        var keys = JSONKeys()
        var row = ScannedRow()
        var only: [UInt8]?
        func add() throws(DatasetError) {
            try keys.add(row.bytes, line: row.line, path: stream.path, limit: limits.columnCount)
            only = keys.objects == 1 ? row.bytes : nil
        }
        if format == .json {
            var values = JSONValueScanner(stream, limit: limits.rowByteCount)
            while try values.next(&row) {
                if row.bytes.isEmpty { break }
                try add()
            }
            if values.isArray { only = nil }
        } else {
            var scanner = try lines(stream, limits, chunkByteCount)
            while try scanner.next(&row) { try add() }
        }
        if let only, let document = try? JSON.parse(only, limits: JSONLimits(bytes: limits.rowByteCount)) {
            try JSONShape.check(document, path: stream.path, format: format)
        }
        return keys
    }

    /// The next row, nil after the last one.
    public func next() throws(DatasetError) -> Row? {
        if let row = pending.popFirst() { return row }
        if let failure { throw failure }
        return try read()
    }

    /// The next rows, at most `count`, which stay to be read. An error is told when its row is read.
    func sample(_ count: Int) -> ArraySlice<Row> {
        while pending.count < count, failure == nil {
            do throws(DatasetError) {
                guard let row = try read() else { break }
                pending.append(row)
            } catch {
                failure = error
            }
        }
        return pending.prefix(count)
    }

    private func read() throws(DatasetError) -> Row? {
        if format.isJSON {
            guard let object = try nextObject() else { return nil }
            return try Self.row(object, line: scanned.line, columns: columns, path: path, limits: limits)
        }
        guard try scanner?.next(&scanned) == true else { return nil }
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

    /// The next value that is not blank, as an object.
    private func nextObject() throws(DatasetError) -> JSONObject? {
        while try format == .json ? values?.next(&scanned) == true : scanner?.next(&scanned) == true {
            if format == .jsonl, scanned.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            let value: JSON
            do {
                value = try JSON.parse(scanned.bytes, limits: JSONLimits(bytes: limits.rowByteCount), file: path)
            } catch {
                if case .invalidUTF8 = error.reason { throw Self.invalidUTF8(scanned, at: error.offset, path: path) }
                // An array over several lines is told as what it is.
                if scanned.line == 1 && scanned.bytes.first == UInt8(ascii: "[") {
                    throw .notAnObject(path: path, line: 1, found: "an array")
                }
                throw .malformedJSON(path: path, line: scanned.line + error.line - 1, reason: error.message)
            }
            guard case .object(let object) = value else {
                throw .notAnObject(path: path, line: scanned.line, found: Self.noun(value))
            }
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
            let cell = object[column].map(Self.cell) ?? .missing
            if case .text(let text) = cell {
                guard !text.utf8.contains(0) else { throw .nul(path: path, line: line) }
                guard text.utf8.count <= limits.fieldByteCount else {
                    throw .fieldTooLarge(path: path, line: line, limit: limits.fieldByteCount, inQuotes: false)
                }
            }
            cells.append(cell)
        }
        return Row(cells: cells, line: line, object: object)
    }

    /// A value of JSON as that of a column.
    static func cell(_ value: JSON) -> Cell {
        switch value {
        case .string(let text): .text(text)
        case .integer(let value): .integer(value)
        // Different numbers of this size are read as the same.
        case .number(let value) where value.magnitude >= 0x1p63:
            .unsupported("a number beyond 64 bits, which is not read exactly (write it in quotes)")
        case .number(let value): .number(value)
        case .bool(let value): .bool(value)
        case .null: .missing
        case .array, .object: .unsupported(noun(value))
        }
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
