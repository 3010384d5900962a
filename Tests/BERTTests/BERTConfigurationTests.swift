import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport

@Suite("BERT configurations")
struct BERTConfigurationTests {
    @Test("C2 keys that name code: no effect, reported, not written")
    func codeKeys() throws {
        let altered = try AlteredModel([
            "auto_map": #"{"AutoModel": "modeling_evil.EvilModel"}"#, "trust_remote_code": "true",
            "_attn_implementation_internal": "\"evil\"", "custom_pipelines": "{}",
        ])
        let model = try altered.load()
        let note = try #require(model.notes.first)
        #expect(model.notes.count == 1)
        for key in ["auto_map", "trust_remote_code", "_attn_implementation_internal", "custom_pipelines", "no effect"] {
            #expect(note.contains(key), "\(key)")
        }
        let plain = try BERTFixture.model()
        for parameter in plain.schema.parameters { #expect(model.weights[parameter].elements == plain.weights[parameter].elements) }
        let fixture = try BERTFixture()
        #expect(try model.probabilities(fixture.encoded(model)) == plain.probabilities(fixture.encoded(plain)))
        let written = try #require(model.companionFiles().first { $0.name == "config.json" })
        let configuration = try #require(JSON.parse(written.bytes).object)
        #expect(configuration.keys.allSatisfy { !ConfigurationReader.codeKeys.contains($0) })
    }

    private func expectRefusal(_ refused: RefusedValue) throws {
        let model = try AlteredModel([refused.key: refused.value])
        refused.expectRefusal(in: "config.json") { try model.load() }
    }

    @Test(
        "C3 nothing is divided by zero",
        arguments: [
            RefusedValue("hidden_size", "0", "a whole number from 1 to 65536"),
            RefusedValue("num_attention_heads", "0", "a whole number from 1 to 4096"),
            RefusedValue("num_attention_heads", "5", "a divisor of hidden_size (32)"),
            RefusedValue("num_attention_heads", "64", "a divisor of hidden_size (32)"),
            RefusedValue("num_hidden_layers", "0", "a whole number from 1 to 1000"),
            RefusedValue("intermediate_size", "0", "a whole number from 1 to 1000000"),
            RefusedValue("vocab_size", "0", "a whole number from 1 to"),
            RefusedValue("max_position_embeddings", "0", "a whole number from 1 to"),
            RefusedValue("type_vocab_size", "0", "a whole number from 1 to"),
        ])
    func zeros(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C3 a width that the heads do not divide")
    func indivisibleWidth() throws {
        expectError(.format, "\"num_attention_heads\": expected a divisor of hidden_size (33), found 4") {
            _ = try AlteredModel(["hidden_size": "33"]).load()
        }
    }

    @Test(
        "C4 huge measures are refused before anything is allocated",
        arguments: [
            RefusedValue("num_hidden_layers", "1000000000", "a whole number from 1 to 1000"),
            RefusedValue("vocab_size", "1000000000000", "a whole number from 1 to 10000000"),
            RefusedValue("hidden_size", "1000000", "a whole number from 1 to 65536"),
            RefusedValue("max_position_embeddings", "1000000000000", "a whole number from 1 to 1000000"),
            RefusedValue("intermediate_size", "9223372036854775807", "a whole number from 1 to 1000000"),
            RefusedValue("type_vocab_size", "4294967296", "a whole number from 1 to 1000"),
            RefusedValue("num_attention_heads", "1000000000", "a whole number from 1 to 4096"),
        ])
    func hugeMeasures(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C4 the largest measures that are allowed meet the checkpoint before they meet the memory")
    func largestMeasures() throws {
        let start = ContinuousClock.now
        // Two petabytes of weights.
        expectError(.format, "15968 missing", "of another shape", "expected [10000000, 65536], found [87, 32]") {
            _ = try AlteredModel([
                "vocab_size": "10000000", "hidden_size": "65536", "num_hidden_layers": "1000", "intermediate_size": "1000000",
                "max_position_embeddings": "1000000", "type_vocab_size": "1000",
            ]).load()
        }
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(
        "C5 negative, fractional, huge and undefined numbers",
        arguments: [
            RefusedValue("hidden_size", "-32", "a whole number from 1 to 65536"),
            RefusedValue("hidden_size", "32.5", "a whole number from 1 to 65536"),
            RefusedValue("hidden_size", "\"32\"", "a whole number from 1 to 65536"),
            RefusedValue("hidden_size", "[32]", "a whole number from 1 to 65536"),
            RefusedValue("hidden_size", "true", "a whole number from 1 to 65536"),
            RefusedValue("num_hidden_layers", "-1", "a whole number from 1 to 1000"),
            RefusedValue("num_attention_heads", "-4", "a whole number from 1 to 4096"),
            RefusedValue("vocab_size", "-9223372036854775808", "a whole number from 1 to 10000000"),
            RefusedValue("hidden_dropout_prob", "-0.1", "a number from 0.0 to 0.99"),
            RefusedValue("hidden_dropout_prob", "1.0", "a number from 0.0 to 0.99"),
            RefusedValue("attention_probs_dropout_prob", "1.5", "a number from 0.0 to 0.99"),
            RefusedValue("hidden_dropout_prob", "\"NaN\"", "a number from 0.0 to 0.99"),
            RefusedValue("classifier_dropout", "2.0", "a number from 0.0 to 0.99"),
            RefusedValue("layer_norm_eps", "0", "a number from 1e-20 to 1.0"),
            RefusedValue("layer_norm_eps", "0.0", "a number from 1e-20 to 1.0"),
            RefusedValue("layer_norm_eps", "-1e-12", "a number from 1e-20 to 1.0"),
            RefusedValue("layer_norm_eps", "2.0", "a number from 1e-20 to 1.0"),
            RefusedValue("hidden_act", "\"swiglu\"", "one of identity, gelu"),
            RefusedValue("hidden_act", "1", "one of identity, gelu"), RefusedValue("is_decoder", "true", "false"),
            RefusedValue("position_embedding_type", "\"relative_key\"", "\"absolute\""),
            RefusedValue("add_cross_attention", "true", "false"),
        ])
    func strangeNumbers(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C5 numbers that JSON does not have", arguments: ["NaN", "Infinity", "-Infinity", "1e999", "0x20", "01", "1e", "--1"])
    func undefinedNumbers(value: String) throws {
        for key in ["hidden_dropout_prob", "layer_norm_eps", "hidden_size"] {
            expectError(.format, "config.json") { _ = try AlteredModel([key: value]).load() }
        }
    }

    @Test("C5 null and absence give the defaults of transformers")
    func defaults() throws {
        let model = try AlteredModel([
            "hidden_dropout_prob": "null", "classifier_dropout": nil, "attention_probs_dropout_prob": nil, "layer_norm_eps": nil,
            "hidden_act": "null", "type_vocab_size": nil, "position_embedding_type": "null", "is_decoder": nil,
        ]).load()
        #expect(model.configuration.classifierDropout == 0.1)
        let fixture = try BERTFixture()
        let batch = try model.tokenizer.batch(fixture.encoded(model))
        #expect(largestDifference(try model.logits(batch, Pass(model.weights)).value, try fixture.tensor("logits")) <= 1e-5)
    }

    @Test("a vocabulary with more tokens than the table has rows")
    func largeVocabulary() throws {
        expectError(.format, "87 tokens", "only 80 rows") {
            _ = try AlteredModel(
                ["vocab_size": "80"],
                tensors: { tensors in
                    for place in tensors.indices where tensors[place].name.hasSuffix("word_embeddings.weight") {
                        tensors[place].tensor = Tensor(Array(tensors[place].tensor.elements.prefix(80 * 32)), [80, 32])
                    }
                }
            ).load()
        }
    }

    @Test("more tokens than the model has positions for")
    func tooLong() throws {
        expectError(.usage, "at most 24 tokens", "25") {
            _ = try Model<BERT>(BERTFixture.assets(), head: .published, options: TokenizerOptions(maxLength: 25))
        }
        let model = try Model<BERT>(BERTFixture.assets(), head: .published, options: TokenizerOptions(maxLength: 5))
        #expect(try model.tokenizer.encode(.text("the film was very good")).ids.count == 5)
    }
}
