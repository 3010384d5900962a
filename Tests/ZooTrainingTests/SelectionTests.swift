import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTraining

/// Which epoch is the result, and when a run ends.
@Suite("Selection")
struct SelectionTests {
    /// Data whose validation part has the labels swapped: the more a run learns, the worse it gets.
    private func misleading(_ workplace: Workplace) throws -> (training: LabelledDataset, validation: LabelledDataset) {
        let training = try workplace.data("train", Workplace.texts(80))
        let swapped = Workplace.texts(40, seed: 7).map { ($0.text, $0.label == "red" ? "blue" : "red") }
        return (training, try workplace.data("validation", swapped, labels: training.labels))
    }

    private func settings(_ configuration: inout TrainingConfiguration) {
        configuration.schedule = Schedule(.constant, warmup: 0)
        configuration.metric = .loss
        configuration.epochs = 4
    }

    @Test("the best epoch is the result, with or without a folder", arguments: [nil, "run"] as [String?])
    func best(folder: String?) throws {
        let workplace = try Workplace()
        let (training, validation) = try misleading(workplace)
        let tuner = try workplace.tuner(training, validation: validation, folder: folder, settings)
        let (result, _, epochs) = try tuner.recorded()
        #expect(result.summary.epochs == 4)
        #expect(result.summary.bestEpoch == 1)
        #expect(epochs.map(\.isBest) == [true, false, false, false])
        let losses = epochs.compactMap { $0.validation?.loss }
        #expect(losses.count == 4 && losses.min() == losses.first)

        // What was measured then is what the result gives now.
        #expect(result.summary.validation == epochs.first?.validation)
        #expect(try Evaluation.run(result.model, on: validation) == result.summary.validation)
        if let folder = tuner.folder {
            let other = workplace.path("other.safetensors")
            try result.model.writeWeights(to: other)
            #expect(try readFile(other) == readFile(folder.bestWeightsPath))
        }
        // A run that ends there has the same weights.
        let short = try workplace.tuner(training, validation: validation) {
            settings(&$0)
            $0.epochs = 1
        }.run()
        #expect(short.model.bits == result.model.bits)
    }

    @Test("a later epoch is the result when it is better; the loss decides between equal ones, then the first")
    func later() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(200))
        for metric in SelectionMetric.allCases {
            let (result, _, epochs) = try workplace.tuner(data) {
                $0.metric = metric
                $0.epochs = 5
            }.recorded()
            let figures = epochs.compactMap(\.validation)
            let best = try #require(figures.map { $0.score(metric) }.max())
            let loss = try #require(figures.filter { $0.score(metric) == best }.map(\.loss).min())
            let expected = try #require(figures.firstIndex { $0.score(metric) == best && $0.loss == loss }) + 1
            #expect(result.summary.bestEpoch == expected)
            #expect(epochs.last { $0.isBest }?.epoch == expected)
            #expect(expected > 1)
        }
    }

    @Test("patience ends a run that gets no better", arguments: [1, 2])
    func patience(patience: Int) throws {
        let workplace = try Workplace()
        let (training, validation) = try misleading(workplace)
        let (result, steps, epochs) = try workplace.tuner(training, validation: validation) {
            settings(&$0)
            $0.patience = patience
        }.recorded()
        #expect(epochs.count == 1 + patience)
        #expect(result.summary.epochs == 1 + patience)
        #expect(result.summary.bestEpoch == 1)
        #expect(result.summary.steps == steps.count && steps.count == 5 * (1 + patience))
        #expect(result.plan.steps == 20)
    }

    @Test("an upper bound on the steps ends a run within an epoch", arguments: [1, 5, 7])
    func maxSteps(limit: Int) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(80))
        let (result, steps, epochs) = try workplace.tuner(data) {
            $0.validationFraction = 0
            $0.maxSteps = limit
            $0.epochs = 1_000_000
        }.recorded()
        #expect(steps.map(\.step) == Array(1...limit))
        #expect(steps.allSatisfy { $0.steps == limit })
        #expect(epochs.count == (limit + 4) / 5)
        #expect(result.summary.steps == limit && result.plan.steps == limit)
        #expect(result.summary.bestEpoch == epochs.count)
    }

    @Test("without validation data the last epoch is the result")
    func noValidation() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(40))
        let (result, _, epochs) = try workplace.tuner(data) {
            $0.validationFraction = 0
            $0.patience = 1
        }.recorded()
        #expect(epochs.count == 3 && epochs.allSatisfy { $0.isBest && $0.validation == nil })
        #expect(result.summary.bestEpoch == 3 && result.summary.validation == nil)
        #expect(result.plan.validationExamples == 0 && !result.plan.validationIsSplit)
        #expect(result.plan.notes.contains { $0.contains("no validation data") })
    }
}

/// Small validation parts say little about single epochs.
@Suite("Selection within a margin")
struct SelectionMarginTests {
    private func figures(_ hits: Int, of count: Int, loss: Double = 0.5) -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        for number in 0..<count { metrics.add(truth: number % 2, prediction: number < hits ? number % 2 : 1 - number % 2, loss: loss) }
        return metrics
    }

    /// The result of epochs with so many hits of 100.
    private func result(_ hits: [Int], margin: Double, metric: SelectionMetric = .accuracy) -> Int {
        var best = BestEpoch(metric: metric, margin: margin)
        for (number, hits) in hits.enumerated() {
            let isResult = best.update(number + 1, figures(hits, of: 100, loss: Double(200 - hits)))
            #expect(isResult == (best.epoch == number + 1))
        }
        return best.epoch
    }

    @Test("the last of the epochs that are nearly as good as the best of all is the result")
    func margin() {
        // One standard error of 80 of 100 is 4 points.
        #expect(result([70, 80, 78, 77], margin: 0) == 2)
        #expect(result([70, 80, 78, 77], margin: 1) == 4)
        #expect(result([70, 80, 78, 75], margin: 1) == 3)
        // Not one small step down after the other.
        #expect(result([80, 77, 74, 71], margin: 1) == 2)
        #expect(result([80, 60, 85, 50], margin: 1) == 3)
        #expect(result([100, 100, 100], margin: 1) == 3)
        #expect(result([70, 80, 78, 77], margin: 1, metric: .loss) == 2)
    }

    @Test("without figures the last epoch is the result")
    func none() {
        var best = BestEpoch(metric: .accuracy, margin: 1)
        #expect(best.update(1, nil) && best.update(2, nil))
        #expect(best.epoch == 2 && best.metrics == nil)
    }
}
