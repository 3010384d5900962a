import ModelZoo
package import ZooTensor

/// How the penalty of a solved head is chosen.
package enum HeadSelection {
    /// By cross-validation over the training data; the head is then fitted on all of it.
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
    /// What chooses among the penalties; equal values are decided by the loss.
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
    package static let path = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10]
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
        let parts: [(features: Tensor, truths: [Int], heldFeatures: Tensor, heldTruths: [Int])]
        switch selection {
        case .folds(let count, let seed):
            parts = stratifiedFolds(labels: truths, count: count, seed: seed).map { held in
                let isHeld = Set(held)
                let kept = truths.indices.filter { !isHeld.contains($0) }
                return (standard.rows(kept), kept.map { truths[$0] }, standard.rows(held), held.map { truths[$0] })
            }
        case .validation(let other, let otherTruths):
            parts = [(standard, truths, scale.standardized(other), otherTruths)]
        }

        var candidates = Self.path.map { _ in ClassificationMetrics(labels: labels) }
        var starts: [LogisticRegression.Parameters?] = parts.map { _ in nil }
        var chosen = 0
        var lowest = 0  // the step of the lowest loss
        for (step, strength) in Self.path.enumerated() {
            for (number, part) in parts.enumerated() {
                let fit = regression(part.features, part.truths).fit(strength: strength, from: starts[number])
                starts[number] = fit.point
                try candidates[step].add(
                    logits: LogisticRegression.logits(part.heldFeatures, fit.point, classes: labels.count), truths: part.heldTruths[...],
                    of: "the head")
                progress(step * parts.count + number + 1, Self.path.count * parts.count + 1)
            }
            if candidates[step].loss < candidates[lowest].loss { lowest = step }
            let (score, best) = (candidates[step].score(metric), candidates[chosen].score(metric))
            if score > best || (score == best && candidates[step].loss < candidates[chosen].loss) { chosen = step }
            if step - max(chosen, lowest) >= Self.patience { break }
        }
        let fit = regression(standard, truths).fit(strength: Self.path[chosen], from: parts.count == 1 ? nil : starts.first ?? nil)
        let (weight, bias) = scale.unscaled(fit.point, classes: labels.count)
        return Solution(
            weight: weight, bias: bias, strength: Self.path[chosen], metrics: candidates[chosen], iterations: fit.iterations,
            hasConverged: fit.hasConverged)
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
