import ZooTensor

/// Looks at the columns of a table beside those that are read.
enum ColumnAudit {
    /// Refuses tables whose columns are those of other tasks by their names.
    ///
    /// - Throws: `DatasetError.otherTask`.
    static func checkNames(_ table: TableReader) throws(DatasetError) {
        let names = Set(table.columns.map { $0.lowercased() })
        func has(_ more: String...) -> Bool { more.allSatisfy(names.contains) }
        if has("context", "question", "answers") {
            throw .otherTask(
                path: table.path, line: 0, column: "", task: .questionAnswering,
                found: "there are the columns \"context\", \"question\" and \"answers\"",
                remedy: OtherTask.questionAnswering.remedy)
        }
        let tags = ["ner_tags", "tags", "pos_tags", "chunk_tags", "labels"].first { has("tokens", $0) }
        if let tags, !has("text") {
            throw .otherTask(
                path: table.path, line: 0, column: "", task: .tokens, found: "there are the columns \"tokens\" and \"\(tags)\"",
                remedy: OtherTask.tokens.remedy)
        }
    }

    /// Refuses tables whose classes are columns of 0 and 1, or whose only candidate for a label is a score.
    ///
    /// - Parameter candidates: the columns that hold no text.
    /// - Throws: `DatasetError.otherTask`.
    static func checkLabels(_ table: TableReader, among candidates: [String]) throws(DatasetError) {
        let rows = table.sample(ColumnSample.rowCount)
        let samples = table.columns.indices.filter { candidates.contains(table.columns[$0]) }.map {
            (name: table.columns[$0], sample: ColumnSample(rows, $0))
        }
        let binary = samples.filter { $0.sample.isBinary }.map(\.name)
        // What has few values may be the label under an unusual name.
        let others = samples.filter { !$0.sample.isBinary && !$0.sample.isDecimal && $0.sample.distinctCount * 2 <= $0.sample.count }
        if binary.count > 1 && others.isEmpty {
            throw .otherTask(
                path: table.path, line: 0, column: "", task: .multiLabel,
                found: "the classes are columns of 0 and 1: \(listed(binary, limit: 10))",
                remedy: "a model learns one class for each input: one of the columns alone is learnt with --label "
                    + typed(binary[0]))
        }
        let scores = samples.filter { $0.sample.isDecimal && $0.sample.count > 1 }
        guard let score = scores.first(where: { scoreNames.contains($0.name.lowercased()) }) ?? (others.isEmpty ? scores.last : nil) else {
            return
        }
        throw .otherTask(
            path: table.path, line: 0, column: score.name, task: .regression,
            found: "no column is named as a label, and this one holds numbers, as \(printable(score.sample.example, limit: 30))",
            remedy: score.sample.distinctCount > LabelAudit.mostFractions
                ? OtherTask.regression.remedy : OtherTask.remedy(forNumbersIn: score.name))
    }

    private static let scoreNames: Set<String> = [
        "score", "similarity", "similarity_score", "relatedness", "value", "y", "rating", "stars",
    ]

    /// Which of two columns without names is the text and which the label, if their values show it.
    static func guess(_ table: TableReader) -> (text: String, label: String)? {
        guard table.columns.count == 2 else { return nil }
        let rows = table.sample(ColumnSample.rowCount)
        let first = ColumnSample(rows, 0)
        let second = ColumnSample(rows, 1)
        if first.distinctCount > second.distinctCount
            || first.distinctCount == second.distinctCount && first.averageWords > second.averageWords
        {
            return (table.columns[0], table.columns[1])
        }
        if second.distinctCount > first.distinctCount || second.averageWords > first.averageWords {
            return (table.columns[1], table.columns[0])
        }
        return nil
    }

    /// What a person should know about columns that are not read.
    static func notes(
        _ table: TableReader, _ columns: ResolvedColumns, isTextNamed: Bool, isLabelNamed: Bool, requiresLabel: Bool
    ) -> [String] {
        let used = [columns.text, columns.textPair, columns.label]
        let unused = table.columns.enumerated().filter { !$0.element.isEmpty && !used.contains($0.element) }
        guard !unused.isEmpty else { return [] }
        let rows = table.sample(ColumnSample.rowCount)
        var notes: [String] = []
        var texts: [String] = []
        for (position, name) in unused {
            let sample = ColumnSample(rows, position)
            if requiresLabel, Columns.splitNames.contains(name.lowercased()), !sample.parts.isEmpty {
                let parts = PartName.allCases.filter(sample.parts.contains).map(\.words).joined(separator: ", ")
                notes.append(
                    "the column \"\(printable(name, limit: 60))\" names parts (\(parts)), which is not followed: all rows are read; files of their own, as "
                        + "train.csv and test.csv, keep parts apart")
            }
            if Columns.textNames.contains(name.lowercased()) || sample.mayBeText { texts.append(name) }
        }
        if !isTextNamed, let other = texts.first {
            var note =
                "the text is \(listed([columns.text])) alone, but \(listed(texts)) may be text too: choose with --text \(typed(other))"
            if columns.textPair == nil {
                note += ", or read two with --text \(typed(columns.text)) --text-pair \(typed(other))"
            } else {
                note = note.replacing(" alone, but", with: " with \(listed([columns.textPair ?? ""])), but")
            }
            notes.append(note)
        }
        if requiresLabel && !(isTextNamed && isLabelNamed) {
            let read = used.compactMap { $0 }
            let rest = unused.map(\.element)
            notes.append(
                "the columns \(listed(read)) are read, \(listed(rest, limit: 10)) \(rest.count == 1 ? "is" : "are") not")
        }
        return notes
    }
}
