/// The word that was probably meant: the closest one within a third of the letters, or the only one that begins so.
func nearest(_ word: String, among candidates: [String]) -> String? {
    let wanted = Array(word.lowercased().utf8.prefix(64))
    guard !wanted.isEmpty else { return nil }
    let begun = candidates.filter { $0.utf8.starts(with: wanted) }
    if wanted.count >= 2, begun.count == 1 { return begun.first }
    let scored = candidates.map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
    guard let best = scored.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
    return best.distance <= max(1, wanted.count / 3) && best.distance < wanted.count ? best.name : nil
}

/// The number of letters to insert, remove, replace or swap with their neighbour (Damerau and Levenshtein, optimal string alignment).
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 0..<a.count {
        for j in 0..<b.count {
            var best = min(rows[i][j + 1], rows[i + 1][j]) + 1
            best = min(best, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            rows[i + 1][j + 1] = best
        }
    }
    return rows[a.count][b.count]
}
