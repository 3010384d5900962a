public import ZooTensor

/// Counts of true and predicted classes, one example at a time, and what follows from them.
public struct ClassificationMetrics: Sendable, Hashable {
    /// One class's figures.
    public struct ClassFigures: Sendable, Hashable {
        /// The name of the class.
        public let label: String
        /// The share of the examples predicted as this class that are of it; 0 if none is predicted.
        public let precision: Double
        /// The share of the examples of this class that are predicted as it; 0 if there is none.
        public let recall: Double
        /// The harmonic mean of both.
        public let f1: Double
        /// The number of examples of this class.
        public let support: Int
    }

    private struct Cell: Sendable, Hashable {
        let truth: Int
        let prediction: Int
    }

    /// The names of the classes.
    public let labels: [String]
    private var cells: [Cell: Int] = [:]
    private var truths: [Int]
    private var predictions: [Int]
    private var lossSum = 0.0
    /// The number of examples.
    public private(set) var count = 0

    /// No examples yet.
    public init(labels: [String]) {
        self.labels = labels
        truths = Array(repeating: 0, count: labels.count)
        predictions = truths
    }

    /// Counts an example.
    ///
    /// - Parameter probabilities: of all classes.
    public mutating func add(truth: Int, probabilities: [Float]) {
        var best = 0
        for index in probabilities.indices where probabilities[index] > probabilities[best] { best = index }
        add(truth: truth, prediction: best, loss: -logarithm(max(Double(probabilities[truth]), 1e-30)))
    }

    /// Counts an example.
    ///
    /// - Parameter loss: the cross-entropy of the example.
    public mutating func add(truth: Int, prediction: Int, loss: Double) {
        cells[Cell(truth: truth, prediction: prediction), default: 0] += 1
        truths[truth] += 1
        predictions[prediction] += 1
        lossSum += loss
        count += 1
    }

    /// Counts the examples that other figures count, of the same classes.
    mutating func add(_ other: ClassificationMetrics) {
        precondition(other.labels == labels, "figures of other classes")
        cells.merge(other.cells) { $0 + $1 }
        for index in labels.indices {
            truths[index] += other.truths[index]
            predictions[index] += other.predictions[index]
        }
        lossSum += other.lossSum
        count += other.count
    }

    /// How many examples of class `truth` were predicted as `prediction`.
    public func confusion(_ truth: Int, _ prediction: Int) -> Int { cells[Cell(truth: truth, prediction: prediction)] ?? 0 }

    /// The share of the examples whose class was predicted, 0 to 1.
    public var accuracy: Double { count == 0 ? 0 : Double(labels.indices.reduce(0) { $0 + confusion($1, $1) }) / Double(count) }

    /// Half the width of the accuracy's 95 % confidence interval (Wilson, 1927), 0 to 0.5.
    public var accuracyMargin: Double {
        guard count > 0 else { return 0.5 }
        let (n, z) = (Double(count), 1.96)
        let spread = accuracy * (1 - accuracy) / n + z * z / (4 * n * n)
        return z / (1 + z * z / n) * spread.squareRoot()
    }

    /// The accuracy of always answering the most frequent class, 0 to 1.
    public var majorityAccuracy: Double { count == 0 ? 0 : Double(truths.max() ?? 0) / Double(count) }

    /// The mean cross-entropy in nats.
    public var loss: Double { count == 0 ? 0 : lossSum / Double(count) }

    /// The figures of each class in the order of the classes.
    public var classes: [ClassFigures] {
        labels.indices.map { index in
            let hits = Double(confusion(index, index))
            let precision = predictions[index] == 0 ? 0 : hits / Double(predictions[index])
            let recall = truths[index] == 0 ? 0 : hits / Double(truths[index])
            let f1 = hits == 0 ? 0 : 2 * precision * recall / (precision + recall)
            return ClassFigures(label: labels[index], precision: precision, recall: recall, f1: f1, support: truths[index])
        }
    }

    /// The mean F1 over the classes that occur in truth or prediction, each counting alike.
    public var macroF1: Double {
        let present = zip(classes, predictions).filter { $0.0.support > 0 || $0.1 > 0 }
        return present.isEmpty ? 0 : present.reduce(0) { $0 + $1.0.f1 } / Double(present.count)
    }

    /// The mean F1 over the classes, weighed by their examples.
    public var weightedF1: Double { count == 0 ? 0 : classes.reduce(0) { $0 + $1.f1 * Double($1.support) } / Double(count) }

    /// The value of a selection metric; higher is better.
    public func score(_ metric: SelectionMetric) -> Double {
        switch metric {
        case .accuracy: accuracy
        case .macroF1: macroF1
        case .weightedF1: weightedF1
        case .loss: -loss
        }
    }

    /// The most frequent mistakes: truth, prediction, how often.
    public func mistakes(top limit: Int = 10) -> [(truth: String, prediction: String, count: Int)] {
        cells.filter { $0.key.truth != $0.key.prediction }
            .sorted { ($1.value, $0.key.truth, $0.key.prediction) < ($0.value, $1.key.truth, $1.key.prediction) }
            .prefix(limit).map { (labels[$0.key.truth], labels[$0.key.prediction], $0.value) }
    }

    /// The headline figures.
    public var summaryJSON: JSONObject {
        [
            "examples": .integer(count), "accuracy": .number(accuracy), "f1_macro": .number(macroF1), "f1_weighted": .number(weightedF1),
            "loss": .number(loss),
        ]
    }

    /// All figures: headline, per class, and the confusion matrix as a list of its non-zero cells.
    public var json: JSON {
        var object = summaryJSON
        object["classes"] = .array(
            classes.map {
                .object([
                    "label": .string($0.label), "precision": .number($0.precision), "recall": .number($0.recall), "f1": .number($0.f1),
                    "support": .integer($0.support),
                ])
            })
        object["confusion"] = .array(
            cells.sorted { ($0.key.truth, $0.key.prediction) < ($1.key.truth, $1.key.prediction) }.map {
                .object([
                    "truth": .string(labels[$0.key.truth]), "prediction": .string(labels[$0.key.prediction]), "count": .integer($0.value),
                ])
            })
        return .object(object)
    }
}
