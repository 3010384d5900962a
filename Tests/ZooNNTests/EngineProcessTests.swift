import Testing
import ZooNN
import ZooTensor

/// What depends on the state of the process, the number of threads or the buffer pool, runs in a process of its own.
@Suite("Threads and memory")
struct EngineProcessTests {
    /// Five steps with dropout: the losses, the gradients of the last step and the weights.
    static func train() -> [UInt32] { train { _ in } }

    /// The losses alone.
    static func losses() -> [Double] {
        var losses: [Double] = []
        _ = train { losses.append($0) }
        return losses
    }

    private static func train(_ report: (Double) -> Void) -> [UInt32] {
        let (model, schema) = Schema.build { Encoder($0, vocabulary: 300, width: 96, heads: 4, layers: 2, dropout: 0.2) }
        var weights = randomWeights(schema)
        var optimizer = AdamW(schema)
        let gradients = Gradients(schema) { _ in true }
        var result: [UInt32] = []
        for step in 0..<5 {
            // Both tilings: few rows, and several tiles of rows; sequences of several blocks.
            let lengths = [[40, 1, 300, 129, 64, 7, 90], [9, 12, 3]][step % 2]
            let batch = Batch(lengths: lengths, vocabulary: 300, seed: UInt64(step))
            gradients.reset()
            let pass = Pass(
                weights, gradients: gradients, random: RandomKey(seed: 5).derived(step),
                capacity: Pass.Capacity(tokens: 700, sequences: 7, longest: 300))
            let loss = CrossEntropy(labelSmoothing: 0.1)(model.logits(batch, pass), labels: batch.labels)
            pass.backward(from: loss)
            result += loss.value.bits
            report(Double(loss.value.elements[0]))
            result.append(Float(gradients.globalNorm()).bitPattern)
            release(pass)
            optimizer.step(&weights, gradients, rate: 1e-3, gradientScale: 0.9)
        }
        for parameter in schema.parameters { result += gradients.dense(parameter)?.bits ?? [] }
        weights.settle()
        for parameter in schema.parameters { result += weights[parameter].bits }
        return result
    }

    /// Ends a pass here, so that nobody else holds the weights.
    private static func release(_ pass: consuming Pass) {}

