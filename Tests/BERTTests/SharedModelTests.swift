import ModelZoo
import Testing
import ZooBERT
import ZooTensor
import ZooTesting

/// What a server builds on: one model answers many tasks at once, without a lock, and each gets the bits that it would get alone.
@Suite("A model that many tasks share")
struct SharedModelTests {
    private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "a", "cat", "dog", "runs", "sleeps", "##s", "on", "mat"]

    private static func assets(_ folder: TemporaryFolder) throws -> Assets {
        let configuration = JSON.object([
            "model_type": .string("bert"), "vocab_size": .integer(words.count), "hidden_size": .integer(64),
            "num_hidden_layers": .integer(2), "num_attention_heads": .integer(4), "intermediate_size": .integer(128),
            "max_position_embeddings": .integer(128), "type_vocab_size": .integer(2),
        ])
        try RandomModel.write(
            BERT.self, configuration: configuration, files: ["vocab.txt": Array(words.joined(separator: "\n").utf8)],
            labels: ["no", "maybe", "yes"], to: folder.path)
        let assets = try Assets(folder: folder.path)
        // Mapped, as out of the store.
        return Assets(name: assets.name, paths: assets.paths, isImmutable: true)
    }

    /// Inputs of the n-th request: few or many, short or long, single or in pairs.
    private static func request(_ number: Int) -> [Input] {
        (0..<1 + number % 5).map { place in
            let count = 1 + (number * 7 + place * 31) % 90
            let text = (0..<count).map { words[4 + (number + place + $0 * $0) % (words.count - 4)] }.joined(separator: " ")
            return place % 2 == 0 ? .text(text) : .textPair(text, "the cat")
        }
    }

    @Test("classes: the same answers from 8 tasks as from one, from the first request on")
    func classes() async throws {
        let folder = try TemporaryFolder()
        let assets = try Self.assets(folder)
        let alone = try Model<BERT>(assets, head: .published)
        let expected = try (0..<12).map { try alone.classify(Self.request($0)) }
        // Loaded anew: that the weights are brought into the layout of products falls into the first requests.
        let shared = try Model<BERT>(assets, head: .published)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<12 {
                        let number = (round + task * 5) % 12
                        let found = try shared.classify(Self.request(number))
                        #expect(found == expected[number], "task \(task), request \(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("vectors: the same bits from 8 tasks as from one, while others fail and others load")
    func vectors() async throws {
        let folder = try TemporaryFolder()
        let assets = try Self.assets(folder)
        func vectors(_ embedder: Embedder<BERT>, _ number: Int) throws -> [UInt32] {
            var bits: [UInt32] = []
            try embedder.embed(Self.request(number)) { bits += $0.map(\.bitPattern) }
            return bits
        }
        let alone = try Embedder<BERT>(assets)
        let expected = try (0..<10).map { try vectors(alone, $0) }
        let shared = try Embedder<BERT>(assets)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<10 {
                        let number = (round + task * 3) % 10
                        #expect(try vectors(shared, number) == expected[number], "task \(task), request \(number)")
                        switch task {
                        case 6: #expect(throws: ModelError.self) { try shared.embed([.text("cat"), .file("no-image.png")]) { _ in } }
                        case 7: _ = try Embedder<BERT>(assets).embed(Self.request(0)) { _ in }
                        default: break
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
