import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Feeds mutated inputs to the readers of the package and counts what they say.
package enum Fuzzer {
    /// All targets, each a parser or a few that belong together.
    static var targets: [any Target.Type] {
        [
            JSONTarget.self, SafetensorsTarget.self, IndexTarget.self, ManifestTarget.self, ReferenceTarget.self, VocabularyTarget.self,
            TokenizerTarget.self, CSVTarget.self, TSVTarget.self, JSONLinesTarget.self, JSONTableTarget.self, TextTableTarget.self,
            BundleTarget.self, ZipTarget.self, ModelTarget.self, ImageTarget.self, IDXTarget.self, CIFARTarget.self, ImageSetTarget.self,
            ProcessorTarget.self, TimmTarget.self, SignedTarget.self, SettingsTarget.self, JournalTarget.self, HTTPTarget.self,
        ]
    }

    private static var usage: String {
        """
        usage: zoo-fuzz [all | TARGET...] [--inputs COUNT] [--seed SEED] [--only NUMBER] [--crash-file PATH]
        targets: \(targets.map { $0.name }.joined(separator: ", "))
        """
    }

    /// What the command line asks for.
    private struct Options {
        var names: [String] = []
        var inputs = 100_000
        var seed: UInt64 = 1
        var only: Int?
        var crashFile = "zoo-fuzz.last"

        init?(_ arguments: [String]) {
            var rest = arguments[...]
            while let word = rest.popFirst() {
                switch word {
                case "--inputs":
                    guard let value = rest.popFirst().flatMap({ Int($0) }), value >= 0 else { return nil }
                    inputs = value
                case "--seed":
                    guard let value = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                    seed = value
                case "--only":
                    guard let value = rest.popFirst().flatMap({ Int($0) }), value >= 0 else { return nil }
                    only = value
                case "--crash-file":
                    guard let value = rest.popFirst() else { return nil }
                    crashFile = value
                default:
                    guard !word.hasPrefix("-") else { return nil }
                    names.append(word)
                }
            }
        }
    }

    /// - Returns: the exit code: 0 when nothing was found, 1 for findings, 2 for a wrong command line.
    package static func run(_ arguments: [String]) -> Int32 {
        guard let options = Options(arguments) else {
            print(usage)
            return 2
        }
        let chosen = options.names.isEmpty || options.names == ["all"] ? targets : targets.filter { options.names.contains($0.name) }
        guard options.names.isEmpty || options.names == ["all"] || chosen.count == options.names.count else {
            print(usage)
            return 2
        }
        do {
            let folder = try ScratchFolder()
            var findings = 0
            for type in chosen { findings += try run(type, folder, options) }
            unlink(options.crashFile)
            print(findings == 0 ? "nothing found" : "\(findings) findings")
            return findings == 0 ? 0 : 1
        } catch {
            print("zoo-fuzz: \(error)")
            return 1
        }
    }

    private static func run(_ type: any Target.Type, _ folder: ScratchFolder, _ options: Options) throws -> Int {
        let target = try type.init(folder)
        // A trap ends the process: this file then names the input that it was.
        let mark = open(options.crashFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer { close(mark) }
        var counts: [String: Int] = [:]
        var findings = 0
        var slowest = (seconds: 0.0, index: 0)
        let clock = ContinuousClock()
        let start = clock.now
        let range = options.only.map { $0..<$0 + 1 } ?? 0..<options.inputs
        for index in range where options.only != nil || index % type.interval == 0 {
            let line = "zoo-fuzz \(type.name) --seed \(options.seed) --only \(index)\n" + String(repeating: " ", count: 16)
            _ = line.withCString { pwrite(mark, $0, line.utf8.count, 0) }
            var source = Source(SplitMix64(seed: options.seed, target: type.name, index: index))
            let began = clock.now
            func report(_ text: String) {
                findings += 1
                if findings <= 20 { print("\(type.name) --seed \(options.seed) --only \(index): \(text)") }
            }
            let outcome = Outcome(of: target, &source)
            if let code = outcome.code { counts[code, default: 0] += 1 }
            for finding in outcome.findings { report(finding) }
            if options.only != nil, let message = outcome.message { print(message) }
            let took = (clock.now - began) / .seconds(1)
            if took > slowest.seconds { slowest = (took, index) }
            if took > 2 { report("took \(took) s") }
        }
        let seconds = (clock.now - start) / .seconds(1)
        print(
            "\(type.name): \(range.count) inputs in \(rounded(seconds)) s, \(findings) findings, slowest \(rounded(slowest.seconds * 1000)) ms (\(slowest.index))"
        )
        for (code, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) { print("    \(count)  \(code)") }
        return findings
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
