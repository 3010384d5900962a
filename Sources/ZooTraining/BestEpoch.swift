/// Which epoch is the best so far.
struct BestEpoch {
    /// What decides; equal values are decided by the loss, and the first of those equal in both stays.
    let metric: SelectionMetric
    /// Counted from 1; 0 before the first one, or for what a run began with.
    private(set) var epoch = 0
    /// Its figures on the validation data.
    private(set) var metrics: ClassificationMetrics?

    init(metric: SelectionMetric) { self.metric = metric }

    /// Looks at an epoch. Without figures the last one is the best.
    ///
    /// - Returns: whether it is the best so far.
    mutating func update(_ epoch: Int, _ metrics: ClassificationMetrics?) -> Bool {
        if let new = metrics, let old = self.metrics {
            let (score, best) = (new.score(metric), old.score(metric))
            guard score > best || (score == best && new.loss < old.loss) else { return false }
        }
        (self.epoch, self.metrics) = (epoch, metrics)
        return true
    }
}
