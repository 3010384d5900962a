import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTraining

/// That a run learns what there is to learn, the same for the same seed.
@Suite("Learning")
struct LearningTests {
    @Test("an easy task is learnt in full, and held-out texts too", arguments: [2, 5])
    func easyTask(classes: Int) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(800, classes: classes, longest: 4))
        let held = try workplace.data("test", Workplace.texts(100, classes: classes, longest: 4, seed: 99), labels: data.labels)
        let (result, steps, epochs) = try workplace.tuner(data) {
            $0.epochs = 12
            $0.learningRate = 3e-3
        }.recorded()
        #expect(epochs.count == 12)
        #expect((epochs.last?.trainingLoss ?? 9) < 0.3 * (epochs.first?.trainingLoss ?? 0))
        #expect((steps.first?.loss ?? 0) > 0.5)
        let metrics = try Evaluation.run(result.model, on: held)
        #expect(metrics.accuracy == 1, "\(metrics.mistakes())")
        #expect(metrics.macroF1 == 1)
        #expect(metrics.loss < 0.2)
        #expect(try result.model.classify([.text("the reda of"), .text("bluec")]).map { $0.first?.label } == ["red", "blue"])
        for epoch in epochs {
            let losses = steps.filter { $0.epoch == epoch.epoch }.map(\.loss)
            #expect(abs(epoch.trainingLoss - losses.reduce(0, +) / Double(losses.count)) < 1e-12)
        }
    }

    @Test("the new head alone learns too, slower")
    func headOnly() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(200, longest: 3))
        let (result, _, epochs) = try workplace.tuner(data) {
            $0.strategy = .headOnly
            $0.learningRate = 5e-2
            $0.epochs = 10
        }.recorded()
        #expect((epochs.last?.trainingLoss ?? 9) < 0.95 * (epochs.first?.trainingLoss ?? 0))
        #expect((result.summary.validation?.accuracy ?? 0) > 0.6)
    }

    @Test("the same seed gives the same bits, another seed gives others")
    func seeds() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60))
        func bits(_ seed: UInt64, dropout: Bool = true) throws -> [[UInt32]] {
            try workplace.tuner(data) {
                $0.seed = seed
                $0.epochs = 1
                $0.dropout = dropout
            }.run().model.bits
        }
        let first = try bits(1)
        #expect(try bits(1) == first)
        #expect(try bits(2) != first)
        #expect(try bits(1, dropout: false) != first)
    }

    @Test("accumulated batches step as one large batch does")
    func accumulation() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(44, classes: 3))
        func run(_ batch: Int, _ accumulation: Int) throws -> (result: FineTuned<BERT>, steps: [TrainingStep], epochs: [TrainingEpoch]) {
            try workplace.tuner(data) {
                $0.batchSize = batch
                $0.accumulation = accumulation
                $0.dropout = false
                $0.validationFraction = 0
                $0.epochs = 2
                $0.optimizer = .sgd()
                $0.learningRate = 0.05
                $0.classWeighting = .named(["red": 3])
            }.recorded()
        }
        let whole = try run(12, 1)
        let parts = try run(4, 3)
        #expect(whole.steps.map(\.examples) == [12, 12, 12, 8, 12, 12, 12, 8])
        #expect(parts.steps.map(\.examples) == whole.steps.map(\.examples))
        #expect(parts.steps.map(\.tokens) == whole.steps.map(\.tokens))
        for (a, b) in zip(whole.steps, parts.steps) {
            #expect(abs(a.loss - b.loss) < 1e-4)
            #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-3 * a.gradientNorm)
        }
        for parameter in whole.result.model.schema.parameters {
            let pairs = zip(whole.result.model.weights[parameter].elements, parts.result.model.weights[parameter].elements)
            #expect(pairs.allSatisfy { abs($0 - $1) < 1e-4 }, "\(parameter.path)")
        }
    }
}
