public import ModelZoo
import ZooNN
import ZooTensor

/// What a run gives.
public struct FineTuned<Family: ModelFamily>: Sendable {
    /// The model with the weights of its best epoch.
    public let model: Model<Family>
    /// The course of the run.
    public let summary: TrainingSummary
    /// What was planned.
    public let plan: TrainingPlan
}

/// Trains a model of any registered family on labelled data: the one pipeline of the package.
public struct FineTuner<Family: ModelFamily> {
    private typealias Encoded = Family.InputTokenizer.Encoded

    /// The model with a head for the data's labels.
    public let model: Model<Family>
    /// The examples to learn from, and to split the validation part off when none is given.
    public let training: LabelledDataset
    /// The examples to choose the best epoch by.
    public let validation: LabelledDataset?
    /// The settings.
    public let configuration: TrainingConfiguration
    /// Where the run leaves its log and its best weights; nil keeps them in memory.
    public let folder: RunFolder?
    /// Where features of frozen backbones are kept between runs; nil keeps them for this run only.
    public let cache: FeatureCache?

    /// - Parameters:
    ///   - model: its labels must be those of the data (`HeadChoice.fresh(training.labels)`).
    ///   - training: the examples to learn from.
    ///   - validation: examples to choose the best epoch by; nil splits off a share of the training data, each class in proportion.
    ///   - folder: see ``RunFolder``.
    public init(
        _ model: Model<Family>, training: LabelledDataset, validation: LabelledDataset? = nil,
        configuration: TrainingConfiguration = TrainingConfiguration(), folder: RunFolder? = nil, cache: FeatureCache? = nil
    ) {
        self.model = model
        self.training = training
        self.validation = validation
        self.configuration = configuration
        self.folder = folder
        self.cache = cache
    }

    /// Runs to the end.
    ///
    /// - Parameter events: called on this thread with what happens.
    /// - Throws: `TrainingError`; when training diverges, the weights before the bad step have been kept in the run folder, whose log tells the
    ///   step.
    public func run(_ events: (TrainingEvent) -> Void = { _ in }) throws -> FineTuned<Family> {
        do {
            return try train(events)
        } catch let error as any ZooError {
            try? folder?.log(failure: error)  // The error itself matters more.
            throw error
        }
    }

    private func train(_ events: (TrainingEvent) -> Void) throws -> FineTuned<Family> {
        let clock = ContinuousClock()
        let start = clock.now
        var run = try prepare(events)
        try computeFeatures(&run, events)
        let plan = run.plan
        try folder?.begin(model, plan, configuration)
        func report(_ event: TrainingEvent) throws {
            try folder?.log(event)
            events(event)
        }
        try report(.planned(plan))

        var best = BestEpoch(metric: configuration.metric, margin: configuration.selectionMargin)
        var bestWeights: Weights?
        /// Keeps the weights if they are the best so far.
        func judge(_ epoch: Int, _ metrics: ClassificationMetrics?) throws -> Bool {
            guard best.update(epoch, metrics) else { return false }
            if let folder {
                try folder.keepBest(run.model)
            } else if plan.steps > 0 {
                bestWeights = try MemoryReservation.hold(5 * run.model.schema.valueCount, for: "the best weights so far") {
                    run.model.weights.copy()
                }
            }
            return true
        }
        var head: HeadSummary?
        if plan.headStart == .solved {
            let solved = try solveHead(&run, events)
            head = solved
            try report(.solvedHead(solved))
            if plan.steps == 0 {
                _ = try judge(0, solved.metrics)
            } else if solved.isUsed, !run.validationInputs.isEmpty {
                _ = try judge(0, validate(&run) { done, total in events(.evaluating(epoch: 0, done: done, total: total)) })
            }
        }
        var epochs = 0
        var figures: [ClassificationMetrics] = []
        var endedEarly = false
        while epochs < configuration.epochs && run.step < plan.steps {
            epochs += 1
            let loss = try run.epoch(epochs) { try report(.step($0)) }
            run.model.weights.settle()
            let metrics = try validate(&run) { done, total in events(.evaluating(epoch: epochs, done: done, total: total)) }
            if let metrics { figures.append(metrics) }
            let isBest = try judge(epochs, metrics)
            try report(.epoch(TrainingEpoch(epoch: epochs, trainingLoss: loss, validation: metrics, isBest: isBest)))
            if let patience = configuration.patience, epochs - best.epoch >= patience {
                endedEarly = true
                break
            }
        }

        var result = run.model
        if best.epoch != epochs {
            if let folder {
                result.weights = try result.weights(from: Checkpoint(folder.bestWeightsPath))
            } else if let bestWeights {
                result.weights = bestWeights
            }
        }
        let summary = TrainingSummary(
            head: head, bestEpoch: best.epoch, epochs: epochs, validation: best.metrics, trainingSeconds: run.seconds,
            totalSeconds: (clock.now - start).seconds, examplesPerSecond: Double(run.examplesDone) / max(run.seconds, 1e-9),
            tokensPerSecond: Double(run.tokensDone) / max(run.seconds, 1e-9), steps: run.step,
            notes: Verdict.notes(best: best.metrics, bestEpoch: best.epoch, epochs: figures, endedEarly: endedEarly))
        try folder?.finish(summary)
        try report(.finished(summary))
        return FineTuned(model: result, summary: summary, plan: plan)
    }

