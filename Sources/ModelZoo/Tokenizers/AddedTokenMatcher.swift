/// Finds added tokens in a text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    /// The largest number of bytes of an added token.
    static let limit = 1024

    /// A part of a text: a token, or text between tokens.
    struct Part {
        let id: Int32?
        let range: Range<Int>
    }

    private let automaton: PatternAutomaton
    private let tokens: [(id: Int32, token: AddedToken, length: Int)]

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter tokens: the tokens with what stands for them in a text; of two with equal patterns the first counts.
    init(_ tokens: [(id: Int32, token: AddedToken, pattern: [UInt8])]) {
        automaton = PatternAutomaton(tokens.map(\.pattern))
        self.tokens = tokens.map { ($0.id, $0.token, $0.pattern.count) }
    }

    /// Cuts `text[range]`, which is valid UTF-8 with whole scalars, into tokens and what is between them.
    func parts(_ text: [UInt8], _ range: Range<Int>) -> [Part] {
        if isEmpty { return [Part(id: nil, range: range)] }
        var parts: [Part] = []
        var done = range.lowerBound
        var index = range.lowerBound
        var steps = 0
        // The white space that was looked at last: tokens in it that take what follows them share the work.
        var blank = range.lowerBound..<range.lowerBound
        for match in automaton.longest(in: text, range, steps: &steps) where match.start >= index {
            let (id, token, length) = tokens[match.pattern]
            var start = match.start
            var stop = start + length
            index = stop
            if token.isSingleWord && (endsWithWord(text, range.lowerBound..<start) || startsWithWord(text, stop..<range.upperBound)) {
                continue
            }
            if token.stripsLeft {
                while start > done, let (scalar, count) = UTF8Scalars.decode(text, before: start, range.lowerBound),
                    ScalarClass(scalar).isWhitespace
                {
                    start -= count
                }
                start = max(start, done)
            }
            if token.stripsRight && blank.contains(stop) {
                stop = blank.upperBound
            } else if token.stripsRight {
                let first = stop
                while stop < range.upperBound, let (scalar, count) = UTF8Scalars.decode(text, stop, range.upperBound),
                    ScalarClass(scalar).isWhitespace
                {
                    stop += count
                }
                blank = first..<stop
            }
            if done < start { parts.append(Part(id: nil, range: done..<start)) }
            parts.append(Part(id: id, range: min(start, stop)..<stop))
            done = stop
        }
        if done < range.upperBound { parts.append(Part(id: nil, range: done..<range.upperBound)) }
        return parts
    }

    private func endsWithWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, let (scalar, _) = UTF8Scalars.decode(text, before: range.upperBound, range.lowerBound) else { return false }
        return ScalarClass.isWordCharacter(scalar)
    }

    private func startsWithWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, let (scalar, _) = UTF8Scalars.decode(text, range.lowerBound, range.upperBound) else { return false }
        return ScalarClass.isWordCharacter(scalar)
    }
}
