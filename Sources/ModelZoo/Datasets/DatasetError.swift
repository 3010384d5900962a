public import ZooTensor

/// What is wrong with a data set.
public enum DatasetError: ZooError, Equatable {
    /// The file cannot be opened or read.
    case file(FileError)
    /// The extension names no format.
    case unknownFormat(path: String, suffix: String)
    /// The first bytes are those of another encoding or of a packed file.
    case notText(path: String, found: String)
    /// Nothing is in the file.
    case empty(path: String)
    /// Nothing follows the header.
    case noRows(path: String)
    /// A byte that is not part of valid UTF-8.
    case invalidUTF8(path: String, line: Int, byte: UInt8)
    /// A NUL character.
    case nul(path: String, line: Int)
    /// A field beyond ``TableLimits/fieldByteCount``; `line` is where it starts if it is in quotes, else the line of its row.
    case fieldTooLarge(path: String, line: Int, limit: Int, inQuotes: Bool)
    /// A row beyond ``TableLimits/rowByteCount``.
    case rowTooLarge(path: String, line: Int, limit: Int)
    /// A row beyond ``TableLimits/columnCount``.
    case tooManyColumns(path: String, line: Int, limit: Int)
    /// A quote that opens on `line` and never closes.
    case unclosedQuote(path: String, line: Int)
    /// Something else than a comma or a line end after a closing quote.
    case textAfterQuote(path: String, line: Int, found: String)
    /// A row with more or fewer fields than there are columns.
    case ragged(path: String, line: Int, expected: Int, found: Int, format: TableFormat)
    /// A line that is no JSON document.
    case malformedJSON(path: String, line: Int, reason: String)
    /// A line that is JSON, but no object.
    case notAnObject(path: String, line: Int, found: String)
    /// A column was asked for that the table lacks.
    case unknownColumn(path: String, name: String, available: [String])
    /// A column was asked for whose name the header has twice.
    case repeatedColumn(path: String, name: String)
    /// One column was named for two roles.
    case sameColumn(path: String, name: String, roles: [ColumnRole])
    /// No column was named for a role, and none is the obvious one.
    case undecidedColumn(path: String, role: ColumnRole, available: [String])
    /// A row without text or label.
    case missingValue(path: String, line: Int, column: String)
    /// An array or object where a text or label is needed.
    case notAValue(path: String, line: Int, column: String, found: String)
    /// A folder, an archive or an image where a table is needed.
    case notATable(path: String, found: String)
    /// A label that is none of the given classes; `line` is 0 and `column` empty where the data are no table.
    case unknownLabel(path: String, line: Int, column: String, label: String, known: [String])

    /// A stable name, `data.…`.
    public var code: String {
        switch self {
        case .file(.notFound): "data.not_found"
        case .file(.notAFile): "data.not_a_file"
        case .file(.changed): "data.changed"
        case .file: "data.unreadable"
        case .unknownFormat: "data.unknown_format"
        case .notText: "data.not_text"
        case .empty: "data.empty"
        case .noRows: "data.no_rows"
        case .invalidUTF8: "data.invalid_utf8"
        case .nul: "data.nul"
        case .fieldTooLarge: "data.field_too_large"
        case .rowTooLarge: "data.row_too_large"
        case .tooManyColumns: "data.too_many_columns"
        case .unclosedQuote: "data.unclosed_quote"
        case .textAfterQuote: "data.text_after_quote"
        case .ragged: "data.ragged_row"
        case .malformedJSON: "data.malformed_json"
        case .notAnObject: "data.not_an_object"
        case .unknownColumn: "data.unknown_column"
        case .repeatedColumn: "data.repeated_column"
        case .sameColumn: "data.same_column"
        case .undecidedColumn: "data.undecided_column"
        case .missingValue: "data.missing_value"
        case .notAValue: "data.not_a_value"
        case .notATable: "data.not_a_table"
        case .unknownLabel: "data.unknown_label"
        }
    }

    /// ``ExitCode/data``, or ``ExitCode/notFound`` for a file that is not there.
    public var exitCode: ExitCode {
        if case .file(.notFound) = self { .notFound } else { .data }
    }

