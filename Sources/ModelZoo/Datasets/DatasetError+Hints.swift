import ZooTensor

extension DatasetError {
    /// What can be done.
    public var hint: String? {
        switch self {
        case .file(.notFound): "check the spelling of the path; it is taken from the current folder"
        case .file(.notAFile(_, "a folder")): "name a .csv, .tsv or .jsonl file in the folder"
        case .file(.notAFile): "write the data to a regular file first"
        case .file(.changed): "let the program that writes the file finish, then start again"
        case .file: nil
        case .unknownFormat(let path, let suffix): formatHint(path, suffix)
        case .notText(let path, let found): binaryHint(path, found)
        case .undecidedDelimiter:
            "each line needs a text and a label with a tab or semicolon between them; another delimiter is named with --delimiter"
        case .delimiterOfJSON: "leave out --delimiter"
        case .otherMark: "leave out --encoding"
        case .malformedText: "check that the encoding is the one named with --encoding, and that the file is complete"
        case .packed: "get the file again, or unpack it with the program that packed it"
        case .unpackedTooLarge: "unpack it first, if it is meant to be so large"
        case .rowsWithin(let path, let key):
            "write one object a line: jq -c \(typed(".[\"\(key)\"][]", else: "'.[]'")) \(typed(path, else: "FILE")) > NEW.jsonl"
        case .columnsOfJSON(let path, _):
            "write one object a line: pip install pandas && python3 -c 'import pandas, sys; pandas.read_json(sys.argv[1]).to_json(sys.argv[2], "
                + "orient=\"records\", lines=True, force_ascii=False)' \(typed(path, else: "FILE")) NEW.jsonl"
        case .otherTask(_, _, _, _, _, let remedy): remedy
        case .labelPerRow(_, let column, _, _):
            "choose the column of the classes with --label; if each of these is one: --label \(typed(column))"
        case .badLabel(_, _, let column, _, _):
            column.isEmpty
                ? "rename the folder: a label is one line of text" : "a label is one line of text without tabs: mend it in the file"
        case .severalTables: "name one of them, or call them train, dev and test, as train.csv"
        case .noTrainingTable: "name the table itself, or call the one to learn from train, as train.csv"
        case .notForTables: "leave out the flags, or give a table"
        case .empty, .noRows: "give a file with at least one example"
        case .invalidUTF8(_, _, let byte): encodingHint(byte)
        case .nul: "the file may be binary, or text in UTF-16 without a mark: then add --encoding utf-16"
        case .fieldTooLarge(_, _, _, true), .unclosedQuote, .textAfterQuote:
            "inside quotes a quote is written twice: \"\"; a file that uses quotes as plain characters is better written as .tsv or .jsonl"
        case .fieldTooLarge, .rowTooLarge, .tooManyColumns: "check that the file is a table of the format that its name tells"
        case .ragged(_, _, _, _, .tsv): "in a TSV file no field may hold a tab or a line end; use .csv or .jsonl for such texts"
        case .ragged: "a field with a comma or a line end must stand in double quotes"
        case .malformedJSON: "each line holds one whole object, as {\"text\": \"…\", \"label\": \"…\"}"
        case .notAnObject(_, _, "an array"): "name a file that is one array .json, or write one object a line: jq -c '.[]' FILE > NEW.jsonl"
        case .notAnObject: "each line holds one whole object, as {\"text\": \"…\", \"label\": \"…\"}"
        case .unknownColumn(_, let name, let available):
            suggestion(for: name, among: available).map { "did you mean \"\(printable($0))\"?" } ?? tableHint(available)
        case .repeatedColumn: "give every column a name of its own"
        case .sameColumn: "name another column for one of them"
        case .undecidedColumn(_, let role, let available):
            tableHint(available) ?? "name it: \(role.flag) \(exampleColumn(role, available))"
        case .missingValue(_, _, let column): "fill in \"\(printable(column))\", or remove the row"
        case .notAValue: "a value is a string, a number, true or false"
        case .notATable(_, let found) where found.hasPrefix("a folder"):
            "name a .csv, .tsv, .jsonl, .json or .txt file, or a folder with train.csv, dev.csv and test.csv"
        case .notATable: "name a .csv, .tsv or .jsonl file; one inside an archive must be unpacked first"
        case .unknownLabel(_, _, _, let label, let known):
            Int(label) == nil ? suggestion(for: label, among: known).map { "did you mean \"\(printable($0))\"?" } : nil
        }
    }

    private func formatHint(_ path: String, _ suffix: String) -> String {
        switch suffix {
        case "gz", "zst": return "name the file as what it holds, as DATA.csv.\(suffix)"
        case "xz", "bz2", "zip", "7z", "rar", "tar", "tgz": return unpacking(path, suffix)
        case _ where Self.isForeignTable(path): return conversion(path, suffix)
        default: return "name the file .csv, .tsv, .jsonl, .json or .txt, or say what stands between its fields, as --delimiter tab"
        }
    }

    /// Whether the name is that of a table in a format that is known and not read.
    static func isForeignTable(_ path: String) -> Bool {
        ["parquet", "arrow", "feather", "xlsx", "xls", "ods", "orc", "dta", "sav"].contains(fileSuffix(path))
    }

    private func unpacking(_ path: String, _ suffix: String) -> String {
        let file = typed(path, else: "FILE")
        return switch suffix {
        case "xz": "unpack it first: xz -dk \(file)"
        case "bz2": "unpack it first: bzip2 -dk \(file)"
        case "zip": "unpack it first: unzip \(file)"
        case "tar", "tgz": "unpack it first: tar -xf \(file)"
        default: "unpack it first"
        }
    }

    /// The line that turns a file into one that is read.
    private func conversion(_ path: String, _ suffix: String) -> String {
        let own = fileSuffix(path)
        let stem = own.isEmpty ? path : String(path.dropLast(own.count + 1))
        let table = typed(path, else: "FILE")
        func line(_ packages: String, _ code: String, _ name: String) -> String {
            // A file that is named as what it is to become must not be written over.
            let result = name == path ? stem + "-new" + name.dropFirst(stem.count) : name
            return "export it as \(result.hasSuffix("csv") ? "CSV" : "JSON lines"): pip install \(packages) && "
                + "python3 -c 'import pandas, sys; \(code)' \(table) \(typed(result, else: "NEW"))"
        }
        let toLines = "(sys.argv[1]).to_json(sys.argv[2], orient=\"records\", lines=True, force_ascii=False)"
        let toCSV = ".to_csv(sys.argv[2], index=False)"
        switch suffix {
        case "parquet": return line("pandas pyarrow", "pandas.read_parquet" + toLines, stem + ".jsonl")
        case "arrow", "feather": return line("pandas pyarrow", "pandas.read_feather" + toLines, stem + ".jsonl")
        case "orc": return line("pandas pyarrow", "pandas.read_orc" + toLines, stem + ".jsonl")
        case "xls": return line("pandas xlrd", "pandas.read_excel(sys.argv[1])" + toCSV, stem + ".csv")
        case "ods": return line("pandas odfpy", "pandas.read_excel(sys.argv[1])" + toCSV, stem + ".csv")
        case "dta": return line("pandas", "pandas.read_stata(sys.argv[1])" + toCSV, stem + ".csv")
        case "sav": return line("pandas pyreadstat", "pandas.read_spss(sys.argv[1])" + toCSV, stem + ".csv")
        default: return line("pandas openpyxl", "pandas.read_excel(sys.argv[1])" + toCSV, stem + ".csv")
        }
    }

    /// What to do with a file that is no text, whatever its name says.
    private func binaryHint(_ path: String, _ found: String) -> String {
        switch found {
        case "a Parquet file": return conversion(path, "parquet")
        case "an Arrow file": return conversion(path, "feather")
        case "an old Excel file": return conversion(path, "xls")
        case "a bzip2 file": return unpacking(path, "bz2")
        case "an xz file": return unpacking(path, "xz")
        case "a ZIP archive or a spreadsheet":
            let suffix = fileSuffix(path)
            return suffix == "zip" ? unpacking(path, suffix) : conversion(path, suffix == "ods" ? "ods" : "xlsx")
        default:
            return found.hasPrefix("UTF-")
                ? "convert it: iconv -f \(found.prefix { $0 != " " }) -t UTF-8 \(typed(path, else: "FILE")) > NEW"
                : "export it as .csv, .tsv or .jsonl first"
        }
    }

    /// What the encoding may be that a byte is not UTF-8 in.
    private func encodingHint(_ byte: UInt8) -> String {
        let scalar = TextEncoding.windows1252Scalar(byte)
        guard scalar.properties.generalCategory != .control else {
            return "if the file is in another encoding, name it (--encoding utf-16, latin-1, windows-1252), or convert it: "
                + "iconv -f SHIFT_JIS -t UTF-8 FILE > NEW"
        }
        return
            "the byte is \"\(scalar)\" in Windows-1252: if that fits the text, add --encoding windows-1252; other encodings are converted by "
            + "iconv -f NAME -t UTF-8 FILE > NEW"
    }

    private func tableHint(_ available: [String]) -> String? {
        if available.count == 1, let name = available.first {
            if name.utf8.contains(UInt8(ascii: "\t")) { return "the columns seem to be separated by tabs: add --delimiter tab" }
            if name.utf8.contains(UInt8(ascii: ";")) { return "the columns seem to be separated by semicolons: add --delimiter semicolon" }
            if name.utf8.contains(UInt8(ascii: ",")) { return "the columns seem to be separated by commas: add --delimiter comma" }
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