    /// What ``run(_:)`` would do, without training and without computing features.
    ///
    /// - Throws: what it would throw before the first step.
    public func plan(_ events: (TrainingEvent) -> Void = { _ in }) throws -> TrainingPlan { try prepare(events).plan }

    /// The figures of an epoch's weights on the validation data; nil without validation data.
    private func validate(_ run: inout TrainingRun<Family>, progress: (_ done: Int, _ total: Int) -> Void) throws -> ClassificationMetrics?
    {
        // The last step's loss was that of the weights before it, and what was copied of a file may have been cut.
        try run.model.weights.checkFiles()
        if let lost = run.model.firstNonFinite { throw run.diverged("parameter \(lost.path)", .nan, step: run.step) }
        if run.validationInputs.isEmpty { return nil }
        do {
            if let features = run.validationFeatures {
                return try Evaluation.run(run.model, features: features, labels: run.validationLabels)
            }
            return try Evaluation.run(run.model, inputs: run.validationInputs, labels: run.validationLabels, progress: progress)
        } catch ModelError.notFinite {
            throw run.diverged("loss on the validation data", .nan, step: run.step)
        }
    }

    // MARK: preparation

    private func prepare(_ events: (TrainingEvent) -> Void) throws -> TrainingRun<Family> {
        try configuration.check()
        precondition(model.labels == training.labels, "the model's head must have the labels of the training data")
        precondition(validation == nil || validation?.labels == training.labels, "both parts of the data must have the same labels")
        guard training.labels.count >= 2 else { throw TrainingError.tooFewClasses(path: training.path, labels: training.labels) }
        guard Family.InputTokenizer.canAugment || configuration.augmentation.isNone else {
            throw TrainingError.noAugmentation(family: Family.identifier)
        }
        let gradients = try trainableGradients()
        try checkWeights()

        let trainsHeadAlone = model.head != nil && gradients.trainableParameters.allSatisfy(Strategy.headOnly.trains)
        let computesFeaturesOnce = trainsHeadAlone && configuration.augmentation.isNone
        var (headStart, startNote) = headStart()
        let solvesHeadAlone = headStart == .solved && trainsHeadAlone
        var notes = model.notes + [startNote].compactMap { $0 } + training.warnings + (validation?.warnings ?? [])
        let total = training.examples.count + (validation?.examples.count ?? 0)
        func read(_ data: LabelledDataset, offset: Int) throws -> EncodedExamples<Family.InputTokenizer> {
            let read = try EncodedExamples(data, model.tokenizer, configuration.badInputs) {
                events(.preparing(done: offset + $0, total: total))
            }
            if !read.errors.isEmpty {
                let shown = read.errors.prefix(5).map(\.description).joined(separator: "; ")
                notes.append(
                    "\(counted(read.errors.count, "input")) of \(data.path) cannot be read and \(read.errors.count == 1 ? "is" : "are") left out: \(shown)"
                )
            }
            notes += read.notes
            return read
        }
        let main = try read(training, offset: 0)
        // A class of which nothing is left would be planned, and be an answer that is never right.
        let left = Set(main.labels)
        let counts = training.classCounts
        let emptied = counts.indices.filter { counts[$0] > 0 && !left.contains($0) }.map { training.labels[$0] }
        guard emptied.isEmpty || left.isEmpty else { throw TrainingError.emptiedClasses(path: training.path, labels: emptied) }
        var (inputs, labels) = (main.inputs, main.labels)
        // Of all, so that the data's digest does not depend on how they are divided.
        let digest = dataDigest(inputs, labels)
        let shared: Int
        var skipped = main.errors.count
        var validationInputs: [Encoded] = []
        var validationLabels: [Int] = []
        if let validation {
            let other = try read(validation, offset: training.examples.count)
            (validationInputs, validationLabels) = (other.inputs, other.labels)
            skipped += other.errors.count
            shared = countShared(main.identities, other.identities)
        } else if configuration.validationFraction > 0 {
            let split = stratifiedSplit(labels: labels, validationFraction: configuration.validationFraction, seed: configuration.seed)
            (validationInputs, validationLabels) = (split.validation.map { inputs[$0] }, split.validation.map { labels[$0] })
            (inputs, labels) = (split.train.map { inputs[$0] }, split.train.map { labels[$0] })
            shared = countShared(split.train.map { main.identities[$0] }, split.validation.map { main.identities[$0] })
        } else {
            shared = 0
        }
        if shared > 0 {
            let place =
                validation.map { "both in \(training.path) and in \($0.path)" }
                ?? "both in the training and in the validation part of \(training.path)"
            notes.append("\(counted(shared, "input is", "inputs are")) \(place)")
        }
        notes += model.tokenizer.notes()
        let dropped = (inputs + validationInputs).map(model.tokenizer.droppedTokens).filter { $0 > 0 }
        guard !inputs.isEmpty else { throw TrainingError.tooFewExamples(path: training.path, count: 0, needed: 1) }
        if validationInputs.isEmpty, !solvesHeadAlone { notes.append("there is no validation data: the last epoch is the result") }
        if headStart == .solved, inputs.count < 2 { headStart = .random }

        let batchesPerEpoch = (inputs.count + configuration.batchSize - 1) / configuration.batchSize
        let stepsPerEpoch = (batchesPerEpoch + configuration.accumulation - 1) / configuration.accumulation
        let steps = solvesHeadAlone ? 0 : min(stepsPerEpoch * configuration.epochs, configuration.maxSteps ?? .max)
        let epochs = (steps + stepsPerEpoch - 1) / stepsPerEpoch
        let lengths = inputs.map(model.tokenizer.length)
        let order = EpochOrder(count: inputs.count, batchSize: configuration.batchSize, seed: configuration.seed)
        var capacity = Pass.Capacity(tokens: 0, sequences: min(configuration.batchSize, inputs.count), longest: lengths.max() ?? 0)
        let looked = min(epochs, 50)
        for epoch in 1..<looked + 1 {
            for batch in order.batches(epoch) { capacity.tokens = max(capacity.tokens, batch.reduce(0) { $0 + lengths[$1] }) }
        }
        if epochs > looked {  // The most that any batch can hold, without dealing out every one of them.
            capacity.tokens = lengths.sorted(by: >).prefix(configuration.batchSize).reduce(0, +)
        }
        let loss = try loss(labels)
        let kept = computesFeaturesOnce || headStart == .solved ? (inputs.count + validationInputs.count) * model.configuration.width : 0
        let plan = TrainingPlan(
            examples: inputs.count, validationExamples: validationInputs.count,
            validationIsSplit: validation == nil && !validationInputs.isEmpty,
            labels: model.labels,
            trainableValues: gradients.trainableParameters.reduce(0) { $0 + $1.shape.count }, totalValues: model.schema.valueCount,
            headStart: headStart, folds: headStart == .solved && (!solvesHeadAlone || validationInputs.isEmpty) ? configuration.folds : 0,
            steps: steps,
            tokensPerEpoch: lengths.reduce(0, +), longest: capacity.longest, truncatedInputs: dropped.count,
            droppedTokens: dropped.reduce(0, +),
            skippedInputs: skipped, computesFeaturesOnce: computesFeaturesOnce,
            memoryBytes: memoryEstimate(gradients, capacity) + 4 * kept, dataDigest: digest, notes: notes)
        if let available = MemoryLimit.bytes, plan.memoryBytes > available {
            throw TrainingError.memory(needed: plan.memoryBytes, available: available)
        }
        return TrainingRun(
            model: model, configuration: configuration, loss: loss, inputs: inputs, labels: labels, order: order, gradients: gradients,
            capacity: capacity, validationInputs: validationInputs, validationLabels: validationLabels, plan: plan, folder: folder)
    }

