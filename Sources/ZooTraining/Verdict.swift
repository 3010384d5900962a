/// What a person should know about the figures of a run.
package enum Verdict {
    /// - Parameters:
    ///   - best: the figures of the result on data that it was not trained on.
    ///   - epochs: the figures of all epochs in turn.
    ///   - endedEarly: whether patience ended the run.
    package static func notes(
        best: ClassificationMetrics?, bestEpoch: Int, epochs: [ClassificationMetrics], endedEarly: Bool
    ) -> [String] {
        var notes: [String] = []
        if let best, let note = chance(best) { notes.append(note) }
        if let note = improving(bestEpoch, epochs, endedEarly) { notes.append(note) }
        return notes
    }

    /// That the accuracy is hardly better than always answering the most frequent class.
    package static func chance(_ metrics: ClassificationMetrics) -> String? {
        let (majority, n) = (metrics.majorityAccuracy, Double(max(metrics.count, 1)))
        let error = (max(majority * (1 - majority), 0.25 / n) / n).squareRoot()
        guard metrics.count > 0, metrics.accuracy <= majority + 2 * error else { return nil }
        return "near chance: always answering the most frequent class would be right in \(percent(majority)) of the cases, "
            + "this model is in \(percent(metrics.accuracy))"
    }

    /// That the last epoch is the best and its loss clearly lower than the one before.
    private static func improving(_ bestEpoch: Int, _ epochs: [ClassificationMetrics], _ endedEarly: Bool) -> String? {
        guard !endedEarly, epochs.count >= 2, bestEpoch == epochs.count else { return nil }
        let (last, before) = (epochs[epochs.count - 1], epochs[epochs.count - 2])
        guard last.loss < 0.97 * before.loss else { return nil }
        return "still improving: the last epoch is the best, and the loss on the validation data fell from "
            + "\(rounded(before.loss)) to \(rounded(last.loss)); more epochs may give more"
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    private static func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