    @Test("the same bits with one, two and three threads, and in every run")
    func sameBits() async {
        await #expect(processExitsWith: .success) {
            Threads.count = 1
            let expected = EngineProcessTests.train()
            #expect(expected.count > 100_000)
            #expect(expected.allSatisfy { Float(bitPattern: $0).isFinite })
            for threads in [1, 2, 3, 7] {
                Threads.count = threads
                let found = EngineProcessTests.train()
                let differing = zip(found, expected).filter { $0 != $1 }.count
                #expect(
                    found.count == expected.count && differing == 0,
                    "\(differing) of \(expected.count) numbers differ with \(threads) threads")
            }
        }
    }

    @Test("the number of threads may change while operations run")
    func threadCountChanges() async {
        await #expect(processExitsWith: .success) {
            let expected = EngineProcessTests.train()
            let changing = Task.detached {
                var count = 1
                while !Task.isCancelled {
                    Threads.count = count % 13 + 1
                    count += 5
                    await Task.yield()
                }
            }
            for _ in 0..<4 { #expect(EngineProcessTests.train() == expected) }
            changing.cancel()
            await changing.value
        }
    }

    @Test("after the first step tensors keep their memory, and nothing more comes from the system")
    func memory() async {
        await #expect(processExitsWith: .success) {
            Threads.count = 2
            let (model, schema) = Schema.build { Encoder($0, vocabulary: 300, width: 64, heads: 4, layers: 2, dropout: 0.1) }
            let batches = [[60, 120, 200, 31], [12, 9], [200, 1, 7], [100, 99, 98, 97], [3], [150, 150, 55, 56]].enumerated().map {
                Batch(lengths: $1, vocabulary: 300, seed: UInt64($0))
            }
            let capacity = Pass.Capacity(tokens: 411, sequences: 4, longest: 200)
            for kind in [OptimizerKind.adamW(), .sgd()] {
                var weights = randomWeights(schema)
                var optimizer = kind.make(schema)
                let gradients = Gradients(schema) { _ in true }
                var identities: [ObjectIdentifier] = []
                var allocations = 0
                for step in 0..<18 {
                    gradients.reset()
                    let batch = batches[step % batches.count]
                    do {
                        let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 5).derived(step), capacity: capacity)
                        pass.backward(from: CrossEntropy()(model.logits(batch, pass), labels: batch.labels))
                    }
                    optimizer.step(&weights, gradients, rate: 1e-3, gradientScale: 1)
                    var settled = weights
                    settled.deferred = [:]
                    let now = schema.parameters.map { settled[$0].storageIdentity }
                    let statistics = BufferPool.shared.statistics
                    if step == 0 {
                        allocations = statistics.systemAllocations
                        identities = now
                    } else {
                        #expect(now == identities, "\(kind.name), step \(step): tensors have moved")
                        #expect(
                            statistics.systemAllocations == allocations,
                            "\(kind.name), step \(step): \(statistics.systemAllocations - allocations) more buffers, \(statistics.heldBytes) bytes held"
                        )
                        allocations = statistics.systemAllocations
                    }
                }
            }
        }
    }

    @Test("a pass takes memory in proportion to its tokens, and gives all of it back")
    func proportion() async {
        await #expect(processExitsWith: .success) {
            let (model, schema) = Schema.build { Encoder($0, width: 64, layers: 2, dropout: 0.1) }
            let weights = randomWeights(schema)
            func used(_ sequences: Int, trainable: (Parameter) -> Bool, capacity: Bool = true) -> Int {
                let batch = Batch(lengths: Array(repeating: 100, count: sequences))
                let gradients = Gradients(schema, trainable: trainable)
                let before = BufferPool.shared.statistics.usedBytes
                let pass = Pass(
                    weights, gradients: gradients, random: RandomKey(seed: 1),
                    capacity: capacity ? Pass.Capacity(tokens: 100 * sequences, sequences: sequences, longest: 100) : nil)
                let loss = CrossEntropy()(model.logits(batch, pass), labels: batch.labels)
                let held = BufferPool.shared.statistics.usedBytes - before
                pass.backward(from: loss)
                return held
            }
            // The weights' matrices in the layout of products stay with the weights.
            _ = used(1, trainable: { _ in true })
            let before = BufferPool.shared.statistics.usedBytes
            // 2 layers of 8 widths and 2 inner widths of 128, the embeddings, and a third for size classes.
            let most = 4 * (2 * (8 * 64 + 2 * 128) + 4 * 64) * 4 / 3
            for sequences in [2, 8, 32] {
                let full = used(sequences, trainable: { _ in true })
                #expect(
                    full < 100 * sequences * most, "\(full) bytes for \(100 * sequences) tokens, expected at most \(100 * sequences * most)"
                )
                let plain = used(sequences, trainable: { _ in true }, capacity: false)
                #expect(plain < 100 * sequences * most, "\(plain) bytes for \(100 * sequences) tokens without capacity")
                // Nothing is kept below a frozen backbone.
                let head = used(sequences, trainable: { $0.path.matches("classifier") })
                #expect(head < full / 5, "\(head) bytes with a frozen backbone, \(full) without")
            }
            let left = BufferPool.shared.statistics.usedBytes - before
            withExtendedLifetime(weights) { #expect(left == 0, "\(left) bytes are still in use") }
        }
    }

    @Test("a pass that never runs backward gives its memory back")
    func abandoned() async {
        await #expect(processExitsWith: .success) {
            let (model, schema) = Schema.build { Encoder($0, summary: .mean) }
            let weights = randomWeights(schema)
            let gradients = Gradients(schema) { _ in true }
            let batch = Batch(lengths: [40, 150])
            func abandon() {
                let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
                _ = CrossEntropy()(model.logits(batch, pass), labels: batch.labels)
            }
            abandon()  // the weights' matrices in the layout of products stay with the weights
            let before = BufferPool.shared.statistics.usedBytes
            for _ in 0..<3 { abandon() }
            let left = BufferPool.shared.statistics.usedBytes - before
            withExtendedLifetime((weights, gradients)) { #expect(left == 0, "\(left) bytes are still in use") }
        }
    }

    @Test("memory for gradients that nobody wants is not used by others meanwhile")
    func unwantedGradients() async {
        await #expect(processExitsWith: .success) {
            Threads.count = 1
            let configuration = TransformerConfiguration(
                width: 64, heads: 2, innerWidth: 64, activation: .gelu, norm: .post, epsilon: 1e-5, dropout: 0, attentionDropout: 0)
            let (layer, schema) = Schema.build { TransformerLayer(configuration, $0 / "layer") }
            let weights = randomWeights(schema)
            // Keys and values of 201 tokens and the scores of a block of 101 take buffers of the same size class.
            let segments = Segments(lengths: [100, 101])
            let x = Tensor(noise(201 * 64, 1), [201, 64])
            func gradient(_ trainable: (Parameter) -> Bool) -> [UInt32]? {
                let gradients = Gradients(schema, trainable: trainable)
                let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
                pass.backward(from: projection(layer(pass.constant(x), segments, firstTokenOnly: true), noise(128, 2)))
                return gradients.dense(schema.parameter("layer.attention.query.weight"))?.bits
            }
            let expected = gradient { _ in true }
            #expect(expected != nil)
            #expect(gradient { $0.path.matches("layer.attention.query") } == expected)
        }
    }
}
