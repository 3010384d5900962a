/// Finds, at each place of a text, the longest of many patterns that starts there, in time linear in the text whatever the patterns are: the
/// automaton of Aho and Corasick (1975, "Efficient String Matching: An Aid to Bibliographic Search").
///
/// It reads the text backwards, and the patterns too: the longest reversed pattern that ends at a place is the longest pattern that starts
/// there.
package struct PatternAutomaton: Sendable {
    /// The byte that leads to each node, from its parent. The root is node 0; the nodes are in the order of their depth.
    private let bytes: [UInt8]
    /// The first child of each node, and behind them the number of nodes: the children of a node follow each other, by rising bytes.
    private let children: [UInt32]
    /// The node of the longest proper ending of what each node stands for.
    private let failures: [UInt32]
    /// The longest pattern that what each node stands for ends in; -1 for none.
    private let matches: [Int32]
    /// The child of the root for each byte, 0 for none.
    private let roots: [UInt32]

    /// An automaton of patterns. Of equal ones the first counts, an empty one is never found.
    ///
    /// - Parameter patterns: at most 2^31, with at most 2^32 bytes in sum.
    package init(_ patterns: [[UInt8]]) {
        func byte(_ pattern: Int32, _ depth: Int) -> UInt8 {
            let pattern = patterns[Int(pattern)]
            return pattern[pattern.count - 1 - depth]
        }
        let order = patterns.indices.filter { !patterns[$0].isEmpty }.map { Int32(truncatingIfNeeded: $0) }.sorted { left, right in
            let (one, other) = (patterns[Int(left)], patterns[Int(right)])
            for (x, y) in zip(one.reversed(), other.reversed()) where x != y { return x < y }
            return one.count != other.count ? one.count < other.count : left < right
        }
        var bytes: [UInt8] = [0]
        var children: [UInt32] = []
        var failures: [UInt32] = [0]
        var matches: [Int32] = []
        // Breadth first: a node is a range of the sorted patterns, which share their last bytes.
        var level: [Range<Int>] = [0..<order.count]
        var parents: [UInt32] = [0]
        var depth = 0
        while !level.isEmpty {
            var next: [Range<Int>] = []
            var nextParents: [UInt32] = []
            let first = bytes.count - level.count
            for (place, range) in level.enumerated() {
                let node = first + place
                if depth > 1 {
                    var state = Int(failures[Int(parents[place])])
                    while true {
                        if let found = Self.child(state, bytes[node], bytes, children) {
                            failures[node] = UInt32(truncatingIfNeeded: found)
                            break
                        }
                        if state == 0 { break }
                        state = Int(failures[state])
                    }
                }
                var start = range.lowerBound
                var own: Int32 = -1
                while start < range.upperBound, patterns[Int(order[start])].count == depth {
                    if own < 0 { own = order[start] }
                    start += 1
                }
                matches.append(own >= 0 || node == 0 ? own : matches[Int(failures[node])])
                children.append(UInt32(truncatingIfNeeded: bytes.count))
                while start < range.upperBound {
                    let value = byte(order[start], depth)
                    var end = start + 1
                    while end < range.upperBound, byte(order[end], depth) == value { end += 1 }
                    next.append(start..<end)
                    nextParents.append(UInt32(truncatingIfNeeded: node))
                    bytes.append(value)
                    failures.append(0)
                    start = end
                }
            }
            (level, parents) = (next, nextParents)
            depth += 1
        }
        children.append(UInt32(truncatingIfNeeded: bytes.count))
        var roots = [UInt32](repeating: 0, count: 256)
        for node in Int(children[0])..<Int(children[1]) { roots[Int(bytes[node])] = UInt32(truncatingIfNeeded: node) }
        self.bytes = bytes
        self.children = children
        self.failures = failures
        self.matches = matches
        self.roots = roots
    }

    /// The places of `text[range]` where patterns start, rising, each with the longest one.
    ///
    /// - Parameter steps: the number of nodes looked at is added to it, at most twice the number of bytes.
    package func longest(in text: [UInt8], _ range: Range<Int>, steps: inout Int) -> [(start: Int, pattern: Int)] {
        var found: [(start: Int, pattern: Int)] = []
        var node = 0
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            let byte = text[index]
            if node == 0 && roots[Int(byte)] == 0 { continue }
            while true {
                steps += 1
                if node == 0 {
                    node = Int(roots[Int(byte)])
                    break
                }
                if let next = Self.child(node, byte, bytes, children) {
                    node = next
                    break
                }
                node = Int(failures[node])
            }
            if matches[node] >= 0 { found.append((index, Int(matches[node]))) }
        }
        found.reverse()
        return found
    }

    @inline(__always)
    private static func child(_ node: Int, _ byte: UInt8, _ bytes: [UInt8], _ children: [UInt32]) -> Int? {
        guard node + 1 < children.count else { return nil }
        var low = Int(children[node])
        var high = Int(children[node + 1])
        while low < high {
            let middle = (low + high) / 2
            if bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return low < Int(children[node + 1]) && bytes[low] == byte ? low : nil
    }
}
