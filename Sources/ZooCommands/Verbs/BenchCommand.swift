import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// `zoo bench REF`
struct BenchCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast this machine trains and asks a model.",
        usage: "zoo bench <model> [--data <file>] [--steps <n>] [<options>]",
        discussion: """
            Everything is measured in one run: the machine's rate of matrix products (the
            better of OpenBLAS and the program's own kernels, and which it is), whole training steps (AdamW with dropout; the first three are not counted),
            vectors of inputs, and the time of one input. Without --data, sentences of
            common words with the lengths of short reviews are used, or images of noise.

            Examples:
              zoo bench minilm
              zoo bench minilm --data train.tsv --steps 40 --json
            """)

    @Argument(help: "An installed model or a folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("A table, a file with one text a line, or a folder of images.", valueName: "path"))
    var data: String?

    @Option(name: .long, help: ArgumentHelp("The column of the text.", valueName: "column"))
    var text: String?

    @Option(name: .long, help: "Training steps to count.")
    var steps = 20

    @Option(name: .long, help: "Examples of one step.")
    var batch = 32

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @Flag(name: .long, help: "Leave training out.")
    var inference = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        guard (1...10000).contains(steps), (1...4096).contains(batch) else {
            throw CommandError.usage(message: "--steps: expected 1 to 10000, --batch: expected 1 to 4096", hint: nil)
        }
        let located = try LocatedModel(model, session)
        return try bench(located.family, located, session)
    }

    private func bench<Family: ModelFamily>(_ family: Family.Type, _ located: LocatedModel, _ session: Session) throws -> JSON {
        let kind = Family.inputKind
        var inputs =
            try data.map { try read($0, kind, session) }
            ?? SyntheticInputs.make(kind, count: batch * (steps + Benchmark<Family>.warmUp))
        guard !inputs.isEmpty else { throw DatasetError.empty(path: data ?? "") }
        // One step needs a whole batch.
        while inputs.count < batch { inputs += inputs }
        let benchmark = Benchmark<Family>(assets: located.assets, inputs: inputs, batch: batch, steps: steps, maxLength: maxLength)

        session.progress.update("measuring products", done: 0, total: 4)
        let before = ProductRate.measure(width: benchmark.width)
        session.progress.update("measuring training", done: 1, total: 4)
        let training =
            inference ? nil : try benchmark.training { session.progress.update("training", done: $0, total: $1) }
        let product = ProductRate.max(before, ProductRate.measure(width: benchmark.width))
        session.progress.update("measuring vectors", done: 2, total: 4)
        let preparation = try benchmark.preparation()
        let embedding = try benchmark.embedding()
        session.progress.update("measuring one input", done: 3, total: 4)
        let latency = try benchmark.latency()
        let memory = Double(peakMemory()) / 1_048_576

        session.say("\(session.style.bold(located.name)), \(counted(Threads.count, "thread", "threads")), batches of \(batch)")
        let unit = kind.unit
        var table = Table([("MEASURED", .left), ("VALUE", .right), ("UNIT", .left)])
        table.add(["matrix products", fixed(product.rate / 1e9, 1), "GFLOP/s, \(product.kernel.title), \(product.shape)"])
        for (kernel, rate) in product.rates.sorted(by: { $0.value > $1.value }) where kernel != product.kernel {
            table.add(["", fixed(rate / 1e9, 1), "GFLOP/s, \(kernel.title)"])
        }
        if let training {
            table.add(["training", fixed(training.examplesPerSecond, 1), "examples/s"])
            if kind.hasTokens {
                table.add(["", fixed(training.tokensPerSecond, 0), "tokens/s, \(fixed(training.tokensPerExample, 1)) an example"])
            }
            table.add(["", fixed(training.rate / 1e9, 1), "GFLOP/s, nominal"])
            table.add(["", fixed(100 * training.rate / product.rate, 1), "% of the matrix products' rate"])
            table.add(["", fixed(1000 * training.medianStep, 1), "ms a step (median of \(steps))"])
        }
        table.add(["preparation", fixed(preparation, 0), "\(unit)s/s, one thread"])
        table.add(["vectors", fixed(embedding, 1), "\(unit)s/s"])
        table.add([
            "one \(unit)", fixed(1000 * latency.seconds, 2), kind.hasTokens ? "ms (median, \(latency.tokens) tokens)" : "ms (median)",
        ])
        table.add(["memory, most", fixed(memory, 0), "MiB"])
        for line in table.lines(session.style) { session.say(line) }
        session.sayQuietly(fixed(training?.examplesPerSecond ?? embedding, 1))
        var figures: JSONObject = [
            "model": .string(located.name), "threads": .integer(Threads.count), "batch": .integer(batch), "steps": .integer(steps),
            "data": data.map { .string($0) } ?? .null, "sgemm_gflops": .number(product.rate / 1e9), "sgemm_shape": .string(product.shape),
            "sgemm_kernel": .string(product.kernel.rawValue),
            "openblas_gflops": .number((product.rates[.openBLAS] ?? 0) / 1e9),
            "packed_gflops": .number((product.rates[.packed] ?? 0) / 1e9),
            "\(unit)s_per_second": .number(embedding),
            "prepared_per_second": .number(preparation), "latency_seconds": .number(latency.seconds),
            "latency_tokens": .integer(latency.tokens),
            "peak_memory_mib": .number(memory),
        ]
        if let training {
            figures["examples_per_second"] = .number(training.examplesPerSecond)
            figures["tokens_per_second"] = .number(training.tokensPerSecond)
            figures["tokens_per_example"] = .number(training.tokensPerExample)
            figures["training_gflops"] = .number(training.rate / 1e9)
            figures["share_of_sgemm"] = .number(training.rate / product.rate)
            figures["median_step_seconds"] = .number(training.medianStep)
        }
        return .object(figures)
    }

    private func read(_ path: String, _ kind: InputKind, _ session: Session) throws -> [Input] {
        try InputSource.data(path, kind, Columns(text: text)).chunk(20_000).map(\.input)
    }
}
