import ZooTensor

/// A number of rows and the lines of the first few.
struct LineTally {
    private(set) var count = 0
    private(set) var lines: [Int] = []

    mutating func add(_ line: Int) {
        count += 1
        if lines.count < 5 { lines.append(line) }
    }

    /// `1 row (line 3)`, `7 rows (lines 3, 4, 5, 6, 7, …)`.
    func described(_ one: String, _ many: String) -> String {
        let numbers = lines.map { String($0) }.joined(separator: ", ")
        return "\(counted(count, one, many)) (\(count == 1 ? "line" : "lines") \(numbers)\(count > lines.count ? ", …)" : ")")"
    }
}
