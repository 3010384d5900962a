import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTraining

/// What depends on the state of the process, the number of threads or the buffer pool, runs in a process of its own.
@Suite("Runs by threads and memory")
struct TrainingProcessTests {
    /// Steps with dropout on a model wide enough for several tiles, validation included.
    static func run(threads: Int, accumulation: Int, in workplace: Workplace, _ data: LabelledDataset, name: String) throws -> Outcome {
        Threads.count = threads
        let tuner = try workplace.tuner(data, folder: name) {
            $0.accumulation = accumulation
            $0.batchSize = 16 / accumulation
            $0.epochs = 4
            $0.maxSteps = 30
            $0.classWeighting = .balanced
        }
        let (result, steps, epochs) = try tuner.recorded()
        #expect(steps.count == 30)
        let path = workplace.path(name) + "/best/model.safetensors"
        return Outcome(
            file: try readFile(path), losses: steps.flatMap { [$0.loss, $0.gradientNorm] }, epochs: epochs,
            probabilities: try result.model.classify([.text("redb the"), .text("of blued and")]))
    }

    struct Outcome: Equatable {
        let file: [UInt8]
        let losses: [Double]
        let epochs: [TrainingEpoch]
        let probabilities: [[Prediction]]
    }

    static func workplace() throws -> Workplace {
        try Workplace(["hidden_size": .integer(64), "intermediate_size": .integer(256), "max_position_embeddings": .integer(128)])
    }

    @Test("the same bits with one, two and three threads, and in every run", arguments: [1, 2])
    func sameBits(accumulation: Int) async {
        await #expect(processExitsWith: .success) { [accumulation] in
            let workplace = try TrainingProcessTests.workplace()
            let data = try workplace.data("train", Workplace.texts(150, classes: 3, longest: 90))
            let expected = try TrainingProcessTests.run(threads: 1, accumulation: accumulation, in: workplace, data, name: "first")
            for (number, threads) in [1, 2, 3, 2].enumerated() {
                let found = try TrainingProcessTests.run(
                    threads: threads, accumulation: accumulation, in: workplace, data, name: "run\(number)")
                #expect(found.file == expected.file, "other weights with \(threads) threads")
                #expect(found.losses == expected.losses, "other losses with \(threads) threads")
                #expect(found == expected, "other figures with \(threads) threads")
            }
        }
    }

    @Test("after its first steps a run takes no more memory from the system", arguments: [1, 2, 3])
    func noMoreMemory(threads: Int) async {
        await #expect(processExitsWith: .success) { [threads] in
            Threads.count = threads
            let workplace = try TrainingProcessTests.workplace()
            let data = try workplace.data("train", Workplace.texts(120, classes: 3, longest: 90))
            for optimizer in [OptimizerKind.adamW(), .sgd()] {
                for (strategy, accumulation) in [(Strategy.full, 1), (.full, 3), (.freeze(["embeddings", "layers.0"]), 1), (.headOnly, 1)] {
                    let tuner = try workplace.tuner(data) {
                        $0.strategy = strategy
                        $0.batchSize = 6
                        $0.accumulation = accumulation
                        $0.epochs = 2
                        $0.optimizer = optimizer
                        $0.validationFraction = 0
                    }
                    var allocations: Int?
                    var lengths: Set<Int> = []
                    _ = try tuner.run { event in
                        let now = BufferPool.shared.statistics.systemAllocations
                        switch event {
                        case .step(let step):
                            if let allocations {
                                #expect(now == allocations, "\(optimizer.name), \(strategy), \(accumulation): step \(step.step)")
                            }
                            allocations = now
                            lengths.insert(step.tokens)
                        // The weights of the best epoch are copied once.
                        case .epoch: allocations = nil
                        default: break
                        }
                    }
                    #expect(lengths.count > 5)
                }
            }
        }
    }

    @Test("after the first step the weights keep their memory")
    func sameStorage() async {
        await #expect(processExitsWith: .success) {
            let workplace = try TrainingProcessTests.workplace()
            let data = try workplace.data("train", Workplace.texts(60, longest: 90))
            var model = try workplace.model(.fresh(data.labels))
            let base = model
            let inputs = try data.examples.map { try model.tokenizer.encode($0.input) }
            let gradients = Gradients(model.schema) { _ in true }
            var optimizer = OptimizerKind.adamW().make(model.schema)
            let capacity = Pass.Capacity(tokens: 12 * 92, sequences: 12, longest: 92)
            func forwardAndBackward(_ step: Int) throws {
                let places = (0..<1 + (7 * step) % 12).map { ($0 + 5 * step) % inputs.count }
                let pass = Pass(model.weights, gradients: gradients, random: RandomKey(seed: 1).derived(step), capacity: capacity)
                let logits = try model.logits(model.tokenizer.batch(places.map { inputs[$0] }), pass)
                pass.backward(from: CrossEntropy()(logits, labels: places.compactMap { data.examples[$0].label }))
            }
            var identities: [ObjectIdentifier] = []
            for step in 0..<12 {
                gradients.reset()
                try forwardAndBackward(step)
                optimizer.step(&model.weights, gradients, rate: 1e-3, gradientScale: 1)
                var settled = model.weights
                settled.deferred = [:]
                let now = model.schema.parameters.map { settled[$0].storageIdentity }
                if step == 0 {
                    identities = now
                    #expect(zip(model.schema.parameters, now).allSatisfy { base.weights[$0].storageIdentity != $1 })
                } else {
                    #expect(now == identities, "step \(step): tensors have moved")
                }
            }
        }
    }
}
