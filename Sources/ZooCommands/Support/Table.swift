/// Text in aligned columns.
struct Table {
    /// How a column is aligned.
    enum Alignment {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// Adds a row with a text for each column.
    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, the titles first.
    func lines(_ style: Style) -> [String] {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { cells($0[column]) }.max() ?? 0 }
        return all.enumerated().map { number, row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cells(cell))
                if column > 0 { line += "  " }
                line += columns[column].alignment == .left ? cell + space : space + cell
            }
            while line.last == " " { line.removeLast() }
            return number == 0 ? style.dim(line) : line
        }
    }
}

/// Colours and weights of text, where they are wanted.
struct Style {
    /// Whether escape codes may be written.
    let isOn: Bool

    private func wrap(_ code: String, _ text: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
    func bold(_ text: String) -> String { wrap("1", text) }
    func dim(_ text: String) -> String { wrap("2", text) }
    func red(_ text: String) -> String { wrap("31", text) }
    func yellow(_ text: String) -> String { wrap("33", text) }
}
