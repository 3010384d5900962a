import Foundation
import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTesting
import ZooTraining

/// Heads that are solved instead of trained.
@Suite("Solved heads")
struct HeadSolverTests {
    @Test("L-BFGS finds the minimum of a narrow valley")
    func valley() {
        let result = LBFGS().minimize(from: [-1.2, 1]) { point, gradient in
            let (x, y) = (point[0], point[1])
            gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x)
            gradient[1] = 200 * (y - x * x)
            return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)
        }
        #expect(result.hasConverged)
        #expect(result.iterations < 80)
        #expect(abs(result.point[0] - 1) < 1e-3 && abs(result.point[1] - 1) < 1e-3)
    }

    /// The data that the reference was given: `Tests/Parity/make_head_values.py` makes the same.
    private static func data(classes: Int) -> (features: Tensor, labels: [Int]) {
        let (rows, columns) = (60, 5)
        func x(_ i: Int, _ j: Int) -> Double { sin(1.7 * Double(i) + 2.3 * Double(j) + 0.1 * Double(i * j)) }
        let labels = (0..<rows).map { i in
            let score = (x(i, 0) + 0.6 * x(i, 1) - 0.4 * x(i, 2) + 0.5 * cos(3.1 * Double(i))) * 1.1 + Double(classes) / 2
            return Int(min(max(score, 0), Double(classes) - 1e-9))
        }
        return (Tensor((0..<rows * columns).map { Float(x($0 / columns, $0 % columns)) }, [rows, columns]), labels)
    }

    struct Reference: Sendable {
        let classes: Int
        let strength: Double
        let weights: [Double]
        /// Of the first class, for the first examples.
        let probabilities: [Double]
        var classWeights: [Float]?
    }

    @Test(
        "weights and probabilities are those of scikit-learn",
        arguments: [
            Reference(
                classes: 2, strength: 0.1,
                weights: [-0.59732, -0.33063, 0.25058, -0.03926, -0.01185, 0.59732, 0.33063, -0.25058, 0.03926, 0.01185],
                probabilities: [0.27967, 0.38774, 0.75715, 0.53318]),
            Reference(
                classes: 2, strength: 10,
                weights: [-2.26141, -1.18879, 1.11239, -0.04156, -0.29195, 2.26141, 1.18879, -1.11239, 0.04156, 0.29195],
                probabilities: [0.02115, 0.22819, 0.98061, 0.57669]),
            Reference(
                classes: 3, strength: 0.1,
                weights: [
                    -0.62688, -0.48625, 0.16755, -0.07569, 0.10211, -0.05595, 0.04461, 0.01072, 0.13678, -0.15447, 0.68282, 0.44164,
                    -0.17827, -0.06109, 0.05236,
                ], probabilities: [0.166, 0.22313, 0.548, 0.30773]),
            Reference(
                classes: 3, strength: 10,
                weights: [
                    -3.88869, -2.77237, 0.96026, -0.16921, 0.29657, -0.23984, 0.05895, 0.12077, 0.31715, -0.39345, 4.12853, 2.71342,
                    -1.08103, -0.14794, 0.09687,
                ], probabilities: [0.00139, 0.01277, 0.87375, 0.12408]),
            Reference(
                classes: 2, strength: 1, weights: [], probabilities: [0.02213, 0.10904, 0.89563, 0.3279], classWeights: [1, 3]),
            Reference(
                classes: 3, strength: 1, weights: [], probabilities: [0.01156, 0.04155, 0.58614, 0.08955], classWeights: [1, 3, 0.5]),
        ])
    func reference(_ reference: Reference) {
        let (features, labels) = Self.data(classes: reference.classes)
        let regression = LogisticRegression(features, labels, classes: reference.classes, classWeights: reference.classWeights)
        let fit = regression.fit(strength: reference.strength)
        #expect(fit.hasConverged)
        for (found, expected) in zip(fit.point, reference.weights) { #expect(abs(found - expected) < 1e-2 * max(1, abs(expected))) }
        let logits = LogisticRegression.logits(features, fit.point, classes: reference.classes)
        for (row, expected) in reference.probabilities.enumerated() {
            let values = Array(logits.elements[row * reference.classes..<(row + 1) * reference.classes]).map(Double.init)
            let total = values.reduce(0) { $0 + exp($1) }
            #expect(abs(exp(values[0]) / total - expected) < 2e-3)
        }
    }

    @Test("label smoothing and starting elsewhere give one solution")
    func smoothing() {
        let (features, labels) = Self.data(classes: 3)
        let regression = LogisticRegression(features, labels, classes: 3, labelSmoothing: 0.2)
        let first = regression.fit(strength: 1)
        let second = regression.fit(strength: 1, from: (0..<regression.parameterCount).map { sin(Double($0)) })
        #expect(first.hasConverged && second.hasConverged)
        #expect(abs(first.value - second.value) < 1e-4)
        // No smoothed target lies beyond 1 - 0.2 + 0.2 / 3.
        #expect(first.value > -0.8667 * log(0.8667) - 2 * 0.0667 * log(0.0667))
    }

    @Test("the chosen penalty, the weights on raw features and the figures are those of one solution, on any number of threads")
    func solution() throws {
        let (base, labels) = Self.data(classes: 3)
        // Raw features far from 0 with a small spread.
        let features = Tensor(base.elements.enumerated().map { 50 + 0.01 * $1 + Float($0 % 5) }, base.shape)
        let solver = HeadSolver(labels: ["a", "b", "c"])
        var fits = 0
        let solution = try solver.solve(features, labels, by: .folds(5, seed: 1)) { done, total in
            fits = max(fits, done)
            #expect(done <= total)
        }
        #expect(fits >= 5 * 5)
        #expect(solution.metrics.count == 60)
        #expect(solution.metrics.accuracy > 0.6)
        let width = features.columns
        let correct = labels.indices.count { row in
            let logits = (0..<3).map { label in
                (0..<width).reduce(Double(solution.bias.elements[label])) {
                    $0 + Double(solution.weight.elements[label * width + $1]) * Double(features.elements[row * width + $1])
                }
            }
            return logits.firstIndex(of: logits.max() ?? 0) == labels[row]
        }
        #expect(correct >= 42)
        let before = Threads.count
        defer { Threads.count = before }
        for count in [1, 3] {
            Threads.count = count
            let other = try solver.solve(features, labels, by: .folds(5, seed: 1))
            #expect(other.weight.elements.map(\.bitPattern) == solution.weight.elements.map(\.bitPattern))
            #expect(other.metrics == solution.metrics)
        }
    }

    @Test("of scores that are equal but for chance the simplest head is chosen, and no step that chance favours")
    func plateau() {
        let flat = [0.847, 0.87, 0.895, 0.9, 0.9, 0.9, 0.897, 0.895]
        #expect(HeadSolver.choose(flat, tolerance: 0) == 4)
        #expect(HeadSolver.choose(flat, tolerance: 0.002) == 3)
        #expect(HeadSolver.choose([0.5, 0.6, 0.7, 0.6, 0.55, 0.71, 0.5], tolerance: 0) == 2)
        #expect(HeadSolver.choose([0.6, 0.6, 0.6], tolerance: 0) == 0)
        #expect(HeadSolver.choose([0.9], tolerance: 1) == 0)
        #expect(HeadSolver.divisionCount(examples: 50) == 20 && HeadSolver.divisionCount(examples: 1000) == 5)
        #expect(HeadSolver.divisionCount(examples: 8000) == 1)
    }

    @Test("folds hold every example once, with the classes in proportion")
    func folds() {
        let labels = (0..<53).map { $0 % 7 == 0 ? 2 : $0 % 2 }
        let folds = stratifiedFolds(labels: labels, count: 5, seed: 3)
        #expect(folds.count == 5)
        #expect(folds.flatMap { $0 }.sorted() == Array(0..<53))
        #expect(Set(folds.map(\.count)).isSubset(of: [10, 11]))
        for label in 0..<3 {
            let counts = folds.map { fold in fold.count { labels[$0] == label } }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
        #expect(stratifiedFolds(labels: labels, count: 5, seed: 3) == folds)
        #expect(stratifiedFolds(labels: labels, count: 5, seed: 4) != folds)
        #expect(stratifiedFolds(labels: [0, 1], count: 5, seed: 1).count == 2)
    }

    // MARK: in the pipeline

    private func solved(_ configuration: inout TrainingConfiguration) {
        configuration.headStart = .solved
        configuration.validationFraction = 0
    }

    @Test("the head alone is solved without a step, and equals the regression on the features")
    func headAlone() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(200, classes: 3, longest: 3))
        let (result, steps, epochs) = try workplace.tuner(data, folder: "run") {
            $0.strategy = .headOnly
            solved(&$0)
        }.recorded()
        #expect(steps.isEmpty && epochs.isEmpty)
        #expect(result.plan.steps == 0 && result.plan.folds == 5 && result.plan.headStart == .solved)
        let head = try #require(result.summary.head)
        #expect(head.metrics.count == 200 && head.hasConverged)
        #expect(result.summary.validation == head.metrics)
        #expect(try Evaluation.run(result.model, on: data).accuracy >= head.metrics.accuracy - 0.02)
        // The backbone stays as it was.
        let base = try workplace.model(.fresh(data.labels))
        for parameter in base.schema.parameters where parameter.path.segments.first != "classifier" {
            #expect(base.bits(parameter) == result.model.bits(parameter))
        }
        let again = try workplace.tuner(data) {
            $0.strategy = .headOnly
            solved(&$0)
        }.run()
        #expect(again.model.bits == result.model.bits)
        #expect(fileKind(workplace.path("run/best/config.json")) != nil)
    }

    @Test("validation data chooses the penalty where there is some")
    func validation() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(100, classes: 3, longest: 3))
        let held = try workplace.data("held", Workplace.texts(60, classes: 3, longest: 3, seed: 5), labels: data.labels)
        let result = try workplace.tuner(data, validation: held) {
            $0.strategy = .headOnly
            $0.headStart = .solved
        }.run()
        #expect(result.plan.folds == 0 && result.summary.head?.folds == 0)
        #expect(result.summary.validation?.count == 60)
        let measured = try Evaluation.run(result.model, on: held)
        #expect(abs(measured.accuracy - (result.summary.validation?.accuracy ?? 0)) < 1e-9)
    }

    @Test("fine-tuning begins with the solved head, which is the result if nothing is better")
    func start() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(120, classes: 3, longest: 3))
        let alone = try workplace.tuner(data) {
            $0.strategy = .headOnly
            solved(&$0)
        }.run()
        // Steps that change nothing leave what training began with.
        let begun = try workplace.tuner(data) {
            solved(&$0)
            $0.epochs = 1
            $0.learningRate = 1e-30
            $0.optimizer = .sgd()
        }.run()
        #expect(begun.plan.steps > 0 && begun.summary.bestEpoch == 1)
        #expect(begun.model.bits == alone.model.bits)

        let spoilt = try workplace.tuner(data) {
            $0.headStart = .solved
            $0.epochs = 1
            $0.learningRate = 0.5
            $0.optimizer = .sgd()
        }.run()
        #expect(spoilt.summary.bestEpoch == 0)
        #expect(try Evaluation.run(spoilt.model, on: data).accuracy > 0.5)
    }

    @Test("a solved head that gains too little is told and not used: the run is that of a random head")
    func weakHead() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60, classes: 3, longest: 3))
        func tuner(_ start: HeadStart, gain: Double) throws -> FineTuned<BERT> {
            try workplace.tuner(data) {
                $0.headStart = start
                $0.validationFraction = 0
                $0.leastHeadGain = gain
                $0.epochs = 1
            }.run()
        }
        let weak = try tuner(.solved, gain: 1)
        let head = try #require(weak.summary.head)
        #expect(!head.isUsed && head.metrics.accuracy < 1 && head.json["used"] == .bool(false))
        #expect(try weak.model.bits == tuner(.random, gain: 0).model.bits)
        let used = try tuner(.solved, gain: 0)
        #expect(used.summary.head?.isUsed == true && used.model.bits != weak.model.bits)
    }

    @Test("a head cannot be solved where its inputs vary")
    func varied() throws {
        let album = try PhotoAlbum()
        _ = try album.write("train", perClass: 4)
        #expect(throws: TrainingError.self) {
            try album.tuner(album.data("train")) {
                $0.strategy = .headOnly
                $0.headStart = .solved
                $0.augmentation = Augmentation(.light)
            }.run()
        }
    }

    @Test(
        "what is new below the head is trained whatever is frozen, and the head is then not solved",
        arguments: [Strategy.headOnly, .freeze(["embeddings", "layers", "pooler"])])
    func freshBelow(strategy: Strategy) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60, classes: 3, longest: 3))
        let checkpoint = try Checkpoint(workplace.base + "/" + Checkpoint.fileName)
        let kept = try checkpoint.names.filter { !$0.contains("pooler") }.map { ($0, try checkpoint.tensor($0)) }
        try SafetensorsWriter.write(kept, metadata: ["format": "pt"], to: workplace.base + "/" + Checkpoint.fileName)
        let before = try workplace.model(.fresh(data.labels))
        #expect(
            before.freshParameters.map(\.description).sorted() == ["classifier.bias", "classifier.weight", "pooler.bias", "pooler.weight"])
        let result = try workplace.tuner(data) {
            $0.strategy = strategy
            $0.headStart = .solved
            $0.epochs = 1
        }.run()
        #expect(result.plan.headStart == .random && result.plan.steps > 0 && !result.plan.computesFeaturesOnce)
        #expect(result.plan.notes.contains { $0.contains("pooler.weight") && $0.contains("random") })
        for parameter in before.schema.parameters {
            let isTrained = ["classifier", "pooler"].contains(parameter.path.segments[0])
            #expect((before.bits(parameter) != result.model.bits(parameter)) == isTrained, "\(parameter.path)")
        }
    }
}
