public import ModelZoo
import ZooNN
import ZooTensor

/// Measures a model on labelled data, batch by batch: no logits are kept.
public enum Evaluation {
    /// The metrics of a model.
    ///
    /// - Parameters:
    ///   - data: its labels must be those of the model, in the same order (`LabelledDataset.load(labels:)`).
    ///   - progress: called with the number of examples done.
    public static func run<Family>(
        _ model: Model<Family>, on data: LabelledDataset, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ClassificationMetrics {
        let encoded = try data.examples.map { try model.tokenizer.encode($0.input) }
        let labels = try data.examples.map { example in
            guard let label = example.label else { throw TrainingError.unlabelled(path: data.path) }
            return label
        }
        return try run(model, inputs: encoded, labels: labels, progress: progress)
    }

    static func run<Family>(
        _ model: Model<Family>, inputs: [Family.InputTokenizer.Encoded], labels: [Int],
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: model.labels)
        try model.forEachBatch(inputs) { batch, places in
            let logits = try model.logits(batch, Pass(model.weights)).value
            try logits.withElements { elements in
                for (row, place) in places.enumerated() {
                    let slice = UnsafeBufferPointer(rebasing: elements[row * logits.columns..<(row + 1) * logits.columns])
                    guard slice.allSatisfy(\.isFinite) else { throw TrainingError.notFinite(tensor: "the logits", model: model.name) }
                    metrics.add(truth: labels[place], probabilities: softmax(slice))
                }
            }
            progress(places.upperBound, inputs.count)
        }
        return metrics
    }
}
