import ModelZoo
import Testing
import ZooBERT
import ZooTensor
import ZooTestSupport
import ZooTesting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Weights that give no answer: NaN, infinity, a file that is cut while it is read.
@Suite("Numbers that are no answer")
struct BERTAnswerTests {
    private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "runs"]

    /// A model whose activations swallow what is not finite, and the values of a tensor to be spoiled.
    private static func assets(_ folder: TemporaryFolder, isImmutable: Bool = false, width: Int = 16) throws -> Assets {
        let configuration = JSON.object([
            "model_type": .string("bert"), "vocab_size": .integer(words.count), "hidden_size": .integer(width),
            "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(24),
            "max_position_embeddings": .integer(16), "type_vocab_size": .integer(2), "hidden_act": .string("relu"),
        ])
        try RandomModel.write(
            BERT.self, configuration: configuration, files: ["vocab.txt": Array(words.joined(separator: "\n").utf8)],
            labels: ["no", "yes"],
            to: folder.path)
        let assets = try Assets(folder: folder.path)
        return Assets(name: assets.name, paths: assets.paths, isImmutable: isImmutable)
    }

    private static func spoil(_ folder: TemporaryFolder, _ name: String, _ value: Float, row: Int? = nil) throws {
        let checkpoint = try Checkpoint(folder: folder.path)
        var tensors = try checkpoint.names.map { (name: $0, tensor: try checkpoint.tensor($0)) }
        let place = try #require(tensors.firstIndex { $0.name == name })
        let index = (row ?? 0) * tensors[place].tensor.columns
        tensors[place].tensor.withMutableElements { $0[index] = value }
        try SafetensorsWriter.write(tensors, to: folder.path + "/" + Checkpoint.fileName)
    }

    /// The tensor that an error names.
    private func refused(_ body: () throws -> Void) -> String? {
        do {
            try body()
        } catch ModelError.notFinite(_, let tensor) {
            return tensor
        } catch {
            Issue.record("another error: \(error)")
        }
        return nil
    }

    @Test("in every tensor that is read: the model is refused and the tensor named", arguments: [Float.nan, .infinity, -.infinity])
    func everyTensor(_ value: Float) throws {
        let folder = try TemporaryFolder()
        _ = try Self.assets(folder)
        let names = try Checkpoint(folder: folder.path).names
        #expect(names.count > 30)
        for name in names {
            let assets = try Self.assets(folder)
            // Row 5 of the table of words is the cat, the others' row 0 is read by every text.
            try Self.spoil(folder, name, value, row: name.contains("word_embeddings") ? 5 : nil)
            let model = try Model<BERT>(assets, head: .published)
            #expect(refused { _ = try model.classify([.text("the cat runs")]) } == name)
            // And not only the first time.
            #expect(refused { _ = try model.probabilities([model.tokenizer.encode(.text("cat"))]) } == name)
            guard !name.contains("classifier") && !name.contains("pooler") else { continue }
            let embedder = try Embedder<BERT>(assets, pooling: .mean)
            var count = 0
            let found = refused { try embedder.embed([.text("the"), .text("cat")]) { _ in count += 1 } }
            #expect(found?.hasSuffix(name) == true || name.hasSuffix(found ?? "-"), "\(name), \(found ?? "nothing")")
            #expect(count == 0, "no vector is handed over")
        }
    }

    @Test("in the row of a word that no text has: the answers are the same")
    func rowNotRead() throws {
        let folder = try TemporaryFolder()
        let assets = try Self.assets(folder)
        let expected = try Model<BERT>(assets, head: .published).classify([.text("the cat")])
        try Self.spoil(folder, "bert.embeddings.word_embeddings.weight", .nan, row: 6)
        let model = try Model<BERT>(assets, head: .published)
        #expect(try model.classify([.text("the cat")]) == expected)
        #expect(refused { _ = try model.classify([.text("runs")]) } == "bert.embeddings.word_embeddings.weight")
    }

    @Test("weights that are finite and give what is not: told as such")
    func overflow() throws {
        let folder = try TemporaryFolder()
        let assets = try Self.assets(folder)
        try Self.spoil(folder, "classifier.bias", 3e38)
        try Self.spoil(folder, "classifier.weight", 3e38)
        try Self.spoil(folder, "bert.pooler.dense.bias", 100)
        let model = try Model<BERT>(assets, head: .published)
        do {
            _ = try model.classify([.text("the"), .text("cat"), .text("runs"), .text("the cat runs")])
            Issue.record("an answer")
        } catch ModelError.notFinite(_, let tensor) {
            #expect(tensor == nil)
        }
    }

    @Test("S36 a mapped file of weights that is cut before, between and while it is read: an error, no signal", arguments: [false, true])
    func cutWeights(_ isWarm: Bool) async {
        await #expect(processExitsWith: .success) { [isWarm] in
            let folder = try TemporaryFolder()
            let assets = try BERTAnswerTests.assets(folder, isImmutable: true, width: 512)
            let path = folder.path + "/" + Checkpoint.fileName
            let model = try Model<BERT>(assets, head: .published)
            let embedder = try Embedder<BERT>(assets)
            if isWarm {
                _ = try model.classify([.text("the cat")])
                try embedder.embed([.text("the cat")]) { _ in }
            }
            guard case .regular(let count)? = fileKind(path) else {
                Issue.record("no weights")
                return
            }
            #expect(truncate(path, off_t(count / 3)) == 0)
            for _ in 0..<2 {
                #expect(throws: FileError.changed(path: path, expected: count, found: count / 3)) {
                    _ = try model.classify([.text("the cat")])
                }
                #expect(throws: FileError.changed(path: path, expected: count, found: count / 3)) {
                    try embedder.embed([.text("the cat")]) { _ in _ = Issue.record("a vector") }
                }
            }
        }
    }

    @Test("S36 a file that is cut at any moment: right answers, then errors")
    func cutMeanwhile() async {
        await #expect(processExitsWith: .success) {
            for round in 0..<6 {
                let folder = try TemporaryFolder()
                let assets = try BERTAnswerTests.assets(folder, isImmutable: true, width: 256)
                let path = folder.path + "/" + Checkpoint.fileName
                let expected = try Model<BERT>(assets, head: .published).classify([.text("the cat"), .text("runs")])
                let cutting = Task.detached {
                    try await Task.sleep(for: .microseconds(300 * round))
                    truncate(path, 5000)
                }
                var failures = 0
                for _ in 0..<10_000 where failures < 3 {
                    do {
                        // New weights each time, read for the first time.
                        let model = try Model<BERT>(assets, head: .published)
                        #expect(try model.classify([.text("the cat"), .text("runs")]) == expected)
                    } catch let error as any ZooError {
                        #expect(error.exitCode == .format || error.exitCode == .resources, "\(error)")
                        failures += 1
                    }
                }
                #expect(failures == 3)
                try await cutting.value
            }
        }
    }
}
