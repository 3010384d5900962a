import ZooTensor

/// What the first rows of a table show about a column.
struct ColumnSample {
    /// How many of the values looked at are there.
    private(set) var count = 0
    /// How many different values there are.
    let distinctCount: Int
    /// The average number of words, by the spaces between them.
    let averageWords: Double
    /// Whether every value is 0 or 1, true or false, and both kinds of number agree.
    let isBinary: Bool
    /// Whether every value is a number, and more than half of the different ones are fractions.
    let isDecimal: Bool
    /// The parts of a data set that the values name; empty if one names none.
    let parts: Set<PartName>
    /// An example of a value.
    let example: String

    /// How many rows are looked at.
    static let rowCount = 200

    init(_ rows: ArraySlice<TableReader.Row>, _ position: Int) {
        var values = Set<String>()
        var words = 0
        var isBinary = true
        var isNumeric = true
        var parts = Set<PartName>()
        var isPart = true
        var example = ""
        for row in rows {
            guard let value = row.cells[position].text?.trimmingWhiteSpace(), !value.isEmpty else {
                if case .unsupported = row.cells[position] { (isBinary, isNumeric, isPart) = (false, false, false) }
                continue
            }
            count += 1
            if example.isEmpty { example = value }
            words += value.utf8.reduce(1) { $0 + ($1 == 0x20 ? 1 : 0) }
            isBinary = isBinary && ["0", "1", "0.0", "1.0", "true", "false", "True", "False", "TRUE", "FALSE"].contains(value)
            isNumeric = isNumeric && DecimalLabels.number(value) != nil
            if isPart, let part = PartName(value) { parts.insert(part) } else { isPart = false }
            values.insert(value)
        }
        distinctCount = values.count
        averageWords = count > 0 ? Double(words) / Double(count) : 0
        self.isBinary = isBinary && count > 0
        isDecimal = isNumeric && count > 0 && DecimalLabels.areFractions(values)
        self.parts = isPart ? parts : []
        self.example = example
    }

    /// Whether the values may be texts: several words, mostly different.
    var mayBeText: Bool { count > 0 && averageWords >= 3 && distinctCount * 2 > count }
}