    /// The file, with the line and the column where there is one.
    public var place: Place? {
        switch self {
        case .file(let error): error.place
        case .unknownFormat(let path, _), .notText(let path, _), .empty(let path), .noRows(let path):
            Place(file: path)
        case .invalidUTF8(let path, let line, _), .nul(let path, let line), .fieldTooLarge(let path, let line, _, _),
            .rowTooLarge(let path, let line, _), .tooManyColumns(let path, let line, _), .unclosedQuote(let path, let line),
            .textAfterQuote(let path, let line, _), .ragged(let path, let line, _, _, _), .malformedJSON(let path, let line, _),
            .notAnObject(let path, let line, _):
            Place(file: path, line: line)
        case .unknownColumn(let path, _, _), .sameColumn(let path, _, _), .repeatedColumn(let path, _), .undecidedColumn(let path, _, _):
            Place(file: path)
        case .notATable(let path, _): Place(file: path)
        case .missingValue(let path, let line, let column), .notAValue(let path, let line, let column, _):
            Place(file: path, entry: column, line: line)
        case .unknownLabel(let path, let line, let column, _, _):
            Place(file: path, entry: column.isEmpty ? nil : column, line: line > 0 ? line : nil)
        }
    }

    /// What is wrong: expected against found.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .unknownFormat(_, let suffix):
            suffix.isEmpty
                ? "the file name has no extension that names the format of the table"
                : "the extension .\(printable(suffix, limit: 20)) names no format of tables known here"
        case .notText(_, let found): "expected text in UTF-8, found \(found)"
        case .empty: "the file is empty"
        case .noRows: "the file has a header and no rows after it"
        case .invalidUTF8(_, _, let byte): "invalid UTF-8 at the byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
        case .nul: "a NUL character, which no text holds"
        case .fieldTooLarge(_, _, let limit, let inQuotes):
            inQuotes
                ? "a field in quotes that opens here is longer than \(limit) bytes; its closing quote may be missing"
                : "a field is longer than \(limit) bytes"
        case .rowTooLarge(_, _, let limit): "the row is longer than \(limit) bytes"
        case .tooManyColumns(_, _, let limit): "the row has more than \(limit) fields"
        case .unclosedQuote: "a field in quotes opens here and is not closed before the end of the file"
        case .textAfterQuote(_, _, let found):
            "expected a comma or the end of the line after a closing quote, found \"\(printable(found))\""
        case .ragged(_, _, let expected, let found, _): "the row has \(found) \(found == 1 ? "field" : "fields"), expected \(expected)"
        case .malformedJSON(_, _, let reason): "not a JSON object: \(reason)"
        case .notAnObject(_, _, let found): "expected a JSON object, found \(found)"
        case .unknownColumn(_, let name, let available):
            "there is no column \"\(printable(name))\"; there \(available.count == 1 ? "is" : "are") \(listed(available))"
        case .repeatedColumn(_, let name): "the header names the column \"\(printable(name))\" more than once"
        case .sameColumn(_, let name, let roles):
            "the column \"\(printable(name))\" is given as \(roles.map { "the \($0.words)" }.joined(separator: " and as "))"
        case .undecidedColumn(_, let role, let available):
            "cannot tell which column holds the \(role.words); there \(available.count == 1 ? "is" : "are") \(listed(available))"
        case .missingValue: "the row has no value in this column"
        case .notAValue(_, _, _, let found): "expected a text, found \(found)"
        case .notATable(_, let found): "expected a table of texts, found \(found)"
        case .unknownLabel(_, _, _, let label, let known):
            "the label \"\(printable(label))\" is none of the \(known.count) known ones: \(listed(known, limit: 10))"
        }
    }

    /// What can be done.
    public var hint: String? {
        switch self {
        case .file(.notFound): "check the spelling of the path; it is taken from the current folder"
        case .file(.notAFile(_, "a folder")): "name a .csv, .tsv or .jsonl file in the folder"
        case .file(.notAFile): "write the data to a regular file first"
        case .file(.changed): "let the program that writes the file finish, then start again"
        case .file: nil
        case .unknownFormat(_, let suffix): formatHint(suffix)
        case .notText(_, let found):
            found.hasPrefix("UTF-")
                ? "convert it: iconv -f \(found.prefix { $0 != " " }) -t UTF-8 FILE > NEW"
                : "unpack or export it to .csv, .tsv or .jsonl first"
        case .empty, .noRows: "give a file with at least one example"
        case .invalidUTF8: "if the file is in another encoding, convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
        case .nul: "the file may be binary, or text in UTF-16: iconv -f UTF-16 -t UTF-8 FILE > NEW"
        case .fieldTooLarge(_, _, _, true), .unclosedQuote, .textAfterQuote:
            "inside quotes a quote is written twice: \"\"; a file that uses quotes as plain characters is better written as .tsv or .jsonl"
        case .fieldTooLarge, .rowTooLarge, .tooManyColumns: "check that the file is a table of the format that its name tells"
        case .ragged(_, _, _, _, .tsv): "in a TSV file no field may hold a tab or a line end; use .csv or .jsonl for such texts"
        case .ragged: "a field with a comma or a line end must stand in double quotes"
        case .malformedJSON: "each line holds one whole object, as {\"text\": \"…\", \"label\": \"…\"}"
        case .notAnObject(_, _, "an array"): "write one object a line: jq -c '.[]' FILE > NEW.jsonl"
        case .notAnObject: "each line holds one whole object, as {\"text\": \"…\", \"label\": \"…\"}"
        case .unknownColumn(_, let name, let available):
            suggestion(for: name, among: available).map { "did you mean \"\(printable($0))\"?" } ?? tableHint(available)
        case .repeatedColumn: "give every column a name of its own"
        case .sameColumn: "name another column for one of them"
        case .undecidedColumn(_, let role, let available):
            tableHint(available) ?? "name it: \(role.flag) \(exampleColumn(role, available))"
        case .missingValue(_, _, let column): "fill in \"\(printable(column))\", or remove the row"
        case .notAValue: "a value is a string, a number, true or false"
        case .notATable(_, "a folder"): "name a .csv, .tsv or .jsonl file in the folder"
        case .notATable: "name a .csv, .tsv or .jsonl file; one inside an archive must be unpacked first"
        case .unknownLabel(_, _, _, let label, let known):
            Int(label) == nil ? suggestion(for: label, among: known).map { "did you mean \"\(printable($0))\"?" } : nil
        }
    }

    private func formatHint(_ suffix: String) -> String {
        switch suffix {
        case "json": "JSON is read as one object a line: jq -c '.[]' FILE.json > FILE.jsonl"
        case "gz", "zst", "xz", "bz2", "zip": "unpack it first"
        case "xlsx", "xls", "ods", "parquet", "arrow", "feather": "export it as .csv or .jsonl first"
        default: "name the file .csv, .tsv or .jsonl, or give the format"
        }
    }

    private func tableHint(_ available: [String]) -> String? {
        if available.count == 1, let name = available.first {
            if name.utf8.contains(UInt8(ascii: "\t")) { return "the columns seem to be separated by tabs: name the file .tsv" }
            if name.utf8.contains(UInt8(ascii: ";")) { return "the columns seem to be separated by semicolons: write them with commas" }
            if name.utf8.contains(UInt8(ascii: ",")) { return "the columns seem to be separated by commas: name the file .csv" }
        }
        if available.contains(where: {
            $0.utf8.count > 40 || Double($0) != nil && Int($0).map { $0 < 1 || $0 > available.count } ?? true
        }) {
            return "the first line seems to be data: if the file has no header, say so with --no-header and name columns as 1, 2, …"
        }
        return nil
    }

    private func exampleColumn(_ role: ColumnRole, _ available: [String]) -> String {
        let name = (role == .label ? available.last : available.first) ?? "NAME"
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x2D,
                0x5F:
                true
            default: false
            }
        }
        return isPlain && !name.isEmpty ? name : "NAME"
    }
}
