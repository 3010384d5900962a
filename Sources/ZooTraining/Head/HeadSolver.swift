import ModelZoo
package import ZooTensor

/// How the penalty of a solved head is chosen.
package enum HeadSelection {
    /// By cross-validation over the training data, repeated where that is small; the head is then fitted on all of it.
    case folds(Int, seed: UInt64)
    /// By other examples.
    case validation(features: Tensor, labels: [Int])
}

/// Solves the head on fixed features instead of training it: logistic regression to convergence, the penalty chosen from a path.
package struct HeadSolver {
    /// The names of the classes.
    package let labels: [String]
    /// See ``LogisticRegression``.
    package var classWeights: [Float]?
    /// See ``LogisticRegression``.
    package var labelSmoothing = 0.0
    /// What chooses among the penalties.
    package var metric = SelectionMetric.accuracy

    package init(
        labels: [String], classWeights: [Float]? = nil, labelSmoothing: Double = 0, metric: SelectionMetric = .accuracy
    ) {
        self.labels = labels
        self.classWeights = classWeights
        self.labelSmoothing = labelSmoothing
        self.metric = metric
    }

    /// The strengths that are tried, from the simplest model to the most flexible: the inverse of the penalty's weight, in scikit-learn's unit.
    private static let path = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10]
    /// How many steps of the path may pass without a better loss before the rest is left out.
    private static let patience = 2

    /// A solved head for raw features.
    package struct Solution {
        /// `[classes, width]`
        package var weight: Tensor
        /// `[classes]`
        package var bias: Tensor
        /// The chosen strength.
        package var strength: Double
        /// The figures on examples that the head was not fitted on.
        package var metrics: ClassificationMetrics
        /// The iterations of the last fit.
        package var iterations: Int
        /// Whether the last fit reached the tolerance.
        package var hasConverged: Bool
    }

    /// - Parameters:
    ///   - features: `[examples, width]`.
    ///   - truths: the class of each example.
    ///   - progress: called with the fits done and the number of fits at most.
    /// - Throws: `TrainingError.notFinite` for features without a number.
    package func solve(
        _ features: Tensor, _ truths: [Int], by selection: HeadSelection, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> Solution {
        let scale = FeatureScale(features)
        let standard = scale.standardized(features)
        let divisions: [[Part]]
        switch selection {
        case .folds(let count, let seed):
            divisions = (0..<Self.divisionCount(examples: truths.count)).map { number in
                stratifiedFolds(labels: truths, count: count, seed: seed &+ UInt64(number)).map { held in
                    let isHeld = Set(held)
                    let kept = truths.indices.filter { !isHeld.contains($0) }
                    return Part(
                        features: standard.rows(kept), truths: kept.map { truths[$0] }, heldFeatures: standard.rows(held),
                        heldTruths: held.map { truths[$0] })
                }
            }
        case .validation(let other, let otherTruths):
            let part = Part(features: standard, truths: truths, heldFeatures: scale.standardized(other), heldTruths: otherTruths)
            divisions = [[part]]
        }

        // The penalty counts once for all examples: of few, the strongest ones leave nothing but the most frequent class.
        let path = Self.path.filter { $0 * Double(truths.count) >= 0.5 }
        let fitCount = divisions.reduce(0) { $0 + $1.count }
        var starts: [[LogisticRegression.Parameters?]] = divisions.map { $0.map { _ in nil } }
        var candidates: [Candidate] = []
        for (step, strength) in path.enumerated() {
            var figures: [ClassificationMetrics] = []
            for (division, parts) in divisions.enumerated() {
                var metrics = ClassificationMetrics(labels: labels)
                for (number, part) in parts.enumerated() {
                    let fit = regression(part.features, part.truths).fit(strength: strength, from: starts[division][number])
                    starts[division][number] = fit.point
                    let logits = LogisticRegression.logits(part.heldFeatures, fit.point, classes: labels.count)
                    try metrics.add(logits: logits, truths: part.heldTruths[...], of: "the head")
                }
                figures.append(metrics)
                progress(step * fitCount + figures.count * parts.count, path.count * fitCount + 1)
            }
            candidates.append(Candidate(figures, metric))
            let highest = candidates.indices.max { candidates[$0].score < candidates[$1].score } ?? step
            let lowest = candidates.indices.min { candidates[$0].loss < candidates[$1].loss } ?? step
            if step - max(highest, lowest) >= Self.patience { break }
        }
        let scores = candidates.map(\.score)
        let accuracy = candidates.map(\.metrics.accuracy).max() ?? 0
        let error = (accuracy * (1 - accuracy) / Double(max(candidates[0].metrics.count, 1))).squareRoot()
        let chosen = Self.choose(scores, tolerance: metric == .loss ? 0 : Self.tolerance * error)
        let fit = regression(standard, truths).fit(
            strength: path[chosen], from: fitCount == 1 ? nil : starts.first?.first ?? nil)
        let (weight, bias) = scale.unscaled(fit.point, classes: labels.count)
        return Solution(
            weight: weight, bias: bias, strength: path[chosen], metrics: candidates[chosen].metrics, iterations: fit.iterations,
            hasConverged: fit.hasConverged)
    }

    /// How often examples are divided into folds, each time otherwise: of few examples, one division says little about a penalty.
    package static func divisionCount(examples: Int) -> Int { min(max(5000 / max(examples, 1), 1), 20) }

    /// The share of a standard error that is no difference.
    private static let tolerance = 0.1

    /// The step of the path with the best score, or the first, most simple one that is as good as equal to it.
    ///
    /// Scores are taken together with those of the steps beside, a quarter each: on a plateau that is flat but for chance, it is not the one
    /// step that chance favours.
    ///
    /// - Parameter tolerance: scores that differ by no more are equal.
    package static func choose(_ scores: [Double], tolerance: Double) -> Int {
        let smooth = scores.indices.map { step in
            (scores[max(step - 1, 0)] + 2 * scores[step] + scores[min(step + 1, scores.count - 1)]) / 4
        }
        let least = (smooth.max() ?? 0) - tolerance - 1e-9
        return smooth.firstIndex { $0 >= least } ?? 0
    }

    /// Examples to fit a head on, and others to measure it by.
    private struct Part {
        var features: Tensor
        var truths: [Int]
        var heldFeatures: Tensor
        var heldTruths: [Int]
    }

    /// What a strength gives.
    private struct Candidate {
        /// Of the first division: each example once.
        var metrics: ClassificationMetrics
        /// The means over all divisions.
        var score: Double
        var loss: Double

        init(_ figures: [ClassificationMetrics], _ metric: SelectionMetric) {
            metrics = figures[0]
            score = figures.reduce(0) { $0 + $1.score(metric) } / Double(figures.count)
            loss = figures.reduce(0) { $0 + $1.loss } / Double(figures.count)
        }
    }

    private func regression(_ features: Tensor, _ truths: [Int]) -> LogisticRegression {
        LogisticRegression(features, truths, classes: labels.count, classWeights: classWeights, labelSmoothing: labelSmoothing)
    }
}

extension Tensor {
    /// Some rows in the given order, `[places.count, columns]`.
    func rows(_ places: [Int]) -> Tensor {
        let width = columns
        let result = Tensor(uninitialized: [places.count, width])
        for (row, place) in places.enumerated() {
            (result.mutablePointer + row * width).update(from: pointer + place * width, count: width)
        }
        return result
    }
}
