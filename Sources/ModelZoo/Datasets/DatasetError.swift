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
    /// Lines of a .txt file that have no delimiter in common.
    case undecidedDelimiter(path: String)
    /// A delimiter was given for JSON, which has none.
    case delimiterOfJSON(path: String)
    /// A byte order mark of another encoding than the one that was named.
    case otherMark(path: String, given: TextEncoding, found: TextEncoding)
    /// Bytes that are no text of the encoding, `offset` being near.
    case malformedText(path: String, encoding: TextEncoding, offset: Int)
    /// A packed file that cannot be unpacked.
    case packed(path: String, BundleError)
    /// A packed file that holds more than ``TableLimits`` allow.
    case unpackedTooLarge(path: String, limit: Int)
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
    /// A JSON document whose rows are under a key.
    case rowsWithin(path: String, key: String)
    /// A JSON document whose keys are the columns.
    case columnsOfJSON(path: String, columns: [String])
    /// Data for another task than classes of inputs; `line` is 0 and `column` empty where all of the file is meant. The remedy is the hint.
    case otherTask(path: String, line: Int, column: String, task: OtherTask, found: String, remedy: String)
    /// Nearly every row has a label of its own.
    case labelPerRow(path: String, column: String, labels: Int, rows: Int)
    /// A label that breaks the rule for labels, which completes "the label …"; `line` is 0 and `column` empty where the data are no table.
    case badLabel(path: String, line: Int, column: String, label: String, rule: String)
    /// A folder whose tables cannot be told apart by their names.
    case severalTables(path: String, names: [String])
    /// A folder with tables of which none is for training by its name.
    case noTrainingTable(path: String, names: [String])
    /// Flags about tables were given, but the data are none.
    case notForTables(path: String, flags: [String])
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
        case .undecidedDelimiter: "data.undecided_delimiter"
        case .delimiterOfJSON, .otherMark, .notForTables: "data.setting"
        case .malformedText: "data.malformed_text"
        case .packed: "data.archive"
        case .unpackedTooLarge: "data.unpacked_too_large"
        case .rowsWithin, .columnsOfJSON: "data.json_shape"
        case .otherTask(_, _, _, let task, _, _): "data.\(task.rawValue)"
        case .labelPerRow: "data.label_per_row"
        case .badLabel: "data.bad_label"
        case .severalTables: "data.several_tables"
        case .noTrainingTable: "data.no_training_part"
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

    /// ``ExitCode/data``, ``ExitCode/notFound`` for a file that is not there, or ``ExitCode/usage`` for a setting that does not fit it.
    public var exitCode: ExitCode {
        switch self {
        case .file(.notFound): .notFound
        case .delimiterOfJSON, .otherMark, .notForTables: .usage
        default: .data
        }
    }

    /// The file, with the line and the column where there is one.
    public var place: Place? {
        switch self {
        case .file(let error): error.place
        case .unknownFormat(let path, _), .notText(let path, _), .empty(let path), .noRows(let path), .undecidedDelimiter(let path),
            .delimiterOfJSON(let path), .otherMark(let path, _, _), .malformedText(let path, _, _), .packed(let path, _),
            .unpackedTooLarge(let path, _), .rowsWithin(let path, _), .columnsOfJSON(let path, _), .severalTables(let path, _),
            .noTrainingTable(let path, _), .notForTables(let path, _):
            Place(file: path)
        case .labelPerRow(let path, let column, _, _): Place(file: path, entry: column)
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
        case .unknownLabel(let path, let line, let column, _, _), .otherTask(let path, let line, let column, _, _, _),
            .badLabel(let path, let line, let column, _, _):
            Place(file: path, entry: column.isEmpty ? nil : column, line: line > 0 ? line : nil)
        }
    }
}
