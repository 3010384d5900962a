/// Which epoch is the result so far.
package struct BestEpoch {
    /// What decides; equal values are decided by the loss, and the first of those equal in both stays.
    let metric: SelectionMetric
    /// See ``TrainingConfiguration/selectionMargin``.
    let margin: Double
    /// Counted from 1; 0 before the first one, or for what a run began with.
    package private(set) var epoch = 0
    /// Its figures on the validation data.
    package private(set) var metrics: ClassificationMetrics?
    /// The best score of any epoch.
    private var highest = -Double.infinity

    package init(metric: SelectionMetric, margin: Double = 0) {
        self.metric = metric
        self.margin = metric == .loss ? 0 : margin
    }

    /// Looks at an epoch. Without figures the last one is the result.
    ///
    /// - Returns: whether it is the result so far.
    package mutating func update(_ epoch: Int, _ metrics: ClassificationMetrics?) -> Bool {
        if let new = metrics, let old = self.metrics {
            let (score, best) = (new.score(metric), old.score(metric))
            if margin > 0 {
                guard score >= highest - margin * new.standardError else { return false }
            } else {
                guard score > best || (score == best && new.loss < old.loss) else { return false }
            }
        }
        highest = max(highest, metrics?.score(metric) ?? highest)
        (self.epoch, self.metrics) = (epoch, metrics)
        return true
    }
}

extension ClassificationMetrics {
    /// The standard error of the accuracy, with one more hit and one more miss, so that it is never 0.
    fileprivate var standardError: Double {
        let n = Double(count) + 2
        let p = (accuracy * Double(count) + 1) / n
        return (p * (1 - p) / n).squareRoot()
    }
}
