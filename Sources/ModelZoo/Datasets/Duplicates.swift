/// Texts that occur more than once. White space around a text does not count.
public struct Duplicates: Sendable, Hashable {
    /// The number of examples whose text occurred before.
    public private(set) var count = 0
    /// The number of these whose class is another than that of the first occurrence.
    public private(set) var conflictCount = 0
    /// The lines of the first few: where the text occurred first, and where again.
    public private(set) var lines: [Pair] = []

    /// Two lines with the same text.
    public struct Pair: Sendable, Hashable {
        /// Where the text occurred first.
        public let first: Int
        /// Where it occurred again.
        public let second: Int
        /// Whether the classes differ.
        public let isConflict: Bool
    }

    private static let shown = 5

    /// The texts of `second` that `first` has too, as a validation set must not share texts with its training set.
    ///
    /// The classes of both are indices into the same list.
    public static func between(_ first: [Example], _ second: [Example]) -> Duplicates {
        var result = Duplicates()
        // The smaller memory: a first occurrence for each text of `first`.
        var occurrences: [Input: Int] = [:]
        occurrences.reserveCapacity(first.count)
        for (index, example) in first.enumerated() {
            let key = key(example.input)
            if occurrences[key] == nil { occurrences[key] = index }
        }
        for example in second {
            if let index = occurrences[key(example.input)] { result.add(first[index], example) }
        }
        return result
    }

    /// The texts that occur again within `examples`.
    public static func within(_ examples: [Example]) -> Duplicates {
        var result = Duplicates()
        var occurrences: [Input: Int] = [:]
        occurrences.reserveCapacity(examples.count)
        for (index, example) in examples.enumerated() {
            let key = key(example.input)
            if let first = occurrences[key] {
                result.add(examples[first], example)
            } else {
                occurrences[key] = index
            }
        }
        return result
    }

    private mutating func add(_ first: Example, _ second: Example) {
        count += 1
        let isConflict = first.label != nil && second.label != nil && first.label != second.label
        if isConflict { conflictCount += 1 }
        if lines.count < Self.shown { lines.append(Pair(first: first.line, second: second.line, isConflict: isConflict)) }
    }

    private static func key(_ input: Input) -> Input {
        switch input {
        case .text(let text): .text(text.trimmingWhiteSpace())
        case .textPair(let first, let second): .textPair(first.trimmingWhiteSpace(), second.trimmingWhiteSpace())
        case .image: input
        }
    }
}
