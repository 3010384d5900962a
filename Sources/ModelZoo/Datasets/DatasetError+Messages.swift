import ZooTensor

extension DatasetError {
    /// What is wrong: expected against found.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .unknownFormat(let path, let suffix):
            if Self.isForeignTable(path) {
                "tables of the format .\(suffix) are not read"
            } else if suffix.isEmpty {
                "the file name has no extension that names the format of the table"
            } else {
                "the extension .\(printable(suffix, limit: 20)) names no format of tables known here"
            }
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
        case .undecidedDelimiter:
            "cannot tell what stands between the fields: the lines have neither tabs, semicolons, bars nor commas in common"
        case .delimiterOfJSON: "a delimiter is given, but fields of JSON have none between them"
        case .otherMark(_, let given, let found):
            "the encoding is given as \(given.words), but the file begins with the byte order mark of \(found.words)"
        case .malformedText(_, let encoding, let offset): "expected text in \(encoding.words), found none near byte \(offset)"
        case .packed(_, .damaged(_, _, let reason)): "the packed file is damaged: \(printable(reason))"
        case .packed(_, .trailing): "the packed file goes on after its end"
        case .packed(_, let error): error.message
        case .unpackedTooLarge(_, let limit): "the packed file holds more than \(limit) bytes, which is more than a table of its size may"
        case .rowsWithin(_, let key): "expected an array of objects or one object a line, found objects under the key \"\(printable(key))\""
        case .columnsOfJSON(_, let columns):
            "expected an array of objects or one object a line, found one object with the columns \(listed(columns, limit: 10))"
        case .otherTask(_, _, _, let task, let found, _): "\(found): that is \(task.words), which is not there yet"
        case .labelPerRow(_, _, let labels, let rows): "there are \(labels) different labels in \(rows) rows, which are hardly classes"
        case .badLabel(_, _, _, let label, let rule): "the label \"\(printable(label, limit: 60))\" \(rule)"
        case .severalTables(_, let names): "cannot tell which table is for training: there are \(listed(names, limit: 10))"
        case .noTrainingTable(_, let names): "expected a table for training, found \(listed(names, limit: 10)) alone"
        case .notForTables(_, let flags): "\(flags.joined(separator: ", ")): the data are no table, so that there are no columns to choose"
        case .ragged(_, _, let expected, let found, _): "the row has \(counted(found, "field")), expected \(expected)"
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
}
