public import ModelZoo
import ZooNN
public import ZooTensor

/// Measures a model on labelled data, batch by batch: no logits are kept.
public enum Evaluation {
    /// The metrics of a model.
    ///
    /// Inputs that cannot be read are left out, if so asked, and told to `skipped`.
    ///
    /// - Parameters:
    ///   - data: its labels must be those of the model, in the same order (`LabelledDataset.load(labels:)`).
    ///   - progress: called with the number of examples done.
    public static func run<Family>(
        _ model: Model<Family>, on data: LabelledDataset, badInputs: BadInputPolicy = .fail,
        skipped: (any ZooError) -> Void = { _ in }, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ClassificationMetrics {
        let read = try EncodedExamples(data, model.tokenizer, badInputs)
        for error in read.errors { skipped(error) }
        return try run(model, on: read, progress: progress)
    }

    /// The metrics of a model on examples that its tokenizer has read.
    ///
    /// - Parameter progress: called with the number of examples done.
    public static func run<Family>(
        _ model: Model<Family>, on examples: EncodedExamples<Family.InputTokenizer>,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ClassificationMetrics {
        try run(model, inputs: examples.inputs, labels: examples.labels, progress: progress)
    }

    static func run<Family>(
        _ model: Model<Family>, inputs: [Family.InputTokenizer.Encoded], labels: [Int],
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: model.labels)
        try model.forEachBatch(inputs) { batch, places in
            let logits = try model.logits(batch, Pass(model.weights)).value
            try model.check(logits)
            try metrics.add(logits: logits, truths: labels[places], of: model.name)
            progress(places.upperBound, inputs.count)
        }
        return metrics
    }

    /// The metrics of a head on features that are there already, `[inputs, width]`.
    static func run<Family>(_ model: Model<Family>, features: Tensor, labels: [Int]) throws -> ClassificationMetrics {
        guard let head = model.head else { throw ModelError.noHead(model: model.name) }
        var metrics = ClassificationMetrics(labels: model.labels)
        let pass = Pass(model.weights)
        let logits = head.logits(pass.constant(features)).value
        try model.check(logits)
        try metrics.add(logits: logits, truths: labels[...], of: model.name)
        return metrics
    }
}

extension ClassificationMetrics {
    /// Counts the examples of a batch.
    ///
    /// - Parameters:
    ///   - logits: `[examples, classes]`.
    ///   - name: what an error calls the model.
    mutating func add(logits: Tensor, truths: ArraySlice<Int>, of name: String) throws {
        guard logits.isFinite else { throw TrainingError.notFinite(tensor: "the logits", model: name) }
        logits.withElements { elements in
            for (row, truth) in truths.enumerated() {
                let slice = UnsafeBufferPointer(rebasing: elements[row * logits.columns..<(row + 1) * logits.columns])
                add(truth: truth, probabilities: softmax(slice))
            }
        }
    }
}
