import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting

/// What authors of families test with.
@Suite("Random models")
struct RandomModelTests {
    @Test("equal arguments give equal bytes, another seed gives others")
    func bytes() throws {
        let folder = try TemporaryFolder()
        let workplace = try Workplace()
        let configuration = try JSON.parse(readFile(workplace.base + "/config.json"))
        func file(_ name: String, seed: UInt64, labels: [String]? = nil) throws -> [UInt8] {
            try RandomModel.write(BERT.self, configuration: configuration, labels: labels, seed: seed, to: folder.path + "/" + name)
            return try readFile(folder.path + "/" + name + "/model.safetensors")
        }
        let first = try file("a/b", seed: 1)
        #expect(try file("c", seed: 1) == first)
        #expect(try file("d", seed: 2) != first)
        let names = try Checkpoint(folder.path + "/a/b/model.safetensors").names
        #expect(names.contains("pooler.dense.weight") && !names.contains { $0.hasPrefix("classifier") })
        _ = try file("e", seed: 1, labels: ["x", "y", "z"])
        #expect(try Checkpoint(folder.path + "/e/model.safetensors").shape(of: "classifier.weight") == [3, 32])
        #expect(try JSON.parse(readFile(folder.path + "/e/config.json"))["id2label"]?["2"]?.string == "z")
        expectError(.format, "num_attention_heads") {
            try RandomModel.write(
                BERT.self, configuration: .object(["hidden_size": .integer(30), "num_attention_heads": .integer(7)]), to: folder.path + "/f"
            )
        }
    }

    @Test("the gradients of BERT are right, with and without dropout", arguments: [false, true])
    func gradients(dropout: Bool) throws {
        let model = try Workplace(labels: ["no", "yes", "maybe"]).model(.published)
        let inputs: [Input] = [.text("the reda of and in"), .textPair("blueb a", "on we you the tallc"), .text("wetd")]
        let differences = try checkGradients(model, inputs: inputs, labels: [0, 2, 1], dropout: dropout)
        #expect(differences.map(\.parameter) == model.schema.parameters.map(\.path))
        for difference in differences { #expect(difference.error < 0.01, "\(difference)") }
        #expect(differences.filter { $0.gradientNorm > 1e-3 }.count > 30)
    }

    @Test("a wrong gradient shows, and only where it is wrong")
    func wrongGradient() throws {
        let workplace = try Workplace(labels: ["no", "yes"])
        let model = try Model<Doubling>(Assets(folder: workplace.base), head: .published)
        let differences = try checkGradients(model, inputs: [.text("reda"), .text("the blueb")], labels: [0, 1])
        for difference in differences where difference.gradientNorm > 1e-3 {
            if difference.parameter.segments[0] == "classifier" {
                #expect(difference.error < 0.01, "\(difference)")
            } else {
                #expect(difference.error > 0.3, "\(difference)")
            }
        }
        #expect(differences.filter { $0.error > 0.3 }.count > 30)
    }

    @Test("a temporary folder goes away with all that is in it")
    func temporaryFolder() throws {
        var folder: TemporaryFolder? = try TemporaryFolder()
        let path = try #require(folder?.path)
        try folder?.write("a/b/c.txt", "text".utf8)
        #expect(try readFile(path + "/a/b/c.txt") == Array("text".utf8))
        folder = nil
        #expect(fileKind(path) == nil)
    }
}

/// BERT with a mistake: the gradient of its summary is twice what it should be.
private enum Doubling: ModelFamily {
    static let identifier = "doubling"
    static let summary = "BERT with a wrong gradient"
    static let modelTypes: Set<String> = ["doubling"]
    static let architectures = BERT.architectures
    static let names = BERT.names

    static func tokenizer(_ configuration: BERT.Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        try BERT.tokenizer(configuration, assets, options)
    }

    static func classifier(_ configuration: BERT.Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        BERT.classifier(configuration, classes: classes, scope)
    }

    struct Model: Backbone {
        let inner: BERT.Model

        init(_ configuration: BERT.Configuration, reading: Reading, _ scope: Scope) {
            inner = BERT.Model(configuration, reading: reading, scope)
        }

        func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
            let features = inner(batch, reading: reading, pass)
            guard let pooled = features.pooled else { return features }
            let slot = pooled.slot
            let wrong = pass.record(pooled.value, from: [slot]) { gradient, sink in
                sink.add(Tensor(gradient.elements.map { 2 * $0 }, gradient.shape), to: slot)
            }
            return Features(tokens: features.tokens, segments: features.segments, reading: reading, pooled: wrong)
        }
    }
}
