import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One target under a fuzzer that is guided by coverage.
package final class GuidedRun {
    private let target: any Target
    private let folder: ScratchFolder
    private var counts: [String: Int] = [:]
    /// Who changes the documents of an input, as far as they are known.
    private var mutators: [Mutator]

    /// - Throws: an error that says which targets there are.
    package init(_ name: String) throws {
        guard let type = Fuzzer.targets.first(where: { $0.name == name }) else {
            throw Finding("no target \(name); there are \(Self.names.joined(separator: " "))")
        }
        folder = try ScratchFolder()
        target = try type.init(folder)
        // A first run, for its mutators.
        var source = Source(SplitMix64(seed: 1))
        _ = Outcome(of: target, &source)
        mutators = source.mutators
    }

    /// The names of all targets.
    package static var names: [String] { Fuzzer.targets.map { $0.name } }

    /// Writes inputs to start from: the target's own seeds, a quarter of them as they are, and what the mutators make of the rest.
    package func writeSeeds(_ count: Int, in folder: String) throws {
        for index in 0..<count {
            let random = SplitMix64(seed: 2, target: type(of: target).name, index: index)
            var source = index < count / 4 ? Source(seeds: random) : Source(random)
            _ = Outcome(of: target, &source)
            try writeFile("\(folder)/seed-\(index)", source.guided)
        }
    }

    /// Runs one input.
    ///
    /// - Returns: what is wrong, nil if nothing is.
    package func run(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var source = Source(guided: bytes)
        let outcome = Outcome(of: target, &source)
        counts[outcome.code ?? "finding", default: 0] += 1
        if source.mutators.count >= mutators.count { mutators = source.mutators }
        return outcome.findings.first
    }

    /// Changes one document of an input, as its format tells; nil where that is not to be.
    package func mutated(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64, limit: Int) -> [UInt8]? {
        var random = SplitMix64(seed: seed)
        guard bytes.count > Source.choiceByteCount, !mutators.isEmpty, random.once(in: 2) else { return nil }
        var documents = Source.parts(of: Array(bytes)[Source.choiceByteCount...])
        let place = random.below(documents.count)
        let mutator = mutators[min(place, mutators.count - 1)]
        for _ in 0...random.below(3) { mutator.mutate(&documents[place], &random) }
        let result = Source.joined(bytes.prefix(Source.choiceByteCount), documents)
        return result.count <= limit ? result : nil
    }

    /// How often each outcome was, the most frequent first.
    package var summary: String {
        let list = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        return
            "\(type(of: target).name): \(counts["accepted"] ?? 0) accepted, \(counts.count) outcomes: \(list.prefix(12).joined(separator: ", "))"
    }

    /// Deletes what was written for the target.
    package func finish() { folder.delete() }
}
