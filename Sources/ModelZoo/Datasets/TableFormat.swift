/// The file formats of tables.
public enum TableFormat: String, Sendable, Hashable, CaseIterable {
    /// Comma-separated values after RFC 4180: a field in double quotes may hold commas, line ends and doubled quotes.
    case csv
    /// Tab-separated values without quoting: a quote is a character like any other, and a field holds neither tab nor line end.
    case tsv
    /// JSON Lines: one object a line.
    case jsonl

    /// The format that a path's extension names: `.csv`, `.tsv` (`.tab`), `.jsonl` (`.ndjson`), in any case.
    ///
    /// - Throws: `DatasetError.unknownFormat`.
    public init(path: String) throws(DatasetError) {
        let name = path.split(separator: "/").last ?? ""
        let suffix = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]).lowercased() } ?? ""
        switch suffix {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "jsonl", "ndjson": self = .jsonl
        default: throw .unknownFormat(path: path, suffix: suffix)
        }
    }

    /// The byte between two fields; nil where a line is not divided.
    var delimiter: UInt8? {
        switch self {
        case .csv: UInt8(ascii: ",")
        case .tsv: UInt8(ascii: "\t")
        case .jsonl: nil
        }
    }
}
