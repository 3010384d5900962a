import ModelZoo
import ZooTensor

/// A table of results: the columns that the inputs came with, then those of the answers.
struct ResultTable {
    /// The forms of a file.
    enum Format: String, CaseIterable {
        case csv, tsv, jsonl

        /// The form that a file's name tells: JSON lines for a stream, which has no name, and for a name without an ending.
        ///
        /// - Throws: `CommandError.usage` for another name; `FileError`.
        init(path: String) throws {
            let name = fileName(path).lowercased()
            if try OutputFile.kind(of: path).isStream || !name.contains(".") {
                self = .jsonl
                return
            }
            guard let format = Format.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }) else {
                throw CommandError.usage(
                    message: "--output: expected a name that ends in .csv, .tsv or .jsonl, found \"\(plain(path))\"",
                    hint: "name it so, or choose the form with --format")
            }
            self = format
        }
    }

    private let format: Format
    /// The columns of the inputs.
    private let columns: [String]
    /// The columns of the answers.
    let answers: [String]
    /// What the user should know about the columns' names; nil where they are as usual.
    let note: String?

    /// - Parameters:
    ///   - columns: those of the inputs' table; nil for inputs that stand in none, whose parts get columns.
    ///   - answers: the usual names of the answers' columns. Where the inputs have one of them, all get another.
    init(_ format: Format, columns: [String]?, parts: [String], answers: [String]) {
        self.format = format
        var names: [String] = []
        for (number, name) in (columns ?? parts).enumerated() {
            var unique = name.isEmpty && format == .jsonl ? "column_\(number + 1)" : name
            // JSON needs unique keys; a table keeps what it had.
            while format == .jsonl && names.contains(unique) { unique += "_" }
            names.append(unique)
        }
        self.columns = names
        var prefix = ""
        while answers.contains(where: { names.contains(prefix + $0) }) { prefix += "predicted_" }
        self.answers = answers.map { prefix + $0 }
        note = prefix.isEmpty ? nil : "the table has a column of such a name already: the answer is \"\(self.answers.first ?? "")\""
    }

    /// The first line; nil for formats without.
    var header: String? { format == .jsonl ? nil : line(columns + answers) }

    /// The line of an input.
    ///
    /// - Parameter values: one for each of the answers' columns.
    func row(_ input: SourcedInput, _ values: [JSON]) -> String {
        guard format == .jsonl else { return line(cells(input) + values.map(Self.text)) }
        var object: JSONObject
        if let members = input.row?.object {
            object = members
        } else {
            object = JSONObject()
            for (name, cell) in zip(columns, cells(input)) { object[name] = .string(cell) }
        }
        for (name, value) in zip(answers, values) { object[name] = value }
        return JSON.object(object).serializedText() + "\n"
    }

    private func cells(_ input: SourcedInput) -> [String] {
        guard let row = input.row else {
            return input.input.parts + Array(repeating: "", count: max(0, columns.count - input.input.parts.count))
        }
        return zip(columns, row.cells).map { name, cell in
            if case .unsupported = cell, let value = row.object?[name] { return value.serializedText() }
            return cell.text ?? ""
        }
    }

    private func line(_ fields: [String]) -> String {
        format == .tsv
            ? fields.map(tsvField).joined(separator: "\t") + "\n" : fields.map(csvField).joined(separator: ",") + "\n"
    }

    private static func text(_ value: JSON) -> String { value.string ?? value.serializedText() }
}

/// A field of a TSV file: in quotes where it holds a quote, a tab or a line end.
private func tsvField(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
