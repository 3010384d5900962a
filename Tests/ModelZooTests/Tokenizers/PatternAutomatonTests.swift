import ModelZoo
import Testing
import ZooTensor

@Suite("Finding many patterns")
struct PatternAutomatonTests {
    /// The same by looking for every pattern at every place.
    private func naive(_ patterns: [[UInt8]], _ text: [UInt8]) -> [[Int]] {
        text.indices.compactMap { start in
            let found = patterns.indices.filter { !patterns[$0].isEmpty && text[start...].starts(with: patterns[$0]) }
            guard let longest = found.map({ patterns[$0].count }).max() else { return nil }
            return [start, found.first { patterns[$0].count == longest } ?? -1]
        }
    }

    @Test("the longest at each place, the first of equal ones: as looking for each by itself")
    func same() {
        var random = SplitMix64(seed: 7)
        for letters: UInt64 in [1, 2, 3] {
            for _ in 0..<200 {
                func text(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(0x61 + random.next() % letters) } }
                let patterns = (0..<Int(random.next() % 8)).map { _ in text(Int(random.next() % 6)) }
                let whole = text(40)
                var steps = 0
                let found = PatternAutomaton(patterns).longest(in: whole, 0..<whole.count, steps: &steps)
                #expect(found.map { [$0.start, $0.pattern] } == naive(patterns, whole), "\(patterns) \(whole)")
                #expect(steps <= 2 * whole.count)
                let part = PatternAutomaton(patterns).longest(in: whole, 10..<30, steps: &steps)
                #expect(part.map { [$0.start - 10, $0.pattern] } == naive(patterns, Array(whole[10..<30])))
            }
        }
    }

    @Test("linear, however many patterns share a beginning or an end")
    func linear() {
        let run = (1...1000).map { [UInt8](repeating: 0x61, count: $0) }
        let families: [[[UInt8]]] = [
            run, run.map { $0 + [0x62] }, run.map { [0x62] + $0 },
            (0..<100_000).map { Array("aaaaaaaaaaaaaaaaaaaaaaaa\($0)".utf8) },
        ]
        for patterns in families {
            let automaton = PatternAutomaton(patterns)
            for text in [[UInt8](repeating: 0x61, count: 30_000), Array("aaaab".utf8) + [UInt8](repeating: 0x61, count: 30_000)] {
                var steps = 0
                _ = automaton.longest(in: text, 0..<text.count, steps: &steps)
                #expect(steps <= 2 * text.count)
            }
        }
    }

    @Test("a tokenizer with 99,000 added tokens that share a beginning")
    func tokenizer() throws {
        var options = WordPieceOptions()
        options.addedTokens = (0..<99_000).map { AddedToken("[tok\($0)]", isSpecial: true) }
        let tokenizer = try WordPieceTokenizer(
            vocabulary: Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n".utf8), file: "vocab.txt", options: options)
        #expect(tokenizer.tokenIDs("a[tok98999][tok7] a[tok10]") == [5, 99_005, 13, 5, 16])
    }
}
