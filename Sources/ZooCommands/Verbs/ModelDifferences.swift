import ZooTensor

/// What is not the same in two models.
struct ModelDifferences {
    /// One thing that is not the same.
    struct Entry {
        /// What it is, as `config.id2label.7`.
        let what: String
        /// Its place among others of its kind: `config.id2label`; itself if it stands alone.
        let group: String
        let first: JSON
        let second: JSON
    }

    private(set) var entries: [Entry] = []
    /// The most differences of one group that are shown one by one.
    private static let shownInGroup = 6
    private static let shownOfMany = 3

    mutating func add(_ what: String, in group: String, _ first: JSON, _ second: JSON) {
        entries.append(Entry(what: what, group: group, first: first, second: second))
    }

    /// Adds what differs, of objects each member by itself.
    mutating func compare(_ what: String, in group: String = "", _ a: JSON, _ b: JSON) {
        guard a != b else { return }
        if let left = a.object, let right = b.object {
            for key in Set(left.keys).union(right.keys).sorted() {
                compare("\(what).\(key)", in: what, left[key] ?? .null, right[key] ?? .null)
            }
        } else {
            add(what, in: group, a, b)
        }
    }

    /// A value in one line.
    private static func text(_ value: JSON) -> String {
        guard let count = value.array?.count ?? value.object?.count else { return plain(value.brief, limit: 400) }
        return "\(counted(count, "entry", "entries")): " + plain(value.serializedText(), limit: 160)
    }

    /// The lines for people: of a group with many members the first few, and how many more there are.
    ///
    /// - Parameter isWhole: whether all members of a group are shown.
    func lines(_ style: Style, isWhole: (_ group: String) -> Bool) -> [String] {
        var lines: [String] = []
        var counts: [String: Int] = [:]
        for entry in entries { counts[entry.group, default: 0] += 1 }
        var shown: [String: Int] = [:]
        for entry in entries {
            let count = counts[entry.group] ?? 0
            let isCut = !entry.group.isEmpty && count > Self.shownInGroup && !isWhole(entry.group)
            shown[entry.group, default: 0] += 1
            let place = shown[entry.group] ?? 0
            if isCut && place > Self.shownOfMany {
                if place == count {
                    lines.append("  … and \(grouped(count - Self.shownOfMany)) more of \(plain(entry.group)) (--all shows them)")
                }
                continue
            }
            lines.append(style.bold(plain(entry.what)))
            lines.append("  - \(Self.text(entry.first))")
            lines.append("  + \(Self.text(entry.second))")
        }
        return lines
    }
}
