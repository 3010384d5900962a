import ZooTensor

/// Finds different labels that a person would take for the same.
enum LabelLikeness {
    /// What a person should know about labels that look alike.
    static func warnings(_ names: [String]) -> [String] {
        var warnings: [String] = []
        if let note = note(names, "look the same and are different classes", skeleton: visible) { warnings.append(note) }
        if let note = note(names, "differ in upper and lower case alone and are different classes", skeleton: { $0.lowercased() }) {
            warnings.append(note)
        }
        return warnings
    }

    /// The groups of labels with one skeleton, as a sentence about the first.
    private static func note(_ names: [String], _ what: String, skeleton: (String) -> String) -> String? {
        var groups: [String: [String]] = [:]
        for name in names { groups[skeleton(name), default: []].append(name) }
        let alike = groups.values.filter { $0.count > 1 }.map { $0.sorted(by: precedesByBytes) }.sorted { precedesByBytes($0[0], $1[0]) }
        guard let first = alike.first else { return nil }
        return "the labels \(listed(first, limit: 5)) \(what)" + (alike.count > 1 ? "; there are \(alike.count) such groups" : "")
    }

    /// A label without what is not seen: invisible characters, and white space that is more than one space.
    private static func visible(_ name: String) -> String {
        var isPlain = true
        var before: UInt8 = 0
        for byte in name.utf8 {
            if byte >= 0x80 || byte == 0x20 && before == 0x20 { isPlain = false }
            before = byte
        }
        if isPlain { return name }
        var result = ""
        for scalar in name.unicodeScalars {
            if scalar.properties.isWhitespace {
                if !result.isEmpty && result.unicodeScalars.last != " " { result.unicodeScalars.append(" ") }
            } else if !scalar.properties.isDefaultIgnorableCodePoint {
                result.unicodeScalars.append(scalar)
            }
        }
        return result.trimmingWhiteSpace()
    }
}
