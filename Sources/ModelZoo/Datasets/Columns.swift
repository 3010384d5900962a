/// Which columns of a table are used, by name; nil leaves the choice to ``resolve(in:requiresLabel:)``.
public struct Columns: Sendable, Hashable {
    /// The column of the text, or of the first of two.
    public var text: String?
    /// The column of the second text.
    public var textPair: String?
    /// The column of the class.
    public var label: String?

    /// Names of columns; nil where the choice is left open.
    public init(text: String? = nil, textPair: String? = nil, label: String? = nil) {
        self.text = text
        self.textPair = textPair
        self.label = label
    }

    /// Names that the text usually has, the first one present is taken.
    static let textNames = [
        "text", "sentence", "content", "review", "message", "comment", "utterance", "query", "tweet", "document", "body", "premise",
        "sentence1", "question1", "text1", "text_a", "sentence_a", "question", "title",
    ]
    /// Names that the class usually has, the first one present is taken.
    static let labelNames = [
        "label", "category", "class", "target", "intent", "sentiment", "topic", "emotion", "labels", "gold_label", "is_duplicate",
    ]
    /// Names that two texts which belong together usually have.
    static let pairNames = [
        "sentence1": "sentence2", "question1": "question2", "premise": "hypothesis", "text1": "text2", "text_a": "text_b",
        "sentence_a": "sentence_b",
    ]
    /// Names of columns that divide the rows into parts.
    static let splitNames: Set<String> = ["split", "set", "subset", "partition", "part", "fold", "usage"]

    /// Finds the columns of a table, choosing where no name is given.
    ///
    /// The text is the first of `text`, `sentence`, `content`, … that the table has, the label the first of `label`, `category`, …, in any
    /// case. In a table of two columns of which one is known, the other one is the other; in a table of one column, it is the text. Of two
    /// columns without names the label is the one with fewer different values.
    /// A second text is chosen only for a known pair as `sentence1` and `sentence2`. What is not obvious, and what is not read, is told in
    /// ``ResolvedColumns/notes``.
    ///
    /// - Parameter requiresLabel: whether a label is needed; if not, it is used only if it has been named.
    /// - Throws: `DatasetError.unknownColumn`, `.undecidedColumn`, `.sameColumn`, `.repeatedColumn`, and `.otherTask` where the columns are
    ///   those of data that are no classes of texts.
    public func resolve(in table: TableReader, requiresLabel: Bool = true) throws(DatasetError) -> ResolvedColumns {
        let available = table.columns
        var notes: [String] = []
        var used = Set([text, textPair, label].compactMap { $0 })

        // The columns of the names that are there and not in use.
        func choose(_ names: [String]) -> [String] {
            var found: [String] = []
            for name in names {
                if let column = available.first(where: { $0 == name }) ?? available.first(where: { $0.lowercased() == name }),
                    !used.contains(column), !found.contains(column)
                {
                    found.append(column)
                }
            }
            return found
        }

        for (role, other) in [(ColumnRole.text, ColumnRole.textPair), (.text, .label), (.textPair, .label)] {
            if let name = self[role], name == self[other] { throw .sameColumn(path: table.path, name: name, roles: [role, other]) }
        }
        if requiresLabel && (text == nil || label == nil) { try ColumnAudit.checkNames(table) }
        let labels = label.map { [$0] } ?? (requiresLabel ? choose(Self.labelNames) : [])
        used.formUnion(labels.prefix(1))
        let texts = text.map { [$0] } ?? choose(Self.textNames)
        used.formUnion(texts.prefix(1))
        var labelColumn = labels.first
        var textColumn = texts.first
        if label == nil && labels.count > 1 {
            notes.append("the label is \"\(labels[0])\"; there is also \(listed(Array(labels.dropFirst())))")
        }

        let rest = available.filter { !used.contains($0) }
        if available.count == 1 && !requiresLabel && textColumn == nil {
            textColumn = rest.first
        } else if available.count == 2, rest.count == 1, let other = rest.first, requiresLabel || labelColumn != nil {
            if textColumn == nil && labelColumn != nil {
                textColumn = other
                notes.append("the text is \(listed([other])), the only other column")
            } else if labelColumn == nil && textColumn != nil && textPair == nil {
                labelColumn = other
                notes.append("the label is \(listed([other])), the only other column")
            }
        } else if textColumn == nil && labelColumn == nil && !table.hasHeader, let guess = ColumnAudit.guess(table) {
            textColumn = guess.text
            labelColumn = requiresLabel ? guess.label : nil
            notes.append(
                "the text is column \(guess.text)"
                    + (requiresLabel ? " and the label column \(guess.label), which has fewer different values" : ""))
        }
        if labelColumn == nil && requiresLabel { try ColumnAudit.checkLabels(table, among: rest.filter { $0 != textColumn }) }
        guard let textColumn else { throw .undecidedColumn(path: table.path, role: .text, available: available) }
        var pairColumn = textPair
        if pairColumn == nil && text == nil, let second = Self.pairNames[textColumn.lowercased()], let column = choose([second]).first,
            column != labelColumn
        {
            pairColumn = column
            notes.append("the text is the pair of \(listed([textColumn])) and \(listed([column]))")
        }
        guard labelColumn != nil || !requiresLabel else { throw .undecidedColumn(path: table.path, role: .label, available: available) }

        let position = try table.position(of: textColumn)
        let pairPosition: Int? = if let pairColumn { try table.position(of: pairColumn) } else { nil }
        let labelPosition: Int? = if let labelColumn { try table.position(of: labelColumn) } else { nil }
        let resolved = ResolvedColumns(
            text: textColumn, textPair: pairColumn, label: labelColumn, textPosition: position, textPairPosition: pairPosition,
            labelPosition: labelPosition, notes: notes)
        let more = ColumnAudit.notes(
            table, resolved, isTextNamed: text != nil, isLabelNamed: label != nil || !requiresLabel, requiresLabel: requiresLabel)
        return resolved.adding(more)
    }

    private subscript(_ role: ColumnRole) -> String? {
        switch role {
        case .text: text
        case .textPair: textPair
        case .label: label
        }
    }
}
