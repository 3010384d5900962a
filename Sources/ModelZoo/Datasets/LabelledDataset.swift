import ZooTensor

/// Examples and the classes they belong to.
public struct LabelledDataset: Sendable {
    /// The examples in the order of the file; images of a folder or an archive in the order of the bytes of their names.
    public let examples: [Example]
    /// The names of the classes: by value if all are whole numbers, else by the bytes of their UTF-8; or those that were given, or in the
    /// order in which they were published.
    public let labels: [String]
    /// The file or folder, as the user named it.
    public let path: String
    /// The columns that were read; nil if the data are no table.
    public let columns: ResolvedColumns?
    /// What the user should know, in sentences.
    public let warnings: [String]

    /// Examples in memory.
    ///
    /// - Parameters:
    ///   - examples: the class of each, where it has one, must be an index into `labels`.
    ///   - labels: the names of the classes.
    ///   - path: what messages call the data.
    ///   - columns: the columns of the table that the examples come from; nil if they come from none.
    ///   - warnings: what the user should know, in sentences.
    public init(examples: [Example], labels: [String], path: String, columns: ResolvedColumns? = nil, warnings: [String] = []) {
        precondition(
            examples.allSatisfy { $0.label.map { labels.indices.contains($0) } ?? true }, "the class of an example is none of the classes")
        self.examples = examples
        self.labels = labels
        self.path = path
        self.columns = columns
        self.warnings = warnings
    }

    /// Reads the examples of a table.
    ///
    /// Texts that are empty or white space alone are kept and counted in ``warnings``. A label is a text without white space around it;
    /// numbers and `true` of JSON are labels in their usual spelling. Two spellings of one whole number, as `1` and `1.0`, are one class,
    /// and a file that mixes them is told in ``warnings``.
    ///
    /// - Parameters:
    ///   - format: the format; nil: the one that the extension names.
    ///   - header: whether a CSV or TSV file starts with the names of its columns, which otherwise are `1`, `2`, ….
    ///   - dialect: what is known about encoding and delimiter.
    ///   - columns: which columns to read.
    ///   - labels: the classes of a trained model, in its order; nil: those that the file has.
    ///   - requiresLabels: whether every row must have a label. If not, labels are read only if their column is named.
    ///   - progress: is told the bytes read so far and the bytes in all, once for each chunk.
    public static func load(
        _ path: String, format: TableFormat? = nil, header: Bool = true, dialect: TableDialect = TableDialect(),
        columns: Columns = Columns(), labels: [String]? = nil, requiresLabels: Bool = true, limits: TableLimits = TableLimits(),
        progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws(DatasetError) -> LabelledDataset {
        let table = try TableReader(path, format: format, header: header, dialect: dialect, limits: limits)
        let isLabelNamed = columns.label != nil
        let columns = try columns.resolve(in: table, requiresLabel: requiresLabels)
        var collector = LabelCollector(fixed: labels)
        var examples: [Example] = []
        var blank = LineTally()
        var done = -1
        while let row = try table.next() {
            if let progress, table.bytesRead != done {
                done = table.bytesRead
                progress(done, table.byteCount)
            }
            let first = try text(row, columns.textPosition, table)
            let input: Input
            if let position = columns.textPairPosition {
                let second = try text(row, position, table)
                input = .textPair(first, second)
                if first.isBlank || second.isBlank { blank.add(row.line) }
            } else {
                input = .text(first)
                if first.isBlank { blank.add(row.line) }
            }
            let label = try columns.labelPosition.flatMap { position throws(DatasetError) in
                try Self.label(row, position, table, isRequired: requiresLabels, isNamed: isLabelNamed, &collector)
            }
            examples.append(Example(input: input, label: label, line: row.line))
        }
        guard !examples.isEmpty else { throw .noRows(path: path) }

        let (names, classes, labelWarnings) = collector.finish()
        if labels == nil, let column = columns.label {
            try LabelAudit.check(names, rows: collector.count, column: column, path: path, isNamed: isLabelNamed)
        }
        for index in examples.indices {
            guard let label = examples[index].label, classes[label] != label else { continue }
            examples[index] = Example(input: examples[index].input, label: classes[label], line: examples[index].line)
        }
        var warnings = table.notes + columns.notes
        if blank.count > 0 {
            warnings.append(blank.described("text is empty or white space alone", "texts are empty or white space alone"))
        }
        warnings += labelWarnings
        if labels == nil, let column = columns.label, examples.count >= 10, names.count * 2 > examples.count {
            warnings.append(
                "the column \(listed([column])) has \(names.count) different labels in \(examples.count) rows: does it hold classes?")
        }
        return LabelledDataset(examples: examples, labels: names, path: path, columns: columns, warnings: warnings)
    }

    /// The same with more that the user should know, before the rest.
    func adding(_ more: [String]) -> LabelledDataset {
        LabelledDataset(examples: examples, labels: labels, path: path, columns: columns, warnings: more + warnings)
    }

    /// The number of examples of each class.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: labels.count)
        for example in examples {
            if let label = example.label { counts[label] += 1 }
        }
        return counts
    }

