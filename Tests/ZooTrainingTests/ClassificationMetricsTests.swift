import Testing
import ZooTensor
import ZooTraining

/// Figures against values computed by hand.
@Suite("Classification metrics")
struct ClassificationMetricsTests {
    /// Truth and prediction of ten examples of three classes: a: 3 of 4 right, b: 1 of 4, c: 2 of 2.
    private func example() -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: ["a", "b", "c", "never"])
        for (truth, prediction) in [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (1, 2), (1, 2), (2, 2), (2, 2)] {
            metrics.add(truth: truth, prediction: prediction, loss: 0.5)
        }
        return metrics
    }

    private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }

    @Test("accuracy, precision, recall, F1 and confusion")
    func figures() {
        let metrics = example()
        #expect(metrics.count == 10)
        #expect(near(metrics.accuracy, 0.6))
        #expect(near(metrics.loss, 0.5))
        let classes = metrics.classes
        #expect(classes.map(\.label) == ["a", "b", "c", "never"])
        #expect(classes.map(\.support) == [4, 4, 2, 0])
        #expect(zip(classes.map(\.precision), [3.0 / 4, 1.0 / 2, 2.0 / 4, 0]).allSatisfy(near))
        #expect(zip(classes.map(\.recall), [3.0 / 4, 1.0 / 4, 1, 0]).allSatisfy(near))
        #expect(zip(classes.map(\.f1), [3.0 / 4, 1.0 / 3, 2.0 / 3, 0]).allSatisfy(near))
        #expect(
            (0..<4).map { t in (0..<4).map { metrics.confusion(t, $0) } } == [[3, 1, 0, 0], [1, 1, 2, 0], [0, 0, 2, 0], [0, 0, 0, 0]])
    }

    @Test("the macro mean leaves out classes that occur nowhere, the weighted mean goes by examples")
    func means() {
        var metrics = example()
        #expect(near(metrics.macroF1, (3.0 / 4 + 1.0 / 3 + 2.0 / 3) / 3))
        #expect(near(metrics.weightedF1, (4 * 3.0 / 4 + 4 * 1.0 / 3 + 2 * 2.0 / 3) / 10))
        // Predicted once, it counts with an F1 of 0.
        metrics.add(truth: 2, prediction: 3, loss: 0)
        #expect(
            near(metrics.macroF1, (3.0 / 4 + 1.0 / 3 + 4.0 / 7) / 3 * 3 / 4 + (2 * (2.0 / 4 * 2 / 3) / (2.0 / 4 + 2.0 / 3) - 4.0 / 7) / 4))
    }

    @Test("scores: higher is better")
    func scores() {
        let metrics = example()
        #expect(metrics.score(.accuracy) == metrics.accuracy)
        #expect(metrics.score(.macroF1) == metrics.macroF1)
        #expect(metrics.score(.weightedF1) == metrics.weightedF1)
        #expect(metrics.score(.loss) == -0.5)
    }

    @Test("probabilities: the first of equal ones is predicted, the loss is bounded")
    func probabilities() {
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        metrics.add(truth: 1, probabilities: [0.5, 0.5])
        #expect(metrics.confusion(1, 0) == 1)
        #expect(near(metrics.loss, 0.6931471805599453))
        metrics.add(truth: 0, probabilities: [0, 1])
        #expect(metrics.loss.isFinite && metrics.loss > 30)
        #expect(metrics.accuracy == 0)
        metrics.add(truth: 1, probabilities: [0.25, 0.75])
        #expect(near(metrics.accuracy, 1.0 / 3))
    }

    @Test("nothing counted gives zeros, not NaN")
    func empty() {
        for metrics in [ClassificationMetrics(labels: ["a", "b"]), ClassificationMetrics(labels: [])] {
            #expect(metrics.count == 0 && metrics.accuracy == 0 && metrics.loss == 0 && metrics.macroF1 == 0 && metrics.weightedF1 == 0)
            #expect(metrics.classes.allSatisfy { $0.precision == 0 && $0.recall == 0 && $0.f1 == 0 && $0.support == 0 })
            #expect(metrics.mistakes().isEmpty)
        }
    }

    @Test("the most frequent mistakes come first, equal ones in the order of the classes")
    func mistakes() {
        let found = example().mistakes()
        #expect(found.map { "\($0.truth) as \($0.prediction): \($0.count)" } == ["b as c: 2", "a as b: 1", "b as a: 1"])
        #expect(example().mistakes(top: 1).count == 1)
    }

    @Test("the JSON has all of it, and zero cells are left out")
    func json() throws {
        let metrics = example()
        let json = try JSON.parse(metrics.json.serialized())
        #expect(json["examples"]?.integer == 10)
        #expect(json["accuracy"]?.number == metrics.accuracy)
        #expect(json["f1_macro"]?.number == metrics.macroF1)
        #expect(json["f1_weighted"]?.number == metrics.weightedF1)
        #expect(json["loss"]?.number == 0.5)
        #expect(json["classes"]?.array?.map { $0["support"]?.integer } == [4, 4, 2, 0])
        let cells = try #require(json["confusion"]?.array).map {
            "\($0["truth"]?.string ?? "")\($0["prediction"]?.string ?? "")\($0["count"]?.integer ?? 0)"
        }
        #expect(cells == ["aa3", "ab1", "ba1", "bb1", "bc2", "cc2"])
    }
}
