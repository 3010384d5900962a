import ModelZoo
import ZooNN
import ZooTensor

/// The state of a run between its steps.
struct TrainingRun<Family: ModelFamily> {
    var model: Model<Family>
    let configuration: TrainingConfiguration
    let loss: CrossEntropy
    let inputs: [Family.InputTokenizer.Encoded]
    let labels: [Int]
    let order: EpochOrder
    let gradients: Gradients
    let capacity: Pass.Capacity
    let validationInputs: [Family.InputTokenizer.Encoded]
    let validationLabels: [Int]
    let plan: TrainingPlan
    let folder: RunFolder?
    private(set) var step = 0
    private(set) var seconds = 0.0
    private(set) var examplesDone = 0
    private(set) var tokensDone = 0
    private var optimizer: any Optimizer
    private let random: RandomKey

    init(
        model: Model<Family>, configuration: TrainingConfiguration, loss: CrossEntropy, inputs: [Family.InputTokenizer.Encoded],
        labels: [Int],
        order: EpochOrder, gradients: Gradients, capacity: Pass.Capacity, validationInputs: [Family.InputTokenizer.Encoded],
        validationLabels: [Int], plan: TrainingPlan, folder: RunFolder?
    ) {
        self.model = model
        self.model.weights.unsharePacked()
        self.configuration = configuration
        self.loss = loss
        self.inputs = inputs
        self.labels = labels
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
        let batches = order.batches(number)
        var losses = 0.0
        var steps = 0
        for first in stride(from: 0, to: batches.count, by: configuration.accumulation) where step < plan.steps {
            let group = Array(batches[first..<min(first + configuration.accumulation, batches.count)])
            let result = try train(group, epoch: number)
            losses += result.loss
            steps += 1
            try report(result)
        }
        return losses / Double(max(steps, 1))
    }

    /// One optimizer step on some batches.
    private mutating func train(_ batches: [[Int]], epoch: Int) throws -> TrainingStep {
        let clock = ContinuousClock()
        let start = clock.now
        let rate = configuration.learningRate * configuration.schedule.factor(step: step, of: plan.steps)
        let total = batches.reduce(0) { $0 + loss.weight(of: $1.map { labels[$0] }) }
        var sum = 0.0
        var tokens = 0
        gradients.reset()
        for (number, places) in batches.enumerated() {
            let batch = model.tokenizer.batch(places.map { inputs[$0] })
            tokens += batch.segments.rowCount
            let key = random.derived(step).derived(number)
            sum += try forwardAndBackward(batch, places.map { labels[$0] }, total: total, key)
        }
        guard sum.isFinite else { throw diverged("loss", sum, step: step + 1) }
        let norm = gradients.globalNorm()
        guard norm.isFinite else { throw diverged("norm of the gradients", norm, step: step + 1) }
        if step == 0, case let missing = gradients.missing, !missing.isEmpty {
            throw TrainingError.noGradient(parameters: missing.map(\.path.description))
        }
        let scale = configuration.clipNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        optimizer.step(&model.weights, gradients, rate: Float(rate), gradientScale: Float(scale))

        step += 1
        let examples = batches.reduce(0) { $0 + $1.count }
        let duration = (clock.now - start).seconds
        seconds += duration
        examplesDone += examples
        tokensDone += tokens
        return TrainingStep(
            step: step, steps: plan.steps, epoch: epoch, loss: sum, gradientNorm: norm, learningRate: rate, examples: examples,
            tokens: tokens,
            seconds: duration, examplesPerSecond: Double(examplesDone) / max(seconds, 1e-9),
            secondsLeft: seconds / Double(step) * Double(plan.steps - step))
    }

    /// The pass ends here, so that the optimizer finds weights that nobody else holds.
    private func forwardAndBackward(_ batch: Family.InputTokenizer.Batch, _ labels: [Int], total: Double, _ key: RandomKey) throws -> Double
    {
        let pass = Pass(model.weights, gradients: gradients, random: key, dropout: configuration.dropout, capacity: capacity)
        let value = loss(try model.logits(batch, pass), labels: labels, total: total)
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