    private func dataDigest(_ inputs: [Encoded], _ labels: [Int]) -> Digest {
        var hasher = DigestHasher()
        for (input, label) in zip(inputs, labels) {
            model.tokenizer.fingerprint(input, into: &hasher)
            hasher.update(text: "\(model.labels[label]);")
        }
        return hasher.finalize()
    }

    /// How many of the second inputs are among the first ones.
    private func countShared(_ first: [Digest], _ second: [Digest]) -> Int {
        let known = Set(first)
        return second.count { known.contains($0) }
    }

    /// Solves the head on features of the training data.
    private func solveHead(_ run: inout TrainingRun<Family>, _ events: (TrainingEvent) -> Void) throws -> HeadSummary {
        guard let head = model.head else { throw ModelError.noHead(model: model.name) }
        let inputs = run.feed.inputs
        let features =
            if let features = run.features {
                features
            } else {
                try InputFeatures(model, head, cache)(inputs, head) { done, total in
                    events(.computingFeatures(done: done, total: total))
                }.features
            }
        let selection: HeadSelection =
            if let held = run.validationFeatures, run.plan.folds == 0 {
                .validation(features: held, labels: run.validationLabels)
            } else {
                .folds(run.plan.folds, seed: configuration.seed)
            }
        let solver = HeadSolver(
            labels: model.labels, classWeights: run.loss.classWeights, labelSmoothing: configuration.labelSmoothing,
            metric: configuration.metric)
        // Standardised once, and once more in the parts of all folds of each division; and logits.
        let copies = run.plan.folds * HeadSolver.divisionCount(examples: features.rows) + 2
        let values = features.count * copies + 4 * features.rows * model.labels.count
        let solution = try MemoryReservation.hold(5 * values + (16 << 20), for: "the solution of a head for \(features.rows) examples") {
            try solver.solve(features, run.labels, by: selection) { events(.solving(done: $0, total: $1)) }
        }
        let majority = solution.metrics.majorityAccuracy
        let gain = majority < 1 ? (solution.metrics.accuracy - majority) / (1 - majority) : 1
        let isUsed = run.plan.steps == 0 || gain >= configuration.leastHeadGain
        if isUsed { head.set(weight: solution.weight, bias: solution.bias, in: &run.model.weights) }
        return HeadSummary(
            strength: solution.strength, metrics: solution.metrics, folds: run.plan.folds, iterations: solution.iterations,
            hasConverged: solution.hasConverged, isUsed: isUsed)
    }

