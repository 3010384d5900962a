import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport

@Suite("BERT checkpoints")
struct BERTCheckpointTests {
    /// Another spelling of the same weights.
    enum Spelling: CaseIterable {
        case noPrefix
        case gammaAndBeta
        case noPrefixGammaAndBeta
        case headsOfPretraining
        case headOfQuestions
        case positionNumbers

        func change(_ tensors: inout AlteredModel.Tensors) {
            switch self {
            case .noPrefix: tensors = tensors.map { ($0.name.hasPrefix("bert.") ? String($0.name.dropFirst(5)) : $0.name, $0.tensor) }
            case .gammaAndBeta:
                tensors = tensors.map { name, tensor in
                    (
                        name.replacing("LayerNorm.weight", with: "LayerNorm.gamma").replacing("LayerNorm.bias", with: "LayerNorm.beta"),
                        tensor
                    )
                }
            case .noPrefixGammaAndBeta:
                Spelling.noPrefix.change(&tensors)
                Spelling.gammaAndBeta.change(&tensors)
            case .headsOfPretraining:
                for (name, shape) in [
                    ("cls.predictions.bias", [87]), ("cls.predictions.decoder.weight", [87, 32]), ("cls.predictions.decoder.bias", [87]),
                    ("cls.predictions.transform.dense.weight", [32, 32]), ("cls.predictions.transform.dense.bias", [32]),
                    ("cls.predictions.transform.LayerNorm.gamma", [32]), ("cls.predictions.transform.LayerNorm.beta", [32]),
                    ("cls.seq_relationship.weight", [2, 32]), ("cls.seq_relationship.bias", [2]),
                ] { tensors.append((name, Tensor(repeating: 0.5, Shape(shape)))) }
            case .headOfQuestions:
                tensors.append(("qa_outputs.weight", Tensor(repeating: 0.5, [2, 32])))
                tensors.append(("qa_outputs.bias", Tensor(repeating: 0.5, [2])))
            case .positionNumbers:
                // Buffers, which are made anew.
                tensors.append(("bert.embeddings.position_ids", Tensor((0..<24).map(Float.init), [1, 24])))
                tensors.append(("bert.embeddings.token_type_ids", Tensor(repeating: 0, [1, 24])))
            }
        }
    }

    @Test("other spellings give the same weights", arguments: Spelling.allCases)
    func spellings(spelling: Spelling) throws {
        let expected = try BERTFixture.model()
        let found = try AlteredModel(tensors: spelling.change).load()
        for parameter in expected.schema.parameters {
            #expect(found.weights[parameter].elements == expected.weights[parameter].elements, "\(parameter.path)")
        }
    }

    @Test("every parameter has one upstream name and back")
    func names() throws {
        #expect(try BERT.names.conflicts(BERTFixture.model().schema).isEmpty)
    }

    @Test("C6 a configuration that contradicts the tensors: the first five of each kind are named")
    func contradictingConfiguration() throws {
        let model = try AlteredModel(["hidden_size": "64"])
        expectError(
            .format, "model.safetensors", "38 of another shape",
            "\"bert.embeddings.word_embeddings.weight\" expected [87, 64], found [87, 32]", "; …"
        ) { _ = try model.load() }
        do {
            _ = try model.load()
        } catch {
            #expect(occurrences(of: "expected [", in: "\(error)") == 5)
        }
        // One axis of one tensor.
        expectError(.format, "1 of another shape", "position_embeddings.weight\" expected [25, 32], found [24, 32]") {
            _ = try AlteredModel(["max_position_embeddings": "25"]).load()
        }
        // A transposed matrix has the right number of values.
        expectError(.format, "2 of another shape", "intermediate.dense.weight\" expected [48, 32], found [32, 48]") {
            _ = try AlteredModel(tensors: { tensors in
                for place in tensors.indices where tensors[place].name.hasSuffix("intermediate.dense.weight") {
                    tensors[place].tensor = tensors[place].tensor.reshaped([32, 48])
                }
            }).load()
        }
        // Fewer layers than the checkpoint has, and more.
        expectError(.format, "16 unexpected", "bert.encoder.layer.1.attention") { _ = try AlteredModel(["num_hidden_layers": "1"]).load() }
        expectError(.format, "16 missing", "layers.2.attention.query.weight (\"encoder.layer.2.attention.self.query.weight\")", "; …") {
            _ = try AlteredModel(["num_hidden_layers": "3"]).load()
        }
    }

