import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooTraining
import ZooViT

/// Memory of passes: reserved before they begin, so that want of it is an error of one request and not the end of the process.
@Suite("Memory of passes")
struct PassMemoryTests {
    private static let words = Workplace.vocabulary

    private static func text(_ folder: TemporaryFolder, width: Int, inner: Int, layers: Int = 2) throws -> Assets {
        let configuration = JSON.object([
            "model_type": .string("bert"), "vocab_size": .integer(words.count), "hidden_size": .integer(width),
            "num_hidden_layers": .integer(layers), "num_attention_heads": .integer(4), "intermediate_size": .integer(inner),
            "max_position_embeddings": .integer(512), "type_vocab_size": .integer(2),
        ])
        try RandomModel.write(
            BERT.self, configuration: configuration, files: ["vocab.txt": Array(words.joined(separator: "\n").utf8)],
            labels: ["no", "yes"],
            to: folder.path)
        return try Assets(folder: folder.path)
    }

    private static func images(_ folder: TemporaryFolder) throws -> Assets {
        let configuration = JSON.object([
            "model_type": .string("vit"), "image_size": .integer(64), "patch_size": .integer(8), "hidden_size": .integer(96),
            "num_hidden_layers": .integer(3), "num_attention_heads": .integer(3), "intermediate_size": .integer(200),
        ])
        try RandomModel.write(ViT.self, configuration: configuration, labels: ["no", "yes"], to: folder.path)
        return try Assets(folder: folder.path)
    }

    /// What passes over some inputs took at most, and what was told before.
    private static func measured<Family: ModelFamily>(_ model: Model<Family>, _ inputs: [Input]) throws -> (taken: Int, told: Int) {
        var told = 0
        let before = BufferPool.shared.statistics
        try model.forEachBatch(inputs.map { try model.tokenizer.accepted($0) }, tokens: 100_000) { batch, _ in
            told = model.passByteCount(batch.segments)
            _ = try model.logits(batch, Pass(model.weights))
        }
        // The peak is that of the whole process: only a higher one than before says something.
        let peak = BufferPool.shared.statistics.peakUsedBytes
        return (peak > before.peakUsedBytes ? peak - before.usedBytes : 0, told)
    }

    @Test("what is reserved is enough, for few and many, short and long inputs", arguments: [1, 40, 700])
    func estimates(_ count: Int) async {
        await #expect(processExitsWith: .success) { [count = count as Int] in
            for (width, inner) in [(32, 64), (256, 1024), (192, 100)] {
                for length in [1, 30, 500] where count * length < 30_000 {
                    let folder = try TemporaryFolder()
                    let model = try Model<BERT>(PassMemoryTests.text(folder, width: width, inner: inner), head: .published)
                    let text = Array(repeating: "the", count: length).joined(separator: " ")
                    BufferPool.shared.trim()
                    let (taken, told) = try PassMemoryTests.measured(model, Array(repeating: .text(text), count: count))
                    #expect(taken <= told, "\(count) inputs of \(length) words, width \(width): \(taken) bytes, \(told) told")
                    #expect(told < 64 << 20 || taken == 0 || told < 20 * taken)
                }
            }
        }
    }

    @Test("what is reserved is enough for images")
    func imageEstimates() async {
        await #expect(processExitsWith: .success) {
            for count in [1, 20, 200] {
                let folder = try TemporaryFolder()
                let model = try Model<ViT>(PassMemoryTests.images(folder), head: .published)
                let image = PixelImage(width: 70, height: 64, pixels: Array(repeating: 100, count: 3 * 70 * 64))
                let inputs = (0..<count).map { Input.image(ImageSource(name: "image \($0)", image)) }
                let (taken, told) = try PassMemoryTests.measured(model, inputs)
                #expect(taken <= told + 4 * count * 64 * 192 * 5 / 4 + (1 << 20), "\(count) images: \(taken) bytes, \(told) told")
            }
        }
    }

    @Test("a request that needs more memory than there is fails, and the others are answered")
    func requests() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let assets = try PassMemoryTests.text(folder, width: 512, inner: 2048)
            let model = try Model<BERT>(assets, head: .published)
            let embedder = try Embedder<BERT>(assets)
            let other = try TemporaryFolder()
            let largeModel = try PassMemoryTests.text(other, width: 512, inner: 2048, layers: 8)
            let small: [Input] = [.text("the reda of"), .text("blueb")]
            let large = Array(repeating: Input.text(Array(repeating: "the", count: 500).joined(separator: " ")), count: 8)
            let expected = try model.classify(small)
            try embedder.embed(small) { _ in }
            BufferPool.shared.trim()
            #expect(AddressSpace.limit(to: 48 << 20))
            for _ in 0..<3 {
                #expect(throws: OutOfMemoryError.self) { try model.classify(large) }
                #expect(throws: OutOfMemoryError.self) { try embedder.embed(large) { _ in _ = Issue.record("a vector") } }
                #expect(try model.classify(small) == expected)
            }
            // Many at once.
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<6 {
                    group.addTask {
                        var answered = 0
                        for _ in 0..<5 {
                            do {
                                let found = try model.classify(task % 2 == 0 ? small : large)
                                #expect(task % 2 == 1 || found == expected)
                                answered += 1
                            } catch is OutOfMemoryError {}
                        }
                        return answered
                    }
                }
                var sum = 0
                for try await count in group { sum += count }
                return sum
            }
            #expect(answers > 0)
            #expect(BufferPool.shared.statistics.reservedBytes == 0)
            // Loading is a request too.
            #expect(throws: OutOfMemoryError.self) { try Model<BERT>(largeModel, head: .published) }
            #expect(try model.classify(small) == expected)
        }
    }

    /// What a run with little memory ends with, and the steps that it made.
    private static func train(within byteCount: Int) throws -> (failure: OutOfMemoryError?, steps: Int) {
        let workplace = try Workplace(["hidden_size": .integer(256), "intermediate_size": .integer(1024)])
        let data = try workplace.data("train", Workplace.texts(200))
        let tuner = try workplace.tuner(data) { $0.batchSize = 128 }
        _ = AddressSpace.limit(to: byteCount)
        var steps = 0
        do {
            _ = try tuner.run { event in
                if case .step = event { steps += 1 }
            }
        } catch let error as OutOfMemoryError {
            return (error, steps)
        }
        return (nil, steps)
    }

    @Test("training that does not fit is refused before its first step")
    func training() async {
        await #expect(processExitsWith: .success) {
            let (failure, steps) = try PassMemoryTests.train(within: 24 << 20)
            #expect(steps == 0)
            #expect(failure != nil)
        }
    }
}
