import ModelZoo
import ZooNN
import ZooTensor

/// The state of a run between its steps.
struct TrainingRun<Family: ModelFamily> {
    var model: Model<Family>
    let configuration: TrainingConfiguration
    let loss: CrossEntropy
    let labels: [Int]
    let feed: InputFeed<Family.InputTokenizer>
    /// What the head reads of each input, `[inputs, width]`, where nothing below the head is trained.
    var features: Tensor?
    var validationFeatures: Tensor?
    let order: EpochOrder
    let gradients: Gradients
    let capacity: Pass.Capacity
    let validationInputs: [Family.InputTokenizer.Encoded]
    let validationLabels: [Int]
    var plan: TrainingPlan
    let folder: RunFolder?
    private(set) var step = 0
    private(set) var seconds = 0.0
    private(set) var examplesDone = 0
    private(set) var tokensDone = 0
    private var optimizer: any Optimizer
    private let random: RandomKey

    init(
        model: Model<Family>, configuration: TrainingConfiguration, loss: CrossEntropy, inputs: [Family.InputTokenizer.Encoded],
        labels: [Int], order: EpochOrder, gradients: Gradients, capacity: Pass.Capacity,
        validationInputs: [Family.InputTokenizer.Encoded], validationLabels: [Int], plan: TrainingPlan, folder: RunFolder?
    ) {
        self.model = model
        self.model.weights.unsharePacked()
        self.configuration = configuration
        self.loss = loss
        self.labels = labels
        feed = InputFeed(model.tokenizer, inputs, configuration.augmentation, seed: configuration.seed)
        self.order = order
        self.gradients = gradients
        self.capacity = capacity
        self.validationInputs = validationInputs
        self.validationLabels = validationLabels
        self.plan = plan
        self.folder = folder
        optimizer = configuration.optimizer.make(model.schema)
        random = RandomKey(seed: configuration.seed).derived("dropout")
    }

    /// Passes the training data once.
    ///
    /// - Returns: the mean loss of the steps.
    mutating func epoch(_ number: Int, _ report: (TrainingStep) throws -> Void) throws -> Double {
        let batches = order.batches(number).enumerated().map { BatchRequest(epoch: number, number: $0, places: $1) }
        var losses = 0.0
        var steps = 0
        for first in stride(from: 0, to: batches.count, by: configuration.accumulation) where step < plan.steps {
            let end = min(first + configuration.accumulation, batches.count)
            let isLast = step + 1 == plan.steps || end == batches.count
            let requests = Array(batches[first..<end])
            let next = isLast ? nil : batches[end]
            let result = try step == 0 ? firstStep(requests, next: next) : train(requests, next: next)
            losses += result.loss
            steps += 1
            try report(result)
        }
        return losses / Double(max(steps, 1))
    }

    /// The first step: it takes the memory of all of them, buffers for the largest batch and the optimizer's state, which is reserved before.
    private mutating func firstStep(_ batches: [BatchRequest], next: BatchRequest?) throws -> TrainingStep {
        try ProductBuffers.prepare()
        // Weights that were read and not mapped are there already.
        let loaded = model.schema.parameters.reduce(0) { $0 + (model.weights[$1].watch == nil ? 4 * $1.shape.count : 0) }
        return try MemoryReservation.hold(max(0, plan.memoryBytes - loaded), for: "training with batches of \(configuration.batchSize)") {
            try train(batches, next: next)
        }
    }

    /// One optimizer step on some batches.
    ///
    /// - Parameter next: the batch that follows.
    private mutating func train(_ batches: [BatchRequest], next: BatchRequest?) throws -> TrainingStep {
        let clock = ContinuousClock()
        let start = clock.now
        let rate = configuration.learningRate * configuration.schedule.factor(step: step, of: plan.steps)
        // Mixing leaves the weight of a batch as it is unless classes weigh differently; then that of the labels is near enough.
        let total = batches.reduce(0) { $0 + loss.weight(of: $1.places.map { labels[$0] }) }
        var sum = 0.0
        var tokens = 0
        gradients.reset()
        for (number, request) in batches.enumerated() {
            let key = random.derived(step).derived(number)
            if let features {
                tokens += feed.tokens(request.places)
                sum += try forwardAndBackward(features, request.places, total: total, key)
                continue
            }
            let following = number + 1 < batches.count ? batches[number + 1] : next
            let (prepared, targets) = try feed.batch(request, next: following, labels: labels)
            let batch = try model.tokenizer.batch(prepared, reserving: capacity.sequences)
            tokens += batch.segments.rowCount
            sum += try forwardAndBackward(batch, targets, total: total, key)
        }
        try model.weights.checkFiles()
        guard sum.isFinite else { throw diverged("loss", sum, step: step + 1) }
        let norm = gradients.globalNorm()
        guard norm.isFinite else { throw diverged("norm of the gradients", norm, step: step + 1) }
        if step == 0, case let missing = gradients.missing, !missing.isEmpty {
            throw TrainingError.noGradient(parameters: missing.map(\.path.description))
        }
        let scale = configuration.clipNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        optimizer.step(&model.weights, gradients, rate: Float(rate), gradientScale: Float(scale))

        step += 1
        let examples = batches.reduce(0) { $0 + $1.places.count }
        let duration = (clock.now - start).seconds
        seconds += duration
        examplesDone += examples
        tokensDone += tokens
        return TrainingStep(
            step: step, steps: plan.steps, epoch: batches[0].epoch, loss: sum, gradientNorm: norm, learningRate: rate, examples: examples,
            tokens: tokens,
            seconds: duration, examplesPerSecond: Double(examplesDone) / max(seconds, 1e-9),
            secondsLeft: seconds / Double(step) * Double(plan.steps - step))
    }

    /// The pass ends here, so that the optimizer finds weights that nobody else holds.
    private func forwardAndBackward(_ batch: Family.InputTokenizer.Batch, _ targets: [ClassTarget], total: Double, _ key: RandomKey) throws
        -> Double
    {
        let pass = Pass(model.weights, gradients: gradients, random: key, dropout: configuration.dropout, capacity: capacity)
        let value = loss(try model.logits(batch, pass), targets: targets, total: total)
        pass.backward(from: value)
        return Double(value.value.elements[0])
    }

    /// The same for the head alone, on features that are there already.
    private func forwardAndBackward(_ features: Tensor, _ places: [Int], total: Double, _ key: RandomKey) throws -> Double {
        guard let head = model.head else { throw ModelError.noHead(model: model.name) }
        let pass = Pass(model.weights, gradients: gradients, random: key, dropout: configuration.dropout, capacity: capacity)
        let width = features.columns
        let rows = Tensor(uninitialized: [places.count, width], capacity: capacity.sequences * width)
        for (row, place) in places.enumerated() {
            (rows.mutablePointer + row * width).update(from: features.pointer + place * width, count: width)
        }
        let value = loss(head.logits(pass.constant(rows)), labels: places.map { labels[$0] }, total: total)
        pass.backward(from: value)
        return Double(value.value.elements[0])
    }

    /// The error of a run that is lost. Keeps the weights in the run's folder, unless they are lost too.
    ///
    /// - Parameter step: the step that showed it, counted from 1.
    mutating func diverged(_ what: String, _ value: Double, step: Int) -> TrainingError {
        let rate = configuration.learningRate * configuration.schedule.factor(step: step - 1, of: plan.steps)
        model.weights.settle()
        return .diverged(step: step, what: what, value: value, rate: rate, kept: folder?.keepLast(model))
    }
}