    @Test("C7 missing tensors are named with their upstream names")
    func missingTensors() throws {
        expectError(.format, "model.safetensors", "1 missing: embeddings.norm.bias (\"embeddings.LayerNorm.bias\")") {
            _ = try AlteredModel(tensors: { $0.remove("bert.embeddings.LayerNorm.bias") }).load()
        }
        // Asking for a new head makes nothing else new, but for the pooler.
        expectError(.format, "1 missing: layers.0.attention.key.weight") {
            _ = try AlteredModel(tensors: { $0.remove("bert.encoder.layer.0.attention.self.key.weight") }).load(.fresh(["a", "b"]))
        }
    }

    @Test("C7 extra tensors are named")
    func extraTensors() throws {
        expectError(.format, "2 unexpected: \"adapter.weight\"; \"bert.encoder.layer.0.attention.self.rotary.weight\"") {
            _ = try AlteredModel(tensors: { tensors in
                tensors.append(("adapter.weight", Tensor(repeating: 0, [1])))
                tensors.append(("bert.encoder.layer.0.attention.self.rotary.weight", Tensor(repeating: 0, [1])))
            }).load()
        }
        // The same parameter under two names.
        expectError(.format, "1 given twice: pooler.bias by", "\"pooler.dense.bias\"", "\"bert.pooler.dense.bias\"") {
            _ = try AlteredModel(tensors: { $0.append(("pooler.dense.bias", Tensor(repeating: 0, [32]))) }).load()
        }
    }

    @Test("C7 a head of another size than the labels: an error unless a new head is asked for, which is told")
    func headOfAnotherSize() throws {
        let model = try AlteredModel(["id2label": #"{"0": "no", "1": "yes"}"#])
        expectError(.format, "2 of another shape", "\"classifier.weight\" expected [2, 32], found [3, 32]") { _ = try model.load() }
        let fresh = try model.load(.fresh(["no", "yes"]))
        #expect(fresh.labels == ["no", "yes"])
        #expect(fresh.notes.contains("new, with random values: classifier.weight, classifier.bias"))
        // As many labels as the head has rows: it is new all the same, as asked for.
        let same = try model.load(.fresh(["a", "b", "c"]))
        #expect(same.notes.contains("new, with random values: classifier.weight, classifier.bias"))
        let published = try BERTFixture.model()
        #expect(published.notes.isEmpty)
        let weight = try #require(published.schema.parameters.first { $0.path.description == "classifier.weight" })
        #expect(same.weights[weight].elements != published.weights[weight].elements)
    }

    @Test("C7 no head: an error when the published one is asked for")
    func noHead() throws {
        let model = try AlteredModel(tensors: { $0.remove("classifier") })
        expectError(.format, "2 missing: classifier.weight (\"classifier.weight\"); classifier.bias") { _ = try model.load() }
        #expect(try Model<BERT>.hasPublishedHead(model.assets) == false)
        #expect(try Model<BERT>.hasPublishedHead(BERTFixture.assets()))
        let features = try model.load(.none(.pooled))
        expectError(.usage, "no trained head") { _ = try features.classify([.text("the film")]) }
    }

    @Test("C7 no pooler: new with a new head and told, else an error")
    func noPooler() throws {
        let model = try AlteredModel(tensors: { $0.remove("bert.pooler") })
        expectError(.format, "2 missing: pooler.weight (\"pooler.dense.weight\"); pooler.bias") { _ = try model.load() }
        expectError(.format, "2 missing: pooler.weight") { _ = try model.load(.none(.pooled)) }
        let fresh = try model.load(.fresh(["a", "b"]))
        #expect(
            fresh.notes.contains { $0.hasPrefix("new, with random values: ") && $0.contains("pooler.weight") && $0.contains("pooler.bias") }
        )
        #expect(try model.load(.none(.everyToken)).notes == ["in the checkpoint but not used: classifier.bias, classifier.weight"])
    }

    @Test("C7 what the checkpoint has and the model does not use is told")
    func unusedTensors() throws {
        let notes = try BERTFixture.model(.none(.everyToken)).notes
        #expect(
            notes == [
                "in the checkpoint but not used: bert.pooler.dense.bias, bert.pooler.dense.weight, classifier.bias, classifier.weight"
            ])
    }
}
