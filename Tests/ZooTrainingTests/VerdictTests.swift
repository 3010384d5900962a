import Testing
import ZooTraining

/// What a person is told about the figures of a run.
@Suite("Verdicts")
struct VerdictTests {
    /// Figures with so many examples of each of two classes, and of the first so many hits; the second is all hit.
    private func figures(_ first: Int, hits: Int, _ second: Int, loss: Double = 0.5) -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        for number in 0..<first { metrics.add(truth: 0, prediction: number < hits ? 0 : 1, loss: loss) }
        for _ in 0..<second { metrics.add(truth: 1, prediction: 1, loss: loss) }
        return metrics
    }

    @Test("accuracies that the most frequent class would give too are told")
    func chance() {
        #expect(Verdict.chance(figures(20, hits: 0, 80)) != nil)
        #expect(Verdict.chance(figures(20, hits: 5, 80)) != nil)
        #expect(Verdict.chance(figures(20, hits: 18, 80)) == nil)
        #expect(Verdict.chance(figures(50, hits: 0, 50)) != nil)
        #expect(Verdict.chance(figures(50, hits: 40, 50)) == nil)
        // One class alone cannot be beaten; nothing cannot be judged.
        #expect(Verdict.chance(figures(0, hits: 0, 10)) != nil)
        #expect(Verdict.chance(figures(0, hits: 0, 0)) == nil)
    }

    @Test("runs that were still getting better are told, others not")
    func improving() {
        let falling = [0.9, 0.7, 0.5].map { figures(50, hits: 40, 50, loss: $0) }
        func notes(_ epochs: [ClassificationMetrics], best: Int, early: Bool = false) -> [String] {
            Verdict.notes(best: epochs.last, bestEpoch: best, epochs: epochs, endedEarly: early).filter { $0.contains("still improving") }
        }
        #expect(notes(falling, best: 3).count == 1)
        #expect(notes(falling, best: 2).isEmpty)
        #expect(notes(falling, best: 3, early: true).isEmpty)
        #expect(notes([falling[0]], best: 1).isEmpty)
        #expect(notes([falling[0], figures(50, hits: 40, 50, loss: 0.895)], best: 2).isEmpty)
    }

    @Test("the margin of an accuracy is that of Wilson's interval")
    func margin() {
        // 90 of 100: 0.8256 to 0.9448.
        #expect(abs(figures(50, hits: 40, 50).accuracyMargin - (0.9448 - 0.8256) / 2) < 1e-3)
        #expect(figures(0, hits: 0, 10).accuracyMargin > 0.1)
        #expect(figures(0, hits: 0, 0).accuracyMargin == 0.5)
        #expect(figures(30, hits: 0, 70).majorityAccuracy == 0.7)
    }
}
