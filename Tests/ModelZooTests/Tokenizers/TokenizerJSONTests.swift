import ModelZoo
import Testing
import ZooTensor

@Suite("tokenizer.json")
struct TokenizerJSONTests {
    /// A small valid file.
    private static let valid: JSON = [
        "normalizer": ["type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": .null, "lowercase": true],
        "pre_tokenizer": ["type": "BertPreTokenizer"],
        "post_processor": ["type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]],
        "model": [
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": ["[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 10, "##b": 7],
        ],
        "added_tokens": [["id": 3, "content": "[SEP]", "special": true]],
        "truncation": ["anything": 1], "padding": .null, "decoder": ["type": "WordPiece"],
    ]

    private func tokenizer(_ json: JSON, _ options: WordPieceOptions? = nil) throws(TokenizerError) -> WordPieceTokenizer {
        try WordPieceTokenizer(tokenizerJSON: json, file: "tokenizer.json", options: options)
    }

    private func failure(_ path: String, _ value: JSON?) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try tokenizer(Self.valid.setting(path.split(separator: ".").map(String.init), value))
            return nil
        } catch { return error }
    }

    @Test("C10 the built-in parts are read")
    func valid() throws {
        let tokenizer = try tokenizer(Self.valid)
        #expect(tokenizer.encode("ab A[SEP] \u{E1}bb x", maxLength: 99).ids == [2, 10, 7, 10, 3, 10, 7, 7, 1, 3])
        #expect(tokenizer.vocabularySize == 11)
        #expect(tokenizer.tokens([7, 8, 10]) == ["##b", nil, "a"])
        #expect(tokenizer.classID == 2 && tokenizer.separatorID == 3 && tokenizer.paddingID == 0 && tokenizer.maskID == nil)
        var options = WordPieceOptions()
        options.lowercases = false
        #expect(try self.tokenizer(Self.valid, options).encode("A a", maxLength: 9).ids == [2, 1, 10, 3])
    }

    @Test(
        "C10 other parts are refused with what is supported",
        arguments: [
            ("normalizer", "NFC", "BertNormalizer"), ("pre_tokenizer", "Split", "BertPreTokenizer"), ("model", "BPE", "WordPiece"),
            ("model", "Unigram", "WordPiece"), ("post_processor", "RobertaProcessing", "TemplateProcessing, BertProcessing"),
            ("pre_tokenizer", "Sequence", "BertPreTokenizer"),
        ])
    func unsupported(entry: String, type: String, supported: String) throws {
        let error = try #require(failure(entry + ".type", .string(type)))
        #expect(error.code == "tokenizer.unsupported")
        #expect(error.exitCode == .incompatible)
        #expect(error.description == "tokenizer.json, \"\(entry)\": \"\(type)\" is not supported; supported: \(supported)")
        #expect(failure(entry, nil)?.place?.entry == entry)
    }

    @Test("C10 a pattern in the pre-tokenizer is never compiled")
    func patternBomb() throws {
        let bomb: JSON = ["type": "Split", "pattern": ["Regex": "(a+)+$"], "behavior": "Isolated"]
        let error = try #require(failure("pre_tokenizer", ["type": "Sequence", "pretokenizers": [bomb]]))
        #expect(error.exitCode == .incompatible)
    }

    @Test(
        "C10 wrong values",
        arguments: [
            ("model.vocab", JSON.array([]), "model.vocab"), ("model.vocab.a", -1, "model.vocab"), ("model.vocab.a", 2, "model.vocab"),
            ("model.vocab.a", 4_294_967_296, "model.vocab"), ("model.vocab.a", "x", "model.vocab"),
            ("model.max_input_chars_per_word", 1_000_000_000, "model.max_input_chars_per_word"),
            ("model.max_input_chars_per_word", -1, "model.max_input_chars_per_word"), ("model.unk_token", .null, "model.unk_token"),
            ("normalizer.lowercase", "yes", "normalizer.lowercase"), ("post_processor.cls", [], "post_processor.cls[1]"),
            ("post_processor.sep", ["[SEP]", 99], "post_processor"), ("added_tokens", [["content": "x"]], "added_tokens[0].id"),
            ("added_tokens", [["content": "x", "id": 99]], "added_tokens"), ("added_tokens", [["content": "", "id": 11]], "added_tokens"),
            ("added_tokens", [["content": "\u{301}", "id": 11]], "added_tokens"),
            ("added_tokens", [["content": .string(String(repeating: "x", count: 2000)), "id": 11]], "added_tokens"),
        ])
    func wrongValues(path: String, value: JSON, entry: String) throws {
        let error = try #require(failure(path, value))
        #expect(error.exitCode == .format)
        #expect(error.place == Place(file: "tokenizer.json", entry: entry))
    }

    @Test("C10 the highest id is no trap")
    func highestID() throws {
        #expect(failure("model.vocab.a", .integer(Int(Int32.max))) == nil)
        let json = Self.valid.setting(["model", "vocab", "a"], .integer(Int(Int32.max)))
        #expect(try tokenizer(json).vocabularySize == 1 << 31)
        let more = json.setting(["added_tokens"], [["content": "x", "id": 11]])
        #expect(throws: TokenizerError.self) { try tokenizer(more) }
    }

    @Test("C9 missing unknown token")
    func missingUnknown() throws {
        let error = try #require(failure("model.unk_token", "<unk>"))
        #expect(error == .missingToken(file: "tokenizer.json", role: "unknown token", token: "<unk>"))
    }

    @Test("C10 templates")
    func templates() throws {
        func special(_ name: String, _ type: Int) -> JSON { ["SpecialToken": ["id": .string(name), "type_id": .integer(type)]] }
        func text(_ name: String, _ type: Int) -> JSON { ["Sequence": ["id": .string(name), "type_id": .integer(type)]] }
        func processor(_ single: [JSON], _ pair: [JSON]) -> JSON {
            [
                "type": "TemplateProcessing", "single": .array(single), "pair": .array(pair),
                "special_tokens": ["s": ["id": "s", "ids": [2, 0], "tokens": ["[CLS]", "[PAD]"]], "e": ["id": "e", "ids": [3], "tokens": []]],
            ]
        }
        let single = [special("s", 0), text("A", 0), special("e", 0)]
        let pair = [special("s", 1), text("B", 1), text("A", 0), special("e", 2)]
        let tokenizer = try tokenizer(Self.valid.setting(["post_processor"], processor(single, pair)))
        #expect(tokenizer.encode("a a", maxLength: 4) == Encoding(ids: [2, 0, 10, 3], typeIDs: [0, 0, 0, 0], droppedTokens: 1))
        #expect(tokenizer.encode("a", pair: "ab", maxLength: 9) == Encoding(ids: [2, 0, 10, 7, 10, 3], typeIDs: [1, 1, 1, 1, 0, 2]))

        for (single, pair, entry) in [
            ([special("x", 0), text("A", 0)], pair, "post_processor.special_tokens.x.ids"), ([special("s", 0)], pair, "post_processor.single"),
            (single, single, "post_processor.pair"), ([text("B", 0)], pair, "post_processor.single[0]"),
            ([text("A", 0), text("A", 0)], pair, "post_processor.single"), ([["Other": 1]], pair, "post_processor.single[0].SpecialToken.id"),
            (Array(repeating: special("s", 0), count: 40), pair, "post_processor.single[32]"),
            ([text("A", -1)], pair, "post_processor.single[0].Sequence.type_id"),
        ] {
            #expect(failure("post_processor", processor(single, pair))?.place?.entry == entry)
        }
    }

    @Test("C10 old files name no model type")
    func oldFile() throws {
        #expect(failure("model.type", nil) == nil)
        let bare = Self.valid.setting(["model", "type"], nil).setting(["model", "continuing_subword_prefix"], nil)
        #expect(throws: TokenizerError.self) { try tokenizer(bare) }
    }
}

extension JSON: @retroactive ExpressibleByDictionaryLiteral, @retroactive ExpressibleByArrayLiteral, @retroactive ExpressibleByStringLiteral,
    @retroactive ExpressibleByIntegerLiteral, @retroactive ExpressibleByBooleanLiteral
{
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }

    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(integerLiteral value: Int) { self = .integer(value) }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// The document with one value replaced, or removed.
    fileprivate func setting(_ path: [String], _ value: JSON?) -> JSON {
        guard let key = path.first, var object else { return value ?? .null }
        if path.count == 1 { object[key] = value } else { object[key] = (object[key] ?? .null).setting(Array(path.dropFirst()), value) }
        return .object(object)
    }
}
