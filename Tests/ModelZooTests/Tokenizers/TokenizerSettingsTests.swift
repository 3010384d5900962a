import ModelZoo
import Testing
import ZooTensor

/// Settings beside the vocabulary. The ids are those of `AutoTokenizer` (transformers 5.23, tokenizers 0.23.3) for a BERT's `config.json`.
@Suite("Settings of a tokenizer")
struct TokenizerSettingsTests {
    private static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "Good", "great", "fine", "bad", "film", "Film", "a", "the", "very", "is",
        "##s",
    ]
    private static let vocabulary = words.map { $0 + "\n" }.joined()
    private static let template = """
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
         {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
         {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
         {"SpecialToken": {"id": "[SEP]", "type_id": 1}}], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
         "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}
        """

    /// A cased `tokenizer.json`.
    private static func json(normalizer: String? = nil, processor: String = TokenizerSettingsTests.template, truncation: String = "null")
        -> String
    {
        let normalizer =
            normalizer
            ?? #"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": false}"#
        let vocabulary = words.enumerated().map { #""\#($1)": \#($0)"# }.joined(separator: ", ")
        let added = words.prefix(5).enumerated().map {
            #"{"id": \#($0), "content": "\#($1)", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}"#
        }
        return """
            {"version": "1.0", "truncation": \(truncation), "padding": null, "added_tokens": [\(added.joined(separator: ", "))],
             "normalizer": \(normalizer), "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": \(processor), "decoder": null,
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
             "vocab": {\(vocabulary)}}}
            """
    }

    /// The tokenizer of a folder with some files.
    private func tokenizer(_ files: [String: String], _ options: TokenizerOptions = TokenizerOptions()) throws -> WordPieceTokenizer {
        let scratch = try Scratch()
        try scratch.write("model/config.json", #"{"model_type": "bert"}"#)
        for (name, text) in files { try scratch.write("model/" + name, text) }
        return try WordPieceTokenizer(Assets(folder: scratch.path + "/model"), options)
    }

    private func ids(_ files: [String: String], _ text: String, pair: String? = nil, maxLength: Int = 99) throws -> [Int32] {
        try tokenizer(files).encode(text, pair: pair, maxLength: maxLength).ids
    }

    private static let text = "Good Film the MASK [MASK] is"
    private static let cased: [Int32] = [2, 6, 11, 13, 1, 4, 15, 3]
    private static let uncased: [Int32] = [2, 5, 10, 13, 1, 4, 15, 3]

    @Test(
        "the class decides whether tokenizer.json speaks for itself",
        arguments: [
            ("PreTrainedTokenizerFast", cased), ("TokenizersBackend", cased), ("BertTokenizer", uncased), ("BertTokenizerFast", uncased),
        ])
    func normalizer(name: String, expected: [Int32]) throws {
        #expect(
            try ids(["tokenizer.json": Self.json(), "tokenizer_config.json": #"{"tokenizer_class": "\#(name)"}"#], Self.text) == expected)
        // The class in config.json counts where the tokenizer's own file names none.
        let config = #"{"model_type": "bert", "tokenizer_class": "\#(name)"}"#
        #expect(try ids(["tokenizer.json": Self.json(), "config.json": config], Self.text) == expected)
        #expect(try ids(["tokenizer.json": Self.json(), "config.json": config, "tokenizer_config.json": "{}"], Self.text) == expected)
        let other = #"{"tokenizer_class": "BertTokenizer"}"#
        #expect(try ids(["tokenizer.json": Self.json(), "config.json": config, "tokenizer_config.json": other], Self.text) == Self.uncased)
    }

    @Test("a class of other rules in config.json alone is refused by its name")
    func otherClass() throws {
        let error = failure {
            _ = try tokenizer([
                "vocab.txt": Self.vocabulary, "config.json": #"{"model_type": "bert", "tokenizer_class": "BertJapaneseTokenizer"}"#,
            ])
        }
        #expect(error?.code == "tokenizer.unsupported" && error?.exitCode == .incompatible)
        #expect(error?.place?.file?.hasSuffix("model/config.json") == true && error?.place?.entry == "tokenizer_class")
        #expect(error?.description.contains("BertJapaneseTokenizer") == true)
    }

    @Test("null parts are the class's own; without a class they are refused as before")
    func nullParts() throws {
        let bert = #"{"tokenizer_class": "BertTokenizer"}"#
        let fast = #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#
        #expect(try ids(["tokenizer.json": Self.json(processor: "null"), "tokenizer_config.json": bert], Self.text) == Self.uncased)
        #expect(try ids(["tokenizer.json": Self.json(normalizer: "null"), "tokenizer_config.json": bert], Self.text) == Self.uncased)
        #expect(try ids(["tokenizer.json": Self.json(normalizer: "null"), "tokenizer_config.json": fast], Self.text) == Self.cased)
        for config in [fast, nil] {
            var files = ["tokenizer.json": Self.json(processor: "null")]
            files["tokenizer_config.json"] = config
            #expect(failure { _ = try tokenizer(files) }?.place?.entry == "post_processor")
        }
    }

    @Test("added_tokens.json: found in the normalised text, special ones as they are")
    func addedTokens() throws {
        let added = #"{"<y>": 18, "<x>": 17, "[MASK]": 4}"#
        let expected: [Int32] = [2, 5, 17, 18, 10, 18, 1, 3]
        #expect(try ids(["vocab.txt": Self.vocabulary, "added_tokens.json": added], "good <x> <Y> film<y>x") == expected)
        let bert = #"{"tokenizer_class": "BertTokenizer"}"#
        #expect(
            try ids(["tokenizer.json": Self.json(), "tokenizer_config.json": bert, "added_tokens.json": added], "good <x> <Y> film<y>x")
                == expected)
        #expect(try tokenizer(["vocab.txt": Self.vocabulary, "added_tokens.json": added]).vocabularySize == 19)
        // Where tokenizer_config.json lists all added tokens, the older file is not read.
        let decoder = #"{"added_tokens_decoder": {"17": {"content": "<z>"}}}"#
        #expect(
            try ids(["vocab.txt": Self.vocabulary, "added_tokens.json": #"{"<x>": 17}"#, "tokenizer_config.json": decoder], "good <x> <z>")
                == [2, 5, 1, 1, 1, 17, 3])
        // Ids that the tokens would not get: the model was trained with others.
        let error = failure { _ = try tokenizer(["vocab.txt": Self.vocabulary, "added_tokens.json": #"{"<x>": 27}"#]) }
        #expect(error?.code == "tokenizer.wrong_id" && error?.exitCode == .format)
        #expect(failure { _ = try tokenizer(["vocab.txt": Self.vocabulary, "added_tokens.json": #"{"<x>": "a"}"#]) }?.exitCode == .format)
    }

    @Test("special_tokens_map.json: names and flags of special tokens")
    func specialTokens() throws {
        let other = Self.vocabulary.replacing("[UNK]", with: "<unk>").replacing("[SEP]", with: "</s>")
        let map = """
            {"unk_token": "<unk>", "sep_token": {"content": "</s>", "lstrip": true, "normalized": false, "rstrip": false, "single_word": false}}
            """
        #expect(try ids(["vocab.txt": other, "special_tokens_map.json": map], "good x film </s> a") == [2, 5, 1, 10, 3, 12, 3])
        // It counts more than the names in tokenizer_config.json, as long as this has no list of all added tokens.
        let unknown = Self.vocabulary.replacing("[UNK]", with: "<unk>")
        let names = ["special_tokens_map.json": #"{"unk_token": "<unk>"}"#, "vocab.txt": unknown]
        #expect(try ids(names.merging(["tokenizer_config.json": #"{"unk_token": "[UNK]"}"#]) { $1 }, "good x film") == [2, 5, 1, 10, 3])
        let listed = ["tokenizer_config.json": #"{"unk_token": "[UNK]", "added_tokens_decoder": {}}"#]
        #expect(failure { _ = try tokenizer(names.merging(listed) { $1 }) }?.code == "tokenizer.missing_token")
        let further = ["vocab.txt": Self.vocabulary, "special_tokens_map.json": #"{"additional_special_tokens": ["<a>", "<b>"]}"#]
        #expect(try ids(further, "good <b> film <a>") == [2, 5, 18, 10, 17, 3])
    }

    @Test("truncation_side, and the direction in tokenizer.json")
    func side() throws {
        let left = ["vocab.txt": Self.vocabulary, "tokenizer_config.json": #"{"truncation_side": "left"}"#]
        let text = "good great fine bad film a the"
        #expect(try ids(left, text, maxLength: 6) == [2, 9, 10, 12, 13, 3])
        #expect(try ids(left, "good great fine bad film", pair: "a the very is", maxLength: 6) == [2, 9, 10, 3, 15, 3])
        #expect(try tokenizer(left).encode(text, maxLength: 6).droppedTokens == 3)
        #expect(try ids(left, "good", maxLength: 6) == [2, 5, 3])
        let truncation = #"{"direction": "Left", "max_length": 5, "strategy": "LongestFirst", "stride": 0}"#
        for name in ["BertTokenizer", "PreTrainedTokenizerFast"] {
            let files = ["tokenizer.json": Self.json(truncation: truncation), "tokenizer_config.json": #"{"tokenizer_class": "\#(name)"}"#]
            #expect(try ids(files, text, maxLength: 6) == [2, 9, 10, 12, 13, 3])
        }
        let right = ["tokenizer.json": Self.json(truncation: truncation), "tokenizer_config.json": #"{"truncation_side": "right"}"#]
        #expect(try ids(right, text, maxLength: 6) == [2, 5, 7, 8, 9, 3])
        let wrong = ["vocab.txt": Self.vocabulary, "tokenizer_config.json": #"{"truncation_side": "middle"}"#]
        #expect(failure { _ = try tokenizer(wrong) }?.place?.entry == "truncation_side")
    }

    @Test("model_input_names without token_type_ids: all tokens are of type 0")
    func inputNames() throws {
        func types(_ config: String) throws -> [Int32] {
            try tokenizer(["vocab.txt": Self.vocabulary, "tokenizer_config.json": config]).encode("good", pair: "film", maxLength: 9)
                .typeIDs
        }
        #expect(try types(#"{"model_input_names": ["input_ids", "attention_mask"]}"#) == [0, 0, 0, 0, 0])
        #expect(try types(#"{"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}"#) == [0, 0, 0, 1, 1])
        let split = ["vocab.txt": Self.vocabulary, "tokenizer_config.json": #"{"split_special_tokens": true}"#]
        #expect(failure { _ = try tokenizer(split) }?.place?.entry == "split_special_tokens")
        let whole = ["vocab.txt": Self.vocabulary, "tokenizer_config.json": #"{"split_special_tokens": false}"#]
        #expect(try ids(whole, "[SEP]") == [2, 3, 3])
    }

    @Test("max_len, the older name of model_max_length")
    func maxLength() throws {
        func length(_ config: String) throws -> Int? {
            try tokenizer(["vocab.txt": Self.vocabulary, "tokenizer_config.json": config]).modelMaxLength
        }
        #expect(try length(#"{"max_len": 5}"#) == 5)
        #expect(try length(#"{"max_len": 5, "model_max_length": 7}"#) == 7)
        #expect(failure { _ = try length(#"{"max_len": "x"}"#) }?.place?.entry == "max_len")
    }

    @Test("blank lines at the end of vocab.txt need no row, and are one token to the next")
    func blankLines() throws {
        for end in ["", "\n", "\n\n", "\n \n\n"] {
            let blank = try tokenizer(["vocab.txt": Self.vocabulary + end])
            #expect(blank.vocabularySize == 17 && blank.encode("good film", maxLength: 9).ids == [2, 5, 10, 3])
        }
        let further = ["special_tokens_map.json": #"{"additional_special_tokens": ["<a>"]}"#]
        #expect(try ids(further.merging(["vocab.txt": Self.vocabulary + "\n\n"]) { $1 }, "good <a> film") == [2, 5, 18, 10, 3])
        #expect(try ids(further.merging(["vocab.txt": Self.vocabulary]) { $1 }, "good <a> film") == [2, 5, 17, 10, 3])
    }

    @Test("lower case before all else, without stripping the accents that a cased tokenizer keeps")
    func lowercases() throws {
        let options = TokenizerOptions(lowercases: true)
        let cased = ["tokenizer_config.json": #"{"do_lower_case": false}"#, "vocab.txt": Self.vocabulary + "\u{E9}\n"]
        #expect(try tokenizer(cased, options).encode("Good \u{C9}", maxLength: 9).ids == [2, 5, 17, 3])
        #expect(try tokenizer(cased).encode("Good \u{C9}", maxLength: 9).ids == [2, 6, 1, 3])
        let fast = ["tokenizer.json": Self.json(), "tokenizer_config.json": #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#]
        #expect(try tokenizer(fast, options).encode("Good Film", maxLength: 9).ids == [2, 5, 10, 3])
    }
}
