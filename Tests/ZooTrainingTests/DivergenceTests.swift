import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTraining

/// Runs and models whose numbers are not finite.
@Suite("Divergence")
struct DivergenceTests {
    /// Whether all values of a file are finite, and there are some.
    private func isFinite(_ path: String) throws -> Bool {
        let checkpoint = try Checkpoint(path)
        return try !checkpoint.names.isEmpty && checkpoint.nonFiniteValues().isEmpty
    }

    @Test("T9 a learning rate that is far too high")
    func rate() throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(80))
        let tuner = try workplace.tuner(data, folder: "run") {
            $0.optimizer = .sgd()
            $0.learningRate = 1e30
            $0.schedule = Schedule(.constant, warmup: 0)
            $0.validationFraction = 0
        }
        var steps: [TrainingStep] = []
        expectError(.diverged, "diverged at step 2", "1e+30", "last/model.safetensors", "training diverged") {
            try tuner.run { if case .step(let step) = $0 { steps.append(step) } }
        }
        #expect(steps.map(\.step) == [1])
        let folder = try #require(tuner.folder)
        #expect(try isFinite(folder.lastWeightsPath))
        // It is a model as any other.
        let last = try Model<BERT>(Assets(folder: workplace.path("run/last")), head: .published)
        #expect(last.labels == data.labels && last.bits != tuner.model.bits)
        let log = try readFile(workplace.path("run/log.jsonl")).split(separator: UInt8(ascii: "\n")).map { try JSON.parse(Array($0)) }
        #expect(log.map { $0["type"]?.string } == ["train.planned", "train.step", "train.failed"])
        #expect(log.last?["code"]?.string == "training.diverged" && log.last?["message"]?.string?.contains("at step 2") == true)
        #expect(fileKind(workplace.path("run/metrics.json")) == nil)
        #expect(fileKind(folder.bestWeightsPath) == nil)
    }

    @Test("T9 the last step alone does the harm, with and without validation data", arguments: [0, 0.2])
    func lastStep(fraction: Double) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(80))
        let tuner = try workplace.tuner(data, folder: "run") {
            // The decay, rate times 10, overflows; or the weights are finite, and what is computed with them is not.
            $0.optimizer = .sgd(momentum: 0, weightDecay: fraction == 0 ? 10 : 0)
            $0.learningRate = fraction == 0 ? 3e38 : 1e30
            $0.schedule = Schedule(.constant, warmup: 0)
            $0.validationFraction = fraction
            $0.maxSteps = 1
        }
        if fraction > 0 {
            expectError(.diverged, "diverged at step 1", "validation data") { try tuner.run() }
            #expect(try isFinite(workplace.path("run/last/model.safetensors")))
        } else {
            expectError(.diverged, "diverged at step 1: the parameter classifier.weight is nan at a learning rate of 3e+38") {
                try tuner.run()
            }
            #expect(fileKind(workplace.path("run/last")) == nil)
        }
        #expect(fileKind(workplace.path("run/best/model.safetensors")) == nil)
    }

    @Test("T9 without a folder nothing is said to be kept")
    func noFolder() throws {
        let workplace = try Workplace()
        let tuner = try workplace.tuner(workplace.data("train", Workplace.texts(80))) {
            $0.optimizer = .sgd()
            $0.learningRate = 1e30
        }
        do {
            _ = try tuner.run()
            Issue.record("no error was thrown")
        } catch TrainingError.diverged(_, _, _, _, let kept) {
            #expect(kept == nil)
        }
    }

    @Test("S37 weights that are not finite: training refuses", arguments: [Float.nan, .infinity, -.infinity])
    func weights(value: Float) throws {
        let workplace = try Workplace()
        let data = try workplace.data("train", Workplace.texts(20))
        let path = workplace.base + "/model.safetensors"
        let checkpoint = try Checkpoint(path)
        var tensors = try checkpoint.names.map { (name: $0, tensor: try checkpoint.tensor($0)) }
        let place = try #require(tensors.firstIndex { $0.name == "encoder.layer.1.output.dense.weight" })
        tensors[place].tensor.withMutableElements { $0[100] = value }
        try SafetensorsWriter.write(tensors, to: path)

        let tuner = try workplace.tuner(data, folder: "run")
        expectError(.format, "NaN or infinity in layers.1.feedForward.output.weight", "base") { try tuner.run() }
        expectError(.format, "layers.1.feedForward.output.weight") { try tuner.plan() }
        #expect(try folderEntries(workplace.path("run")).isEmpty)
        expectError(.format, "NaN or infinity") { try Evaluation.run(tuner.model, on: data) }
    }

    @Test("settings that make no sense")
    func settings() throws {
        try TrainingConfiguration().check()
        let cases: [(name: String, change: (inout TrainingConfiguration) -> Void)] = [
            ("learning rate", { $0.learningRate = .nan }), ("learning rate", { $0.learningRate = 0 }),
            ("learning rate", { $0.learningRate = 1e39 }),
            ("epochs", { $0.epochs = 0 }), ("steps", { $0.maxSteps = 0 }), ("batch", { $0.batchSize = 0 }),
            ("accumulation", { $0.accumulation = -1 }),
            ("clip norm", { $0.clipNorm = 0 }), ("clip norm", { $0.clipNorm = .nan }), ("label smoothing", { $0.labelSmoothing = 1 }),
            ("warm-up", { $0.schedule.warmup = 1.5 }), ("warm-up", { $0.schedule.warmup = .nan }),
            ("lowest rate", { $0.schedule.floor = -1 }),
            ("validation share", { $0.validationFraction = 1 }), ("patience", { $0.patience = 0 }),
            ("weight of the class \"red\"", { $0.classWeighting = .named(["red": -0.5]) }),
            ("weight of the class \"blue\"", { $0.classWeighting = .named(["red": 1, "blue": -.infinity]) }),
            ("beta1", { $0.optimizer = .adamW(beta1: 1) }), ("beta2", { $0.optimizer = .adamW(beta2: -0.1) }),
            ("epsilon", { $0.optimizer = .adamW(epsilon: 0) }), ("weight decay", { $0.optimizer = .adamW(weightDecay: .nan) }),
            ("momentum", { $0.optimizer = .sgd(momentum: 1) }), ("weight decay", { $0.optimizer = .sgd(weightDecay: -1) }),
        ]
        for (name, change) in cases {
            var configuration = TrainingConfiguration()
            change(&configuration)
            expectError(.usage, name + ": expected ") { try configuration.check() }
        }
    }
}
