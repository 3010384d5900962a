/// What the normaliser and the word splitter need to know of a Unicode scalar (see ``UnicodeTables``).
struct ScalarClass {
    let bits: UInt16

    /// Cleaning takes it away: control, format and private characters, U+0000, U+FFFD.
    var isRemoved: Bool { bits & 1 != 0 }
    /// An ideograph, which is a word of its own.
    var isChinese: Bool { bits & 2 != 0 }
    /// A non-spacing mark, which goes with the accents.
    var isStripped: Bool { bits & 4 != 0 }
    /// A word of its own.
    var isPunctuation: Bool { bits & 8 != 0 }
    /// Separates words.
    var isWhitespace: Bool { bits & 16 != 0 }
    /// A mark that canonical ordering moves.
    var isNonstarter: Bool { bits & 32 != 0 }
    /// It has an entry in ``UnicodeTables/accentFree``.
    var isAccented: Bool { bits & 64 != 0 }
    /// It has a lower-case form.
    var isUppercase: Bool { bits & 128 != 0 }
    /// The rank of the canonical combining class of a nonstarter that is not stripped.
    var combiningRank: UInt64 { UInt64(bits >> 8) }

    /// The class of a scalar.
    @inline(__always)
    init(_ scalar: UInt32) {
        let table = Self.table
        bits = scalar < UInt32(table.count) ? table[Int(scalar)] : Self.search(scalar)
    }

    /// The bits of the first two planes.
    private static let table: [UInt16] = {
        let runs = UnicodeTables.classRuns
        var table = [UInt16](repeating: 0, count: 0x20000)
        for index in stride(from: 0, to: runs.count, by: 2) {
            let end = index + 2 < runs.count ? Int(runs[index + 2]) : table.count
            let bits = UInt16(truncatingIfNeeded: runs[index + 1])
            if bits == 0 { continue }
            for scalar in min(Int(runs[index]), table.count)..<min(end, table.count) { table[scalar] = bits }
        }
        return table
    }()

    private static func search(_ scalar: UInt32) -> UInt16 {
        let runs = UnicodeTables.classRuns
        return UInt16(truncatingIfNeeded: runs[2 * (firstIndex(runs.count / 2) { runs[2 * $0] > scalar } - 1) + 1])
    }

    /// The scalars that stay of an accented scalar: the pairs of ``UnicodeTables/accentFree`` with these numbers.
    static func accentFree(_ scalar: UInt32) -> Range<Int> {
        let pairs = UnicodeTables.accentFree
        let first = firstIndex(pairs.count / 2) { pairs[2 * $0] >= scalar }
        var end = first
        while 2 * end < pairs.count && pairs[2 * end] == scalar { end += 1 }
        return first..<end
    }

    /// The lower-case form of a scalar that has one of one scalar.
    static func lowercase(_ scalar: UInt32) -> UInt32 {
        let runs = UnicodeTables.lowercase
        let value = Int32(truncatingIfNeeded: scalar)
        let run = firstIndex(runs.count / 4) { runs[4 * $0 + 1] >= value }
        guard run < runs.count / 4, runs[4 * run] <= value, (value - runs[4 * run]) % runs[4 * run + 2] == 0 else { return scalar }
        return UInt32(truncatingIfNeeded: value + runs[4 * run + 3])
    }

    /// Whether a scalar is part of a word, as `\w`.
    static func isWordCharacter(_ scalar: UInt32) -> Bool {
        let ranges = UnicodeTables.wordRanges
        let range = firstIndex(ranges.count / 2) { ranges[2 * $0 + 1] >= scalar }
        return range < ranges.count / 2 && ranges[2 * range] <= scalar
    }

    /// The first index below `count` with `condition`, which holds from some index on; `count` if it never holds.
    @inline(__always)
    private static func firstIndex(_ count: Int, _ condition: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
