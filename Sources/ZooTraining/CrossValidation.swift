public import ModelZoo
public import ZooTensor

/// What a recipe gives on examples that it was not trained on, each example once: the data is divided into folds, and for each a run on the
/// others is measured on it.
public struct CrossValidation: Sendable, Hashable {
    /// The figures of each fold.
    public let folds: [ClassificationMetrics]
    /// The figures of all folds together.
    public let metrics: ClassificationMetrics

    /// What happens during a cross-validation.
    public enum Event: Sendable {
        /// In the run of this fold, counted from 1.
        case training(fold: Int, TrainingEvent)
        /// A fold has been measured.
        case measured(fold: Int, ClassificationMetrics)
    }

    init(_ folds: [ClassificationMetrics], labels: [String]) {
        self.folds = folds
        var all = ClassificationMetrics(labels: labels)
        for fold in folds { all.add(fold) }
        metrics = all
    }

    /// The figures for programs: those of all folds together, and the accuracy of each.
    public var json: JSONObject {
        var object = metrics.summaryJSON
        object["fold_accuracies"] = .array(folds.map { .number($0.accuracy) })
        return object
    }
}

extension FineTuner {
    /// Measures the recipe by cross-validation: as many runs as there are folds, none of which keeps anything.
    ///
    /// - Parameters:
    ///   - count: the number of folds, at least 2; with fewer examples there are as many folds as examples.
    ///   - events: called on this thread with what happens.
    /// - Throws: what ``run(_:)`` throws; `TrainingError.unlabelled`.
    public func crossValidate(_ count: Int, _ events: (CrossValidation.Event) -> Void = { _ in }) throws -> CrossValidation {
        guard count >= 2 else {
            throw TrainingError.setting(name: "folds of cross-validation", expected: "2 or more", found: "\(count)")
        }
        let labels = try training.examples.map { example in
            guard let label = example.label else { throw TrainingError.unlabelled(path: training.path) }
            return label
        }
        var results: [ClassificationMetrics] = []
        for held in stratifiedFolds(labels: labels, count: count, seed: configuration.seed) {
            let fold = results.count + 1
            let isHeld = Set(held)
            let rest = training.subset(labels.indices.filter { !isHeld.contains($0) })
            let tuner = FineTuner(model, training: rest, validation: validation, configuration: configuration, cache: cache)
            let tuned = try tuner.run { events(.training(fold: fold, $0)) }
            let metrics = try Evaluation.run(tuned.model, on: training.subset(held), badInputs: configuration.badInputs)
            results.append(metrics)
            events(.measured(fold: fold, metrics))
        }
        return CrossValidation(results, labels: model.labels)
    }
}