    /// The examples at `indices` with the same classes.
    public func subset(_ indices: [Int]) -> LabelledDataset {
        LabelledDataset(examples: indices.map { examples[$0] }, labels: labels, path: path, columns: columns, warnings: [])
    }

    /// The value of a column in a row.
    static func text(_ row: TableReader.Row, _ position: Int, _ table: TableReader) throws(DatasetError) -> String {
        let cell = row.cells[position]
        if let text = cell.text { return text }
        if case .unsupported(let found) = cell {
            throw .notAValue(path: table.path, line: row.line, column: table.columns[position], found: found)
        }
        throw .missingValue(path: table.path, line: row.line, column: table.columns[position])
    }

    /// The class of a row; nil for a row without one where none is needed.
    ///
    /// - Parameters:
    ///   - isNamed: whether the user named the column: then a list of one label is that label.
    ///   - path: what the error for an unknown class calls the table; nil: its path.
    static func label(
        _ row: TableReader.Row, _ position: Int, _ table: TableReader, isRequired: Bool, isNamed: Bool, path: String? = nil,
        _ collector: inout LabelCollector
    ) throws(DatasetError) -> Int? {
        let path = path ?? table.path
        let column = table.columns[position]
        var cell = row.cells[position]
        if cell == .missing && !isRequired { return nil }
        if case .unsupported(let found) = cell {
            guard let value = row.object?[column], value.number == nil else {
                throw .notAValue(path: path, line: row.line, column: column, found: found)
            }
            cell = try onlyLabel(value, isNamed: isNamed, path: path, line: row.line, column: column)
        }
        guard let text = cell.text else { throw .missingValue(path: path, line: row.line, column: column) }
        if text.isBlank {
            if !isRequired { return nil }
            throw .missingValue(path: path, line: row.line, column: column)
        }
        if let index = try collector.index(of: cell, text, line: row.line, place: (path, column)) { return index }
        throw .unknownLabel(path: path, line: row.line, column: column, label: text.trimmingWhiteSpace(), known: collector.known)
    }

    /// The label in an array of one.
    ///
    /// - Throws: `DatasetError.otherTask` for arrays of labels and of spans, `.notAValue` for anything else.
    private static func onlyLabel(
        _ value: JSON, isNamed: Bool, path: String, line: Int, column: String
    ) throws(DatasetError) -> TableReader.Cell {
        guard let elements = value.array else { throw .notAValue(path: path, line: line, column: column, found: value.kindName) }
        if elements.contains(where: { $0.array != nil || $0.object != nil }) {
            throw .otherTask(
                path: path, line: line, column: column, task: .tokens, found: "the label is a list of spans",
                remedy: OtherTask.tokens.remedy)
        }
        if isNamed, elements.count == 1, let element = elements.first { return TableReader.cell(element) }
        let shown = printable(JSON.array(elements).serializedText(), limit: 60)
        let remedy = elements.count == 1 && !isNamed ? "; if every list has one label: --label " + typed(column) : ""
        throw .otherTask(
            path: path, line: line, column: column, task: .multiLabel, found: "the label is a list, as \(shown)",
            remedy: OtherTask.multiLabel.remedy + remedy)
    }
}