    /// The features that the head reads, where nothing below it is trained and inputs are always the same.
    private func computeFeatures(_ run: inout TrainingRun<Family>, _ events: (TrainingEvent) -> Void) throws {
        guard let head = model.head, run.plan.computesFeaturesOnce else { return }
        let compute = InputFeatures(model, head, cache)
        let (inputs, validationInputs) = (run.feed.inputs, run.validationInputs)
        let total = inputs.count + validationInputs.count
        let training = try compute(inputs, head) { done, _ in events(.computingFeatures(done: done, total: total)) }
        let validation = try compute(validationInputs, head) { done, _ in
            events(.computingFeatures(done: inputs.count + done, total: total))
        }
        if training.isCached { run.plan.notes.append("the features below the head are those of an earlier run") }
        (run.features, run.validationFeatures) = (training.features, validation.features)
    }

    /// The parts of the model that patterns can name.
    private var parts: [String] {
        var seen: [String] = []
        for parameter in model.schema.parameters {
            let segments = parameter.path.segments
            let name = segments.count > 1 && Int(segments[1]) != nil ? segments[0] + "." + segments[1] : segments[0]
            if !seen.contains(name) { seen.append(name) }
        }
        return seen
    }

    private func trainableGradients() throws -> Gradients {
        if case .freeze(let patterns) = configuration.strategy {
            for pattern in patterns where !model.schema.parameters.contains(where: { $0.path.matches(pattern) }) {
                throw TrainingError.patternMatchesNothing(pattern: pattern, available: parts)
            }
        }
        let gradients = Gradients(model.schema) { [model, strategy = configuration.strategy] in
            strategy.trains($0) || model.freshParameters.contains($0.path)
        }
        if !model.schema.parameters.contains(where: configuration.strategy.trains), case .freeze(let patterns) = configuration.strategy {
            throw TrainingError.nothingToTrain(patterns: patterns, available: parts)
        }
        return gradients
    }

