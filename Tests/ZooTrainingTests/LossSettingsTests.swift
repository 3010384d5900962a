import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTraining

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Class weights, label smoothing, optimizers, schedules and clipping, seen from a run.
@Suite("Settings of a run")
struct LossSettingsTests {
    /// The loss of the first step on all data at once, and what it should be.
    private func firstLoss(
        _ change: (inout TrainingConfiguration) -> Void, weight: (String) -> Double = { _ in 1 }, smoothing: Double = 0
    ) throws -> (found: Double, expected: Double) {
        let workplace = try Workplace()
        let rows = Workplace.texts(12, classes: 2) + Workplace.texts(6, classes: 3, seed: 3)
        let data = try workplace.data("train", rows)
        let tuner = try workplace.tuner(data) {
            $0.dropout = false
            $0.validationFraction = 0
            $0.maxSteps = 1
            $0.batchSize = 100
            change(&$0)
        }
        let (_, steps, _) = try tuner.recorded()
        let probabilities = try tuner.model.probabilities(data.examples.map { try tuner.model.tokenizer.encode($0.input) })
        var sum = 0.0
        var total = 0.0
        for (row, example) in zip(probabilities, data.examples) {
            let label = try #require(example.label)
            let logs = row.map { -log(Double($0)) }
            let loss = (1 - smoothing) * logs[label] + smoothing * logs.reduce(0, +) / Double(logs.count)
            sum += weight(data.labels[label]) * loss
            total += weight(data.labels[label])
        }
        return (try #require(steps.first?.loss), sum / total)
    }

    @Test("without weights the loss is the mean cross-entropy")
    func plain() throws {
        let (found, expected) = try firstLoss { _ in }
        #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
    }

    @Test("balanced weights count every class alike")
    func balanced() throws {
        // 8 red, 8 blue, 2 tall of 18.
        let counts = ["red": 8.0, "blue": 8, "tall": 2]
        let (found, expected) = try firstLoss({ $0.classWeighting = .balanced }, weight: { 18 / 3 / (counts[$0] ?? 1) })
        let (_, plain) = try firstLoss { _ in }
        #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
        #expect(abs(expected - plain) > 1e-3)
    }

    @Test("weights by name; classes that are not named weigh 1")
    func named() throws {
        let (found, expected) = try firstLoss(
            { $0.classWeighting = .named(["tall": 5, "red": 0.5]) }, weight: { ["tall": 5, "red": 0.5][$0] ?? 1 })
        #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
    }

    @Test("a class of weight 0 does not count in the loss")
    func weightZero() throws {
        let (found, expected) = try firstLoss({ $0.classWeighting = .named(["red": 0]) }, weight: { $0 == "red" ? 0 : 1 })
        #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
    }

    @Test("whole batches of classes that weigh 0 are no reason to diverge, in any fraction")
    func weightlessBatches() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60, classes: 3))
        let result = try workplace.tuner(data) {
            $0.classWeighting = .named(["red": 0, "blue": 0])
            $0.batchSize = 2
            $0.accumulation = 2
            $0.epochs = 2
            $0.learningRate = 1e-3
        }.recorded()
        #expect(result.steps.contains { $0.loss == 0 } && result.steps.contains { $0.loss > 0 })
        #expect(result.steps.allSatisfy { $0.loss.isFinite && $0.gradientNorm.isFinite })
        for parameter in result.result.model.schema.parameters { #expect(result.result.model.weights[parameter].isFinite) }
    }

    @Test("weights that leave nothing to learn from, or are no weights, are refused before the first step")
    func refusedWeights() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(20))
        for (weights, text) in [
            (["red": 0.0, "blue": 0], "0 for all of them"), (["red": -1], "\"red\""), (["red": .nan], "\"red\""),
            (["red": 1e-60], "single precision"), (["red": 1e60], "\"red\""),
        ] {
            let tuner = try workplace.tuner(data) { $0.classWeighting = .named(weights) }
            expectError(.usage, text) { try tuner.run() }
        }
    }

    @Test("label smoothing spreads a share over all classes")
    func smoothing() throws {
        let (found, expected) = try firstLoss({ $0.labelSmoothing = 0.2 }, smoothing: 0.2)
        let (_, plain) = try firstLoss { _ in }
        #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
        #expect(abs(expected - plain) > 1e-3)
    }

    @Test("a weight for a class that the data does not have names those it has")
    func unknownClass() throws {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(20)), folder: "run") {
            $0.classWeighting = .named(["red": 2, "Blue": 2])
        }
        expectError(.usage, "\"Blue\"", "blue, red") { try tuner.run() }
        #expect(try folderEntries(workplace.path("run")).isEmpty)
    }

    /// The norm of what one step of plain SGD changes, and what it should be.
    private func stepNorm(clip: Double?) throws -> (found: Double, gradient: Double) {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(20))) {
            $0.optimizer = .sgd(momentum: 0)
            $0.learningRate = 0.5
            $0.schedule = Schedule(.constant, warmup: 0)
            $0.maxSteps = 1
            $0.clipNorm = clip
            $0.validationFraction = 0
        }
        let (result, steps, _) = try tuner.recorded()
        var sum = 0.0
        for parameter in tuner.model.schema.parameters {
            for (a, b) in zip(tuner.model.weights[parameter].elements, result.model.weights[parameter].elements) {
                sum += (Double(a) - Double(b)) * (Double(a) - Double(b))
            }
        }
        return (sum.squareRoot(), try #require(steps.first?.gradientNorm))
    }

    @Test("SGD steps along the gradient by the rate; clipping bounds its norm, and can be off")
    func clipping() throws {
        let off = try stepNorm(clip: nil)
        #expect(off.gradient > 0.1)
        #expect(abs(off.found - 0.5 * off.gradient) < 1e-4 * off.gradient)
        let loose = try stepNorm(clip: 1000)
        #expect(loose.found == off.found && loose.gradient == off.gradient)
        let tight = try stepNorm(clip: 0.01)
        #expect(tight.gradient == off.gradient, "the norm that is told is the one before clipping")
        #expect(abs(tight.found - 0.5 * 0.01) < 1e-5)
    }

    @Test(
        "the rate follows the schedule",
        arguments: [
            (Schedule(.linear, warmup: 0.2), [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]),
            (Schedule(.linear, warmup: 0, floor: 0.5), [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55]),
            (Schedule(.cosine, warmup: 0.2), [0.5, 1, 1, 0.961940, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.038060]),
            (Schedule(.constant, warmup: 0.4), [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1]),
            (Schedule(.constant, warmup: 0), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ])
    func schedules(schedule: Schedule, factors: [Double]) throws {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(20))) {
            $0.schedule = schedule
            $0.batchSize = 4
            $0.epochs = 2
            $0.learningRate = 4e-3
            $0.validationFraction = 0
        }
        let rates = try tuner.recorded().steps.map(\.learningRate)
        #expect(rates.count == factors.count)
        #expect(zip(rates, factors).allSatisfy { abs($0 - 4e-3 * $1) < 1e-8 }, "\(rates.map { $0 / 4e-3 })")
    }

    @Test(
        "every optimizer learns",
        arguments: [OptimizerKind.sgd(), .sgd(momentum: 0.8, nesterov: true, weightDecay: 0.01), .adamW(weightDecay: 0)])
    func optimizers(kind: OptimizerKind) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(200, longest: 3))
        let epochs = try workplace.tuner(data) {
            $0.optimizer = kind
            $0.learningRate = kind.name == "sgd" ? 0.05 : 5e-3
            $0.epochs = 6
        }.recorded().epochs
        #expect((epochs.last?.trainingLoss ?? 9) < 0.5 * (epochs.first?.trainingLoss ?? 0))
    }
}
