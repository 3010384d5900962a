import ModelZoo
import ZooNN
import ZooTensor
import ZooTraining

/// What a run would do, computed without training: the members of ``TrainingPlan/json``.
func previewPlan<Family: ModelFamily>(
    _ model: Model<Family>, training: LabelledDataset, validation: LabelledDataset?, _ configuration: TrainingConfiguration
) throws -> JSONObject {
    guard training.labels.count >= 2 else { throw TrainingError.tooFewClasses(path: training.path, labels: training.labels) }
    let parts = model.schema.parameters
    if case .freeze(let patterns) = configuration.strategy {
        let names = Set(parts.compactMap(\.path.segments.first)).sorted()
        for pattern in patterns where !parts.contains(where: { $0.path.matches(pattern) }) {
            throw TrainingError.patternMatchesNothing(pattern: pattern, available: names)
        }
        if !parts.contains(where: configuration.strategy.trains) {
            throw TrainingError.nothingToTrain(patterns: patterns, available: names)
        }
    }
    var notes = model.notes + training.warnings + (validation?.warnings ?? [])
    var lengths: [Int] = []
    var truncated = 0
    var dropped = 0
    func measure(_ data: LabelledDataset) throws -> [Int] {
        try data.examples.map { example in
            let encoded = try model.tokenizer.encode(example.input)
            let cut = model.tokenizer.droppedTokens(encoded)
            truncated += cut > 0 ? 1 : 0
            dropped += cut
            return model.tokenizer.length(encoded)
        }
    }
    lengths = try measure(training)
    var validationCount = 0
    if let validation {
        validationCount = try measure(validation).count
        let shared = Duplicates.between(training.examples, validation.examples)
        if shared.count > 0 { notes.append("\(shared.count) texts are both in \(training.path) and in \(validation.path)") }
    } else if configuration.validationFraction > 0 {
        let split = stratifiedSplit(
            labels: training.examples.map { $0.label ?? 0 }, validationFraction: configuration.validationFraction, seed: configuration.seed)
        validationCount = split.validation.count
        lengths = split.train.map { lengths[$0] }
    }
    let batches = (lengths.count + configuration.batchSize - 1) / configuration.batchSize
    let stepsPerEpoch = (batches + configuration.accumulation - 1) / configuration.accumulation
    let (steps, isTooLarge) = stepsPerEpoch.multipliedReportingOverflow(by: configuration.epochs)
    let trained = parts.filter(configuration.strategy.trains).reduce(0) { $0 + $1.shape.count }
    // The largest batch is that of the longest inputs at worst.
    let tokens = lengths.sorted(by: >).prefix(configuration.batchSize).reduce(0, +)
    let isHeadAlone = parts.first(where: configuration.strategy.trains)?.path.segments.first == "classifier"
    let states = trained * (1 + configuration.optimizer.statesPerWeight)
    let memory = 4 * (model.schema.valueCount + states + (isHeadAlone ? 0 : tokens * model.configuration.activationsPerToken))
    return [
        "examples": .integer(lengths.count), "validation_examples": .integer(validationCount),
        "validation_is_split": .bool(validation == nil),
        "classes": .integer(training.labels.count), "trainable_values": .integer(trained),
        "total_values": .integer(model.schema.valueCount),
        "steps": .integer(min(isTooLarge ? .max : steps, configuration.maxSteps ?? .max)),
        "tokens_per_epoch": .integer(lengths.reduce(0, +)),
        "longest": .integer(lengths.max() ?? 0), "truncated_inputs": .integer(truncated), "dropped_tokens": .integer(dropped),
        "memory_bytes": .integer(memory), "notes": .strings(notes),
    ]
}
