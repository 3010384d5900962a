import ZooTensor

/// The name among `candidates` that was probably meant: the closest one within a third of the letters, else nil.
///
/// Letters are compared without regard to case; closeness is the number of letters to insert, remove or replace (Levenshtein).
func suggestion(for name: String, among candidates: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    guard !wanted.isEmpty else { return nil }
    var best: String?
    var bestDistance = max(1, wanted.count / 3) + 1
    for candidate in candidates {
        let other = Array(candidate.lowercased().utf8.prefix(65))
        guard abs(other.count - wanted.count) < bestDistance else { continue }
        let distance = editDistance(wanted, other)
        if distance < bestDistance && distance < max(wanted.count, other.count) {
            best = candidate
            bestDistance = distance
        }
    }
    return best
}

/// The least number of bytes to insert, delete or replace to make one text of the other, upper and lower case being equal (Levenshtein).
func editDistance(_ a: String, _ b: String) -> Int { editDistance(Array(a.lowercased().utf8), Array(b.lowercased().utf8)) }

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(min(above, row[j]) + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}

/// The names in quotes, separated by commas, with "and n more" after the first ones.
func listed(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map { "\"\(printable($0, limit: 60))\"" }.joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : names.isEmpty ? "none" : shown
}
