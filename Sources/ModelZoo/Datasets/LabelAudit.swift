import ZooTensor

/// Numbers as labels.
enum DecimalLabels {
    /// The value of a label that is a number as people write them.
    static func number(_ label: String) -> Double? {
        guard let first = label.utf8.first, first < 0x3A, label.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        guard let value = Double(label), value.isFinite else { return nil }
        return value
    }

    /// Whether all labels are numbers and more than half of them no whole ones, as scores are; half stars are fewer.
    static func areFractions(_ labels: some Collection<String>) -> Bool {
        var fractions = 0
        for label in labels {
            guard let value = number(label) else { return false }
            if value.rounded() != value { fractions += 1 }
        }
        return fractions * 2 > labels.count
    }
}

/// Looks at the labels of a table as a whole: whether they are classes at all.
enum LabelAudit {
    /// More different fractions than this are no classes, whatever the user says.
    static let mostFractions = 20

    /// Looks at all labels.
    ///
    /// - Parameters:
    ///   - names: the different labels.
    ///   - rows: how many rows have one.
    ///   - isNamed: whether the user named the column, so that what could be classes are.
    /// - Throws: `DatasetError.otherTask`, `.labelPerRow`.
    static func check(_ names: [String], rows: Int, column: String, path: String, isNamed: Bool) throws(DatasetError) {
        func refused(_ task: OtherTask, _ found: String, _ remedy: String? = nil) -> DatasetError {
            .otherTask(path: path, line: 0, column: column, task: task, found: found, remedy: remedy ?? task.remedy)
        }
        if let list = names.first(where: isList), names.count(where: isList) * 2 > names.count {
            throw refused(.multiLabel, "the labels are lists, as \"\(printable(list, limit: 60))\"")
        }
        if let (example, isCertain) = severalLabels(names), isCertain || !isNamed {
            throw refused(
                .multiLabel, "rows have several labels at once, as \"\(printable(example, limit: 60))\"",
                isCertain ? nil : OtherTask.multiLabel.remedy + "; if each of the labels is one class: --label " + typed(column))
        }
        if names.count > 1, DecimalLabels.areFractions(names), !isNamed || names.count > mostFractions {
            throw refused(
                .regression, "the labels are \(names.count) different numbers, as \(printable(names[names.count / 2], limit: 30))",
                names.count > mostFractions ? nil : OtherTask.remedy(forNumbersIn: column))
        }
        if !isNamed, rows >= 20, names.count * 10 >= rows * 9 {
            throw .labelPerRow(path: path, column: column, labels: names.count, rows: rows)
        }
    }

    /// Whether a label is a list as Python and JSON write it.
    private static func isList(_ label: String) -> Bool { label.hasPrefix("[") && label.hasSuffix("]") }

    /// A label that consists of others, and whether nearly all that look so do; nil if labels do not.
    ///
    /// "2,27" beside "2" and "27" is two labels; "Home, garden" beside "Arts, crafts" is one.
    private static func severalLabels(_ names: [String]) -> (example: String, isCertain: Bool)? {
        let known = Set(names.map { Array($0.utf8)[...] })
        for separator in [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|")] {
            var parts = Set<ArraySlice<UInt8>>()
            var composed: [String] = []
            var certain = 0
            for name in names {
                let pieces = Array(name.utf8).split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
                parts.formUnion(pieces)
                guard pieces.count > 1, pieces.allSatisfy({ !$0.isEmpty }) else { continue }
                composed.append(name)
                if pieces.allSatisfy(known.contains) { certain += 1 }
            }
            guard let example = composed.first else { continue }
            if certain * 2 >= composed.count { return (example, true) }
            if parts.count < names.count { return (example, false) }
        }
        return nil
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while bytes.first == 0x20 { bytes = bytes.dropFirst() }
        while bytes.last == 0x20 { bytes = bytes.dropLast() }
        return bytes
    }
}
