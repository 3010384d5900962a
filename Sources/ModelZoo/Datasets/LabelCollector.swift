import ZooTensor

/// Turns the labels of a file into classes.
///
/// White space around a label does not belong to it. A label is compared as text, whether JSON writes it as a string, a number or
/// `true`. Two labels that are the same whole number, as `1` and `1.0`, are one class.
struct LabelCollector {
    /// The label as it is written: 1 and "1" are different kinds of the same label.
    private enum Kind: Int, CaseIterable {
        case text, integer, number, bool

        var words: String {
            switch self {
            case .text: "texts"
            case .integer: "whole numbers"
            case .number: "fractions"
            case .bool: "true or false"
            }
        }
    }

    /// The spellings met, or the fixed classes.
    private var names: [String]
    private var positions: [String: Int]
    private let isFixed: Bool
    /// The fixed class of each whole number.
    private var integers: [String: Int] = [:]

    private var kinds = [LineTally](repeating: LineTally(), count: Kind.allCases.count)
    private var trimmed = LineTally()
    private var respelled = LineTally()
    /// Labels whose characters are put together in another way than those of the same class before them.
    private var recomposed = LineTally()
    /// How many labels there were.
    private(set) var count = 0

    /// - Parameter fixed: the classes there are; nil: those that the file has.
    init(fixed: [String]?) {
        names = fixed ?? []
        isFixed = fixed != nil
        positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for (position, name) in names.enumerated() {
            if let integer = integerSpelling(name), integers[integer] == nil { integers[integer] = position }
        }
    }

    /// The classes known so far.
    var known: [String] { names }

    /// The number of a label, preliminary unless the classes are fixed; nil if these have no such class.
    ///
    /// - Parameters:
    ///   - line: where the label stands; for images their number.
    ///   - place: the file and column for the error; the line is told if there is a column.
    /// - Throws: `DatasetError.badLabel` for a new class that breaks ``LabelRule``.
    mutating func index(
        of cell: TableReader.Cell, _ text: String, line: Int, place: (path: String, column: String)
    ) throws(DatasetError) -> Int? {
        count += 1
        let kind: Kind =
            switch cell {
            case .integer: .integer
            case .number: .number
            case .bool: .bool
            default: .text
            }
        kinds[kind.rawValue].add(line)
        let name = text.trimmingWhiteSpace()
        if name.utf8.count != text.utf8.count { trimmed.add(line) }
        if let position = positions[name] {
            // Equal strings may differ in bytes: Unicode holds "é" and "e" with an accent equal.
            if !names[position].utf8.elementsEqual(name.utf8) { recomposed.add(line) }
            return position
        }
        if isFixed {
            guard let integer = integerSpelling(name), let position = integers[integer] else { return nil }
            respelled.add(line)
            return position
        }
        if let rule = LabelRule.violation(of: name) {
            throw .badLabel(path: place.path, line: place.column.isEmpty ? 0 : line, column: place.column, label: name, rule: rule)
        }
        let position = names.count
        names.append(name)
        positions[name] = position
        return position
    }

    /// The classes in order, the class of each preliminary number, and what the user should know.
    ///
    /// The order is by value if all labels are whole numbers, else by bytes.
    func finish() -> (names: [String], classes: [Int], warnings: [String]) {
        var warnings: [String] = []
        if trimmed.count > 0 {
            warnings.append("there is white space around the label, which is ignored, in \(rows(trimmed))")
        }
        if recomposed.count > 0 {
            warnings.append(
                "labels whose accents are written in two ways (NFC and NFD of Unicode) are one class, in \(rows(recomposed))")
        }
        let used = Kind.allCases.filter { kinds[$0.rawValue].count > 0 }
        if used.count > 1 {
            let parts = used.map { "\($0.words) in \(rows(kinds[$0.rawValue]))" }
            warnings.append("labels are written as \(parts.joined(separator: " and as ")); they are compared as texts")
        }
        guard !isFixed else {
            if respelled.count > 0 {
                warnings.append(
                    "labels are written with other decimals than the known classes in \(rows(respelled)); "
                        + "the same whole number is the same class")
            }
            return (names, Array(names.indices), warnings)
        }

        // One group for each spelling, but one for all spellings of the same whole number.
        var groups: [(name: String, integer: Int?)] = []
        var groupOf: [Int] = []
        var groupOfInteger: [String: Int] = [:]
        var merged: [String] = []
        groupOf.reserveCapacity(names.count)
        for name in names {
            let integer = integerSpelling(name)
            if let integer, let group = groupOfInteger[integer] {
                groupOf.append(group)
                groups[group].name = integer
                merged.append(name)
                continue
            }
            if let integer { groupOfInteger[integer] = groups.count }
            groupOf.append(groups.count)
            groups.append((name, integer.flatMap { Int($0) }))
        }
        if let first = merged.first {
            let same = names.filter { integerSpelling($0) == integerSpelling(first) }
            warnings.append(
                "labels that are the same whole number are one class: \(listed(same))"
                    + (merged.count > 1 ? " and \(merged.count - 1) more" : ""))
        }

        warnings += LabelLikeness.warnings(groups.map(\.name))

        let isNumeric = groups.allSatisfy { $0.integer != nil }
        let order = groups.indices.sorted {
            if isNumeric, let a = groups[$0].integer, let b = groups[$1].integer, a != b { return a < b }
            return precedesByBytes(groups[$0].name, groups[$1].name)
        }
        var rank = [Int](repeating: 0, count: groups.count)
        for (position, group) in order.enumerated() { rank[group] = position }
        return (order.map { groups[$0].name }, groupOf.map { rank[$0] }, warnings)
    }

    private func rows(_ tally: LineTally) -> String { tally.described("row", "rows") }

    /// `-12` for `-12`, `-12.0` and `-12.00`, nil for what is no whole number in such a spelling.
    private func integerSpelling(_ label: String) -> String? {
        let bytes = label.utf8
        guard let first = bytes.first, first == UInt8(ascii: "-") || isDigit(first) else { return nil }
        let whole = bytes.prefix { $0 != UInt8(ascii: ".") }
        let digits = first == UInt8(ascii: "-") ? whole.dropFirst() : whole
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        guard whole.count < bytes.count else { return label }
        let fraction = bytes.dropFirst(whole.count + 1)
        guard !fraction.isEmpty, fraction.allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        return String(label[..<whole.endIndex])
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
