import ModelZoo
import Testing
import ZooBERT
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Inputs that a model has no row for. Each runs in a process of its own, so that a trap is a failure and not the end of all tests.
@Suite("Inputs beyond the tables of a BERT")
struct BERTLimitTests {
    /// Encodes and classifies an input with the tiny model, its configuration changed and its tables cut to it, and ends with the error's exit
    /// code, or with 0.
    private static func classify(_ input: Input, _ configuration: [String: String?], rows: [String: Int], tokenizer: String? = nil) -> Never
    {
        do {
            let altered = try AlteredModel(configuration) { tensors in
                for place in tensors.indices {
                    guard let count = rows.first(where: { tensors[place].name.contains($0.key) })?.value else { continue }
                    let width = tensors[place].tensor.columns
                    tensors[place].tensor = Tensor(Array(tensors[place].tensor.elements.prefix(count * width)), [count, width])
                }
            }
            var assets = altered.assets
            if let tokenizer {
                let path = (altered.assets.paths["vocab.txt"] ?? "") + ".json"
                try writeFile(path, tokenizer.utf8)
                assets = Assets(name: assets.name, paths: assets.paths.merging(["tokenizer.json": path]) { $1 })
            }
            _ = try Model<BERT>(assets, head: .published).classify([input])
            exit(0)
        } catch let error as any ZooError {
            exit(error.exitCode.rawValue)
        } catch {
            exit(1)
        }
    }

    @Test("a pair for a model with one type: an error")
    func pairWithOneType() async {
        await #expect(processExitsWith: .exitCode(2)) {
            BERTLimitTests.classify(.textPair("the film", "was good"), ["type_vocab_size": "1"], rows: ["token_type_embeddings": 1])
        }
    }

    @Test("a single text for a model with one type")
    func textWithOneType() async {
        await #expect(processExitsWith: .exitCode(0)) {
            BERTLimitTests.classify(.text("the film"), ["type_vocab_size": "1"], rows: ["token_type_embeddings": 1])
        }
    }

    @Test("C3 fewer positions than special tokens: an error")
    func fewPositions() async {
        await #expect(processExitsWith: .exitCode(4)) {
            BERTLimitTests.classify(.text("the film"), ["max_position_embeddings": "1"], rows: ["position_embeddings": 1])
        }
    }

    @Test("C10 a template with a type that the model does not have: an error")
    func templateWithStrangeType() async {
        await #expect(processExitsWith: .exitCode(4)) {
            BERTLimitTests.classify(
                .text("the film"), [:], rows: [:],
                tokenizer: #"""
                    {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                     "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "the": 5, "film": 6}},
                     "added_tokens": [], "truncation": null, "padding": null, "decoder": null, "version": "1.0",
                     "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
                     "pre_tokenizer": {"type": "BertPreTokenizer"},
                     "post_processor": {"type": "TemplateProcessing",
                      "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 7}},
                                 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                      "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                               {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                               {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                      "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                         "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}}
                    """#)
        }
    }
}
