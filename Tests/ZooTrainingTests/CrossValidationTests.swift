import ModelZoo
import Testing
import ZooTesting
import ZooTraining

/// Recipes that are measured on every example.
@Suite("Cross-validation")
struct CrossValidationTests {
    @Test("each example is asked about once, by a model that has not seen it, and nothing is kept")
    func folds() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(60, classes: 3, longest: 3))
        var measured: [Int] = []
        var trained: Set<Int> = []
        let tuner = try workplace.tuner(data, folder: "run") {
            $0.epochs = 2
            $0.validationFraction = 0
        }
        let result = try tuner.crossValidate(4) { event in
            switch event {
            case .training(let fold, .planned(let plan)):
                #expect(plan.examples == 45)
                trained.insert(fold)
            case .training: break
            case .measured(let fold, let metrics):
                #expect(metrics.count == 15)
                measured.append(fold)
            }
        }
        #expect(trained == [1, 2, 3, 4] && measured == [1, 2, 3, 4])
        #expect(result.metrics.count == 60 && result.folds.reduce(0) { $0 + $1.count } == 60)
        #expect(result.metrics.classes.map(\.support) == data.classCounts)
        let hits = result.folds.reduce(0) { $0 + $1.accuracy * Double($1.count) }
        #expect(abs(result.metrics.accuracy * 60 - hits) < 1e-9)
        #expect(
            try workplace.tuner(data) {
                $0.validationFraction = 0; $0.epochs = 2
            }.crossValidate(4) == result)
        // The run itself still finds its folder as it was.
        #expect(try tuner.run().summary.epochs == 2)
    }

    @Test("one fold measures nothing")
    func one() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(20, classes: 2))
        #expect(throws: TrainingError.self) { _ = try workplace.tuner(data) { _ in }.crossValidate(1) }
    }
}
