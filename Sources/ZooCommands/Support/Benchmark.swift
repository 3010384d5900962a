import ModelZoo
import ZooNN
import ZooTensor
import ZooTraining

/// Measures one model.
struct Benchmark<Family: ModelFamily> {
    /// The steps at the start that are not counted.
    static var warmUp: Int { 3 }

    let assets: Assets
    let inputs: [Input]
    let batch: Int
    let steps: Int
    let maxLength: Int?

    /// The width of the model's features; 384 where its configuration cannot be read, which the training will tell.
    var width: Int {
        let configuration = try? Family.Configuration(ConfigurationReader(assets.json("config.json"), file: assets.label("config.json")))
        return configuration?.width ?? 384
    }

    /// The figures of whole training steps.
    struct Training {
        var examplesPerSecond = 0.0
        var tokensPerSecond = 0.0
        var tokensPerExample = 0.0
        /// Nominal FLOP a second: 6 for each encoder weight and token, and the attention.
        var rate = 0.0
        var medianStep = 0.0
    }

    /// Trains through the same code as `zoo finetune`.
    func training(_ progress: (_ done: Int, _ total: Int) -> Void) throws -> Training {
        let data = LabelledDataset(
            examples: inputs.enumerated().map { Example(input: $1, label: $0 % 2, line: $0 + 1) }, labels: ["a", "b"],
            path: "the benchmark's inputs")
        let model = try Model<Family>(assets, head: .fresh(data.labels), options: tokenizerOptions(maxLength))
        let lengths = try data.examples.map { model.tokenizer.length(try model.tokenizer.encode($0.input)) }
        let tokens = Double(lengths.reduce(0, +))
        let squares = lengths.reduce(0.0) { $0 + Double($1) * Double($1) }

        var configuration = TrainingConfiguration()
        configuration.batchSize = batch
        configuration.validationFraction = 0
        let total = steps + Self.warmUp
        configuration.maxSteps = total
        let stepsPerEpoch = max(1, data.examples.count / batch)
        configuration.epochs = (total + stepsPerEpoch - 1) / stepsPerEpoch
        var counted: [TrainingStep] = []
        _ = try FineTuner(model, training: data, configuration: configuration).run { event in
            guard case .step(let step) = event else { return }
            if step.step > Self.warmUp { counted.append(step) }
            progress(step.step, total)
        }
        let seconds = max(counted.reduce(0) { $0 + $1.seconds }, 1e-9)
        let doneTokens = Double(counted.reduce(0) { $0 + $1.tokens })
        let doneExamples = Double(counted.reduce(0) { $0 + $1.examples })
        let measures = model.configuration
        // Scores and the mixing of values: 2 products of 2 FLOP forward, twice that backward.
        let attention = 12 * Double(measures.width) * Double(measures.layerCount) * squares / tokens
        var result = Training()
        result.examplesPerSecond = doneExamples / seconds
        result.tokensPerSecond = doneTokens / seconds
        result.tokensPerExample = doneTokens / max(doneExamples, 1)
        result.rate = doneTokens * (6 * Double(measures.weightsPerToken) + attention) / seconds
        result.medianStep = median(counted.map(\.seconds))
        return result
    }

    private func embedder() throws -> Embedder<Family> {
        try Embedder<Family>(assets, options: tokenizerOptions(maxLength))
    }

    /// Inputs a second that one thread makes ready for the model: words cut into tokens, images decoded and resized.
    func preparation() throws -> Double {
        let tokenizer = try Model<Family>.tokenizer(assets, options: tokenizerOptions(maxLength))
        let inputs = Array(inputs.prefix(512))
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<3 {
            let start = clock.now
            for input in inputs { _ = try tokenizer.prepare(tokenizer.encode(input), nil) }
            best = max(best, Double(inputs.count) / max((clock.now - start).seconds, 1e-9))
        }
        return best
    }

    /// Inputs a second, from the input to its vector.
    func embedding() throws -> Double {
        let embedder = try embedder()
        let inputs = Array(inputs.prefix(512))
        try embedder.embed(Array(inputs.prefix(64))) { _ in }
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<3 {
            let start = clock.now
            try embedder.embed(inputs) { _ in }
            best = max(best, Double(inputs.count) / max((clock.now - start).seconds, 1e-9))
        }
        return best
    }

    /// The time of one input, the first, from the input to its vector.
    func latency() throws -> (seconds: Double, tokens: Int) {
        let embedder = try embedder()
        guard let input = inputs.first else { return (0, 0) }
        let length = embedder.model.tokenizer.length(try embedder.model.tokenizer.encode(input))
        let clock = ContinuousClock()
        var times: [Double] = []
        for number in 0..<110 {
            let start = clock.now
            try embedder.embed([input]) { _ in }
            if number >= 10 { times.append((clock.now - start).seconds) }
        }
        return (median(times), length)
    }
}

/// The middle value; 0 of none.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + (middle < sorted.count ? sorted[middle] : last)) / 2
}
