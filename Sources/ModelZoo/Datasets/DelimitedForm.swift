import ZooTensor

/// How a file of delimited fields is written: found by looking at it, as far as neither its name nor the caller tells.
struct DelimitedForm {
    /// The byte between two fields.
    private(set) var delimiter: UInt8
    /// Whether a field may stand in double quotes.
    private(set) var isQuoting: Bool
    /// Whether the first row holds the names of the columns.
    private(set) var hasHeader: Bool
    /// Whether the first line only tells the delimiter, as `sep=;` does in files for Excel.
    private(set) var hasSeparatorLine = false
    /// What was found and is not obvious, in sentences.
    private(set) var notes: [String] = []

    /// How much of the file's start is looked at for delimiter and header, in bytes.
    private static let sampleByteCount = 1 << 16

    /// Looks at a file.
    ///
    /// - Parameters:
    ///   - format: one that is not JSON.
    ///   - header: whether the caller leaves a header possible.
    ///   - open: a new stream of the file.
    /// - Throws: `DatasetError`, among others `.undecidedDelimiter` for a .txt file whose lines have no delimiter in common.
    init(
        _ path: String, _ format: TableFormat, header: Bool, delimiter given: UInt8?, open: () throws(DatasetError) -> TextStream
    ) throws(DatasetError) {
        let start = try Self.sample(open())
        let isWhole = start.isWhole
        var sample = start.bytes
        var given = given
        if let stated = Self.separatorLine(sample) {
            hasSeparatorLine = true
            given = given ?? stated
            sample = Array(sample.drop { $0 != 0x0A && $0 != 0x0D })
        }
        let usual = format.delimiters.first ?? UInt8(ascii: ",")
        let isStrict = format == .csv
        func counts(_ delimiter: UInt8) -> [Int] {
            if let counts = FieldCounts.of(sample, delimiter: delimiter, isQuoting: true, isWhole: isWhole) { return counts }
            return FieldCounts.of(sample, delimiter: delimiter, isQuoting: false, isWhole: isWhole) ?? []
        }
        func isConsistent(_ counts: [Int]) -> Bool { counts.first ?? 0 > 1 && counts.allSatisfy { $0 == counts[0] } }

        if let given {
            delimiter = given
        } else if let found = format.delimiters.first(where: { isConsistent(counts($0)) }) {
            delimiter = found
            if found != usual {
                notes.append("the fields of \(printable(lastComponent(path), limit: 80)) are separated by \(TableDialect.words(found))")
            }
        } else {
            guard format != .txt || sample.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) else { throw .undecidedDelimiter(path: path) }
            delimiter = usual
        }
        isQuoting = true
        hasHeader = header
        if !isStrict {
            let quotes = try QuoteUse(open(), delimiter: delimiter)
            isQuoting = quotes.isQuoting
            if let note = quotes.note(printable(lastComponent(path), limit: 80)) { notes.append(note) }
        }
        if header, format == .txt, !sample.isEmpty {
            hasHeader = Self.isHeader(FieldCounts.firstRow(sample, delimiter: delimiter, isQuoting: isQuoting))
            if !hasHeader {
                notes.append(
                    "\(printable(lastComponent(path), limit: 80)) has no header, since its first line has none of the usual names: the columns are 1, 2, …"
                )
            }
        }
    }

    /// Whether a row holds names of columns: at least one that text or label usually has.
    private static func isHeader(_ row: [String]) -> Bool {
        row.contains { field in
            let name = field.trimmingWhiteSpace().lowercased()
            return Columns.textNames.contains(name) || Columns.labelNames.contains(name) || ImageTable.imageNames.contains(name)
        }
    }

    /// The delimiter that a first line `sep=;` tells.
    private static func separatorLine(_ sample: [UInt8]) -> UInt8? {
        let line = sample.prefix(8).prefix { $0 != 0x0A && $0 != 0x0D }
        guard line.count == 5, line.count < sample.count, line.starts(with: "sep=".utf8) || line.starts(with: "SEP=".utf8) else {
            return nil
        }
        return line.last
    }

    private static func sample(_ stream: TextStream) throws(DatasetError) -> (bytes: [UInt8], isWhole: Bool) {
        var bytes: [UInt8] = []
        while bytes.count < sampleByteCount {
            let piece = try stream.read()
            guard !piece.isEmpty else { return (bytes, true) }
            bytes += piece
        }
        return (bytes, false)
    }
}

/// The number of fields of each row in the start of a file.
enum FieldCounts {
    /// The numbers; nil where quotes are not used as CSV has them.
    ///
    /// - Parameter isWhole: whether the bytes are all there are; else the last row, which may be cut, does not count.
    static func of(_ bytes: [UInt8], delimiter: UInt8, isQuoting: Bool, isWhole: Bool) -> [Int]? {
        var counts: [Int] = []
        guard let rest = rows(bytes, delimiter, isQuoting, { counts.append($0.count) }) else { return nil }
        if rest > 0 && (isWhole || counts.isEmpty) { counts.append(rest) }
        return counts
    }

    /// The fields of the first row, for a look at them.
    static func firstRow(_ bytes: [UInt8], delimiter: UInt8, isQuoting: Bool) -> [String] {
        let line = bytes.drop { $0 == 0x0A || $0 == 0x0D }.prefix { $0 != 0x0A && $0 != 0x0D }
        return line.split(separator: delimiter, omittingEmptySubsequences: false).map { field in
            let isQuoted = isQuoting && field.count >= 2 && field.first == UInt8(ascii: "\"") && field.last == UInt8(ascii: "\"")
            return String(decoding: isQuoted ? field.dropFirst().dropLast() : field, as: UTF8.self)
        }
    }

    /// Counts on; the number of fields of the unfinished last row, nil where text follows a closing quote.
    private static func rows(_ bytes: [UInt8], _ delimiter: UInt8, _ isQuoting: Bool, _ body: (Row) -> Void) -> Int? {
        var fields = 0
        var isFieldStart = true
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A || byte == 0x0D {
                if fields > 0 { body(Row(count: fields)) }
                fields = 0
                isFieldStart = true
                index += 1
                continue
            }
            if isFieldStart {
                fields += 1
                isFieldStart = false
                if isQuoting && byte == UInt8(ascii: "\"") {
                    index += 1
                    while index < bytes.count {
                        if bytes[index] == UInt8(ascii: "\"") {
                            guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") else { break }
                            index += 1
                        }
                        index += 1
                    }
                    index += 1
                    guard index >= bytes.count || bytes[index] == delimiter || bytes[index] == 0x0A || bytes[index] == 0x0D else {
                        return nil
                    }
                    continue
                }
            }
            if byte == delimiter {
                // An empty last field is one too.
                isFieldStart = true
                if index + 1 == bytes.count || bytes[index + 1] == 0x0A || bytes[index + 1] == 0x0D {
                    fields += 1
                    isFieldStart = false
                }
            }
            index += 1
        }
        return fields
    }

    private struct Row { let count: Int }
}