    /// Where the head begins, and why not solved where that was asked for.
    private func headStart() -> (HeadStart, note: String?) {
        guard configuration.headStart == .solved else { return (.random, nil) }
        guard model.head != nil else { return (.random, nil) }
        let below = model.freshParameters.filter { $0.segments.first != "classifier" }.map(\.description).sorted()
        if !below.isEmpty { return (.random, "the head begins at random: what it reads is new too (\(below.joined(separator: ", ")))") }
        return (.solved, nil)
    }

    /// NaN or infinity in pretrained weights would only show as a diverging run.
    private func checkWeights() throws {
        if let parameter = model.firstNonFinite {
            throw TrainingError.notFinite(tensor: parameter.path.description, model: model.name)
        }
        try model.weights.checkFiles()
    }

    private func loss(_ labels: [Int]) throws -> CrossEntropy {
        var weights: [Float]?
        switch configuration.classWeighting {
        case .none: break
        case .balanced:
            var counts = [Int](repeating: 0, count: model.labels.count)
            for label in labels { counts[label] += 1 }
            let present = counts.filter { $0 > 0 }.count
            weights = counts.map { $0 == 0 ? 1 : Float(Double(labels.count) / (Double(present) * Double($0))) }
        case .named(let named):
            for name in named.keys.sorted() where !model.labels.contains(name) {
                throw TrainingError.unknownClassWeight(name: name, known: model.labels)
            }
            weights = model.labels.map { Float(named[$0] ?? 1) }
            guard labels.contains(where: { (weights?[$0] ?? 1) > 0 }) else {
                throw TrainingError.setting(
                    name: "class weights", expected: "a weight above 0 for a class that the training data has examples of",
                    found: "0 for all of them")
            }
        }
        return CrossEntropy(labelSmoothing: Float(configuration.labelSmoothing), classWeights: weights)
    }

    /// Weights, gradients and optimizer state, and what the layers keep for the largest batch.
    private func memoryEstimate(_ gradients: Gradients, _ capacity: Pass.Capacity) -> Int {
        let trained = gradients.trainableParameters.reduce(0) { $0 + $1.shape.count }
        let states = trained * (1 + configuration.optimizer.statesPerWeight)
        let headOnly = gradients.trainableParameters.allSatisfy(Strategy.headOnly.trains)
        let activations = headOnly ? 0 : capacity.tokens * model.configuration.activationsPerToken
        // Matrices in the form that products read, and, for the gradients, turned round.
        let packed = model.configuration.weightsPerToken * (headOnly ? 1 : 2)
        return 4 * (model.schema.valueCount + states + activations + packed)
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
