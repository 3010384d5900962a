import ZooTensor

/// The name among `candidates` that was probably meant: the only one that begins so, or the closest one within a third of the letters.
package func suggestion(for name: String, among candidates: [String]) -> String? {
    let wanted = String(decoding: name.lowercased().utf8.prefix(64), as: UTF8.self)
    guard !wanted.isEmpty else { return nil }
    let begun = candidates.filter { $0.lowercased().utf8.starts(with: wanted.utf8) }
    if wanted.utf8.count >= 2, begun.count == 1 { return begun.first }
    var best: (name: String, distance: Int)?
    for candidate in candidates where abs(candidate.utf8.count - wanted.utf8.count) <= max(1, wanted.utf8.count / 3) {
        let distance = editDistance(wanted, candidate)
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(1, wanted.utf8.count / 3), best.distance < wanted.utf8.count else { return nil }
    return best.name
}

/// The three names among `candidates` that are nearest to one that is not there: those that differ by a third of its bytes at most, or hold it.
package func nearNames(_ name: String, among candidates: some Sequence<String>) -> [String] {
    let wanted = name.lowercased()
    let near = Set(candidates).map { (name: $0, distance: editDistance(name, $0)) }
        .filter { $0.distance <= max(2, name.utf8.count / 3) || $0.name.lowercased().contains(wanted) }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return near.prefix(3).map(\.name)
}

/// The number of bytes to insert, remove, replace or swap with their neighbour to make one text of the other, upper and lower case being
/// equal (Damerau and Levenshtein, optimal string alignment).
package func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first.lowercased().utf8)
    let b = Array(second.lowercased().utf8)
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
        var row = last
        row[0] = i + 1
        for j in b.indices {
            var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row[j + 1] = best
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

/// The names in quotes, separated by commas, with "and n more" after the first ones.
func listed(_ names: [String], limit: Int = 20) -> String {
    let shown = names.prefix(limit).map { "\"\(printable($0, limit: 60))\"" }.joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : names.isEmpty ? "none" : shown
}
