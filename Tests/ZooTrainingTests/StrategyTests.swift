import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTraining

/// Which parameters a run changes.
@Suite("Strategies")
struct StrategyTests {
    /// The canonical names of the parameters that three steps change.
    private func changed(_ strategy: Strategy) throws -> (changed: Set<String>, all: Set<String>) {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(48))) {
            $0.strategy = strategy
            $0.validationFraction = 0
            $0.epochs = 1
        }
        // The base is read again: not the memory that the run began with.
        let base = try workplace.model(.fresh(["blue", "red"]))
        #expect(base.bits == tuner.model.bits)
        let result = try tuner.run()
        #expect(tuner.model.bits == base.bits, "the model that was given has changed")
        #expect(result.plan.totalValues == base.schema.valueCount)
        let trained = base.schema.parameters.filter { base.bits($0) != result.model.bits($0) }
        #expect(result.plan.trainableValues == trained.reduce(0) { $0 + $1.shape.count })
        return (Set(trained.map(\.path.description)), Set(base.schema.parameters.map(\.path.description)))
    }

    @Test("full changes every parameter")
    func full() throws {
        let (changed, all) = try changed(.full)
        #expect(all.count == 5 + 2 * 16 + 2 + 2)
        #expect(changed == all, "unchanged: \(all.subtracting(changed))")
    }

    @Test("head-only changes the classifier alone")
    func headOnly() throws {
        #expect(try changed(.headOnly).changed == ["classifier.weight", "classifier.bias"])
    }

    @Test(
        "freezing changes all but what a pattern names",
        arguments: [
            (["embeddings"], ["embeddings."]),
            (["embeddings", "layers.0"], ["embeddings.", "layers.0."]),
            (["layers.*.attention"], ["layers.0.attention.", "layers.1.attention."]),
            (["embeddings", "layers.0-1", "pooler.weight"], ["embeddings.", "layers.", "pooler.weight"]),
            (["*.word"], ["embeddings.word."]),
            ([], []),
        ] as [([String], [String])])
    func freeze(patterns: [String], prefixes: [String]) throws {
        let (changed, all) = try changed(.freeze(patterns))
        let frozen = all.filter { name in prefixes.contains(where: name.hasPrefix) }
        #expect(frozen.isEmpty == prefixes.isEmpty)
        #expect(changed == all.subtracting(frozen), "\(changed.symmetricDifference(all.subtracting(frozen)))")
    }

    @Test("a pattern that matches nothing names what there is")
    func noMatch() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(8))
        for pattern in ["encoder", "layers.2", "layers.2-5", "embeddings.word.weight.x", ""] {
            let tuner = try workplace.tuner(data) { $0.strategy = .freeze(["embeddings", pattern]) }
            expectError(.usage, "\"\(pattern)\" matches no parameter", "embeddings, layers.0, layers.1, pooler") { try tuner.run() }
            expectError(.usage, "matches no parameter") { try tuner.plan() }
        }
    }

    @Test("nothing left to train is an error")
    func nothing() throws {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(8))) {
            $0.strategy = .freeze(["embeddings", "layers", "pooler", "classifier"])
        }
        expectError(.usage, "nothing is left to train: embeddings, layers, pooler, classifier", "layers.1") { try tuner.run() }
    }
}
