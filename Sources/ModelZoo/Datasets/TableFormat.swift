import ZooTensor

/// The file formats of tables.
public enum TableFormat: String, Sendable, Hashable, CaseIterable {
    /// Comma-separated values after RFC 4180: a field in double quotes may hold commas, line ends and doubled quotes. A file that has none
    /// but semicolons, tabs or vertical bars between its fields is read by these.
    case csv
    /// Tab-separated values. Quotes around fields are taken off where all fields that begin with one are quoted as in CSV; else a quote is a
    /// character like any other, and a field holds neither tab nor line end.
    case tsv
    /// JSON Lines: one object a line.
    case jsonl
    /// A JSON array of objects, or objects one after the other.
    case json
    /// Lines of fields with tabs, semicolons, vertical bars or commas between them, with or without a header.
    case txt

    /// The format that a path's extension names, in any case: `.csv`, `.tsv` (`.tab`), `.jsonl` (`.ndjson`), `.json`, `.txt`; all of them may
    /// be packed (`.gz`, `.zst`).
    ///
    /// - Throws: `DatasetError.unknownFormat`, `.otherTask` for the extensions of token classification.
    public init(path: String) throws(DatasetError) {
        switch Self.suffix(path) {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "jsonl", "ndjson": self = .jsonl
        case "json": self = .json
        case "txt": self = .txt
        case "conll", "conllu", "iob", "iob2", "bio":
            throw .otherTask(
                path: path, line: 0, column: "", task: .tokens, found: "the file is named as one of words and tags",
                remedy: OtherTask.tokens.remedy)
        case let suffix: throw .unknownFormat(path: path, suffix: suffix)
        }
    }

    /// Whether the name is that of a file that holds nothing but a table: `.txt` may be any text.
    package static func isTable(_ path: String) -> Bool {
        guard let format = try? TableFormat(path: path) else { return false }
        return format != .txt
    }

    /// The extension without dot, of a packed file that before the packing's.
    static func suffix(_ path: String) -> String {
        let suffix = fileSuffix(path)
        guard suffix == "gz" || suffix == "zst" else { return suffix }
        let inner = fileSuffix(String(path.dropLast(suffix.count + 1)))
        return inner.isEmpty ? suffix : inner
    }

    /// Whether rows are JSON objects.
    var isJSON: Bool { self == .json || self == .jsonl }

    /// The bytes that may stand between fields, the usual one first.
    var delimiters: [UInt8] {
        let (tab, comma, semicolon, bar) = (UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"))
        switch self {
        case .csv: return [comma, semicolon, tab, bar]
        case .tsv: return [tab, semicolon, comma, bar]
        case .txt: return [tab, semicolon, bar, comma]
        case .json, .jsonl: return []
        }
    }
}
