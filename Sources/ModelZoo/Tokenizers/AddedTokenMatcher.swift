/// Finds added tokens in a text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    /// The largest number of bytes of an added token, which bounds the work at each place of a text.
    static let limit = 1024

    /// A part of a text: a token, or text between tokens.
    struct Part {
        let id: Int32?
        let range: Range<Int>
    }

    /// A node of the tree of all tokens; 0 stands for none.
    private struct Node {
        let byte: UInt8
        var child = 0
        var sibling = 0
        /// The token that ends here.
        var token = -1
    }

    private var nodes = [Node(byte: 0)]
    private var tokens: [(id: Int32, token: AddedToken)] = []
    /// Whether a token starts with a byte.
    private var isFirst = [Bool](repeating: false, count: 256)

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.isEmpty }

    /// Adds a token; of two with equal patterns the first counts.
    mutating func add(_ token: AddedToken, id: Int32, pattern: [UInt8]) {
        guard let first = pattern.first else { return }
        isFirst[Int(first)] = true
        var node = 0
        for byte in pattern {
            var next = nodes[node].child
            while next != 0 && nodes[next].byte != byte { next = nodes[next].sibling }
            if next == 0 {
                next = nodes.count
                nodes.append(Node(byte: byte, sibling: nodes[node].child))
                nodes[node].child = next
            }
            node = next
        }
        if nodes[node].token < 0 {
            nodes[node].token = tokens.count
            tokens.append((id, token))
        }
    }

    /// Cuts `text[range]`, which is valid UTF-8 with whole scalars, into tokens and what is between them.
    func parts(_ text: [UInt8], _ range: Range<Int>) -> [Part] {
        if isEmpty { return [Part(id: nil, range: range)] }
        var parts: [Part] = []
        var done = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            guard isFirst[Int(text[index])], let (number, length) = longest(text, index, range.upperBound) else {
                index += 1
                continue
            }
            let (id, token) = tokens[number]
            var start = index
            var stop = index + length
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
            if token.stripsRight {
                while stop < range.upperBound, let (scalar, count) = UTF8Scalars.decode(text, stop, range.upperBound),
                    ScalarClass(scalar).isWhitespace
                {
                    stop += count
                }
            }
            if done < start { parts.append(Part(id: nil, range: done..<start)) }
            parts.append(Part(id: id, range: min(start, stop)..<stop))
            done = stop
        }
        if done < range.upperBound { parts.append(Part(id: nil, range: done..<range.upperBound)) }
        return parts
    }

    private func longest(_ text: [UInt8], _ start: Int, _ end: Int) -> (number: Int, length: Int)? {
        var node = 0
        var index = start
        var best: (Int, Int)?
        while index < end {
            let byte = text[index]
            var next = nodes[node].child
            while next != 0 && nodes[next].byte != byte { next = nodes[next].sibling }
            if next == 0 { break }
            node = next
            index += 1
            if nodes[node].token >= 0 { best = (nodes[node].token, index - start) }
        }
        return best
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
