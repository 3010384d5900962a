import ModelZoo
import Testing
import ZooTensor

@Suite("tokenizer.json")
struct TokenizerJSONTests {
    /// A small valid file.
    private let valid: JSON

    init() throws {
        valid = try json(
            #"""
            {
                "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                    "lowercase": true},
                "pre_tokenizer": {"type": "BertPreTokenizer"},
                "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
                "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                    "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 10, "##b": 7}},
                "added_tokens": [{"id": 3, "content": "[SEP]", "special": true}],
                "truncation": {"anything": 1}, "padding": null, "decoder": {"type": "WordPiece"}
            }
            """#)
    }

    private func tokenizer(_ json: JSON, _ options: WordPieceOptions? = nil) throws(TokenizerError) -> WordPieceTokenizer {
        try WordPieceTokenizer(tokenizerJSON: json, file: "tokenizer.json", options: options)
    }

    /// The error of the file with one value replaced, or removed.
    private func failure(_ path: String, _ value: JSON?) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try tokenizer(setting(valid, path, value))
            return nil
        } catch { return error }
    }

    @Test("C10 the built-in parts are read")
    func builtIn() throws {
        let tokenizer = try tokenizer(valid)
        #expect(tokenizer.encode("ab A[SEP] \u{E1}bb x", maxLength: 99).ids == [2, 10, 7, 10, 3, 10, 7, 7, 1, 3])
        #expect(tokenizer.vocabularySize == 11)
        #expect(tokenizer.tokens([7, 8, 10]) == ["##b", nil, "a"])
        #expect(tokenizer.classID == 2 && tokenizer.separatorID == 3 && tokenizer.paddingID == 0 && tokenizer.maskID == nil)
        var options = WordPieceOptions()
        options.lowercases = false
        #expect(try self.tokenizer(valid, options).encode("A a", maxLength: 9).ids == [2, 1, 10, 3])
    }

    @Test("C10 tokens of the file itself are found only when it lists them")
    func listedTokens() throws {
        #expect(try tokenizer(valid).tokenIDs("[PAD]") == [1, 1, 1])
        #expect(try tokenizer(valid, WordPieceOptions()).tokenIDs("[PAD]") == [0])
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
        #expect(failure(entry, .string("x"))?.exitCode == .format)
    }

    @Test("C10 a pattern in the pre-tokenizer is never compiled")
    func patternBomb() throws {
        let bomb = #"{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}]}"#
        #expect(try #require(failure("pre_tokenizer", json(bomb))).exitCode == .incompatible)
    }

    @Test(
        "C10 wrong values",
        arguments: [
            ("model.vocab", "[]", "model.vocab"), ("model.vocab.a", "-1", "model.vocab"), ("model.vocab.a", "2", "model.vocab"),
            ("model.vocab.a", "4294967296", "model.vocab"), ("model.vocab.a", #""x""#, "model.vocab"),
            ("model.max_input_chars_per_word", "1000000000", "model.max_input_chars_per_word"),
            ("model.max_input_chars_per_word", "-1", "model.max_input_chars_per_word"), ("model.unk_token", "null", "model.unk_token"),
            ("normalizer.lowercase", #""yes""#, "normalizer.lowercase"), ("post_processor.cls", "[]", "post_processor.cls[1]"),
            ("post_processor.sep", #"["[SEP]", 99]"#, "post_processor"), ("added_tokens", #"[{"content": "x"}]"#, "added_tokens[0].id"),
            ("added_tokens", #"[{"content": "x", "id": 99}]"#, "added_tokens"),
            ("added_tokens", #"[{"content": "", "id": 11}]"#, "added_tokens"),
            ("added_tokens", #"[{"content": "\u0301", "id": 11}]"#, "added_tokens"),
            ("added_tokens", #"[{"content": ""# + String(repeating: "x", count: 2000) + #"", "id": 11}]"#, "added_tokens"),
        ])
    func wrongValues(path: String, value: String, entry: String) throws {
        let error = try #require(failure(path, json(value)))
        #expect(error.exitCode == .format)
        #expect(error.place == Place(file: "tokenizer.json", entry: entry))
    }

    @Test("C10 the highest id is no trap")
    func highestID() throws {
        let highest = setting(valid, "model.vocab.a", .integer(Int(Int32.max)))
        #expect(try tokenizer(highest).vocabularySize == 1 << 31)
        let more = setting(highest, "added_tokens", try json(#"[{"content": "x", "id": 11}]"#))
        #expect(throws: TokenizerError.self) { try tokenizer(more) }
    }

    @Test("C9 missing unknown token")
    func missingUnknown() throws {
        let error = try #require(failure("model.unk_token", .string("<unk>")))
        #expect(error == .missingToken(file: "tokenizer.json", role: "unknown token", token: "<unk>"))
        #expect(error.exitCode == .format)
    }

    @Test("C9 two tokens with one id")
    func duplicateID() throws {
        let error = try #require(failure("model.vocab.a", .integer(7)))
        #expect(error.code == "tokenizer.duplicate_id" && error.exitCode == .format)
        #expect(error.message.contains("\"a\"") && error.message.contains("\"##b\"") && error.message.contains("7"))
    }

    /// A template processor; `s` stands for ids 2 and 0, `e` for 3.
    private func processor(_ single: [JSON], _ pair: [JSON]) throws -> JSON {
        let text = #"{"type": "TemplateProcessing", "special_tokens": {"s": {"ids": [2, 0]}, "e": {"ids": [3]}}}"#
        return setting(setting(try json(text), "single", .array(single)), "pair", .array(pair))
    }

    private func special(_ name: String, _ type: Int) throws -> JSON {
        try json(#"{"SpecialToken": {"id": "\#(name)", "type_id": \#(type)}}"#)
    }

    private func text(_ name: String, _ type: Int) throws -> JSON {
        try json(#"{"Sequence": {"id": "\#(name)", "type_id": \#(type)}}"#)
    }

    @Test("C10 templates are followed")
    func templates() throws {
        let single = [try special("s", 0), try text("A", 0), try special("e", 0)]
        let pair = [try special("s", 1), try text("B", 1), try text("A", 0), try special("e", 2)]
        let tokenizer = try tokenizer(setting(valid, "post_processor", processor(single, pair)))
        #expect(tokenizer.encode("a a", maxLength: 4) == Encoding(ids: [2, 0, 10, 3], typeIDs: [0, 0, 0, 0], droppedTokens: 1))
        #expect(tokenizer.encode("a", pair: "ab", maxLength: 9) == Encoding(ids: [2, 0, 10, 7, 10, 3], typeIDs: [1, 1, 1, 1, 0, 2]))
    }

    @Test("C10 wrong templates")
    func wrongTemplates() throws {
        let a = try text("A", 0)
        let start = try special("s", 0)
        let pair = [start, a, try text("B", 1)]
        let single = [start, a]
        for (single, pair, entry) in [
            ([try special("x", 0), a], pair, "post_processor.special_tokens.x.ids"), ([start], pair, "post_processor.single"),
            (single, single, "post_processor.pair"), ([try text("B", 0)], pair, "post_processor.single[0]"),
            ([a, a], pair, "post_processor.single"), ([try json(#"{"Other": 1}"#)], pair, "post_processor.single[0].SpecialToken.id"),
            (Array(repeating: start, count: 40), pair, "post_processor.single[32]"),
            ([try text("A", -1)], pair, "post_processor.single[0].Sequence.type_id"),
        ] {
            #expect(failure("post_processor", try processor(single, pair))?.place?.entry == entry)
        }
    }

    @Test("C10 old files name no model type")
    func oldFile() throws {
        #expect(failure("model.type", nil) == nil)
        let bare = setting(setting(valid, "model.type", nil), "model.continuing_subword_prefix", nil)
        #expect(throws: TokenizerError.self) { try tokenizer(bare) }
    }
}

private func json(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

/// The document with the value at a dotted path replaced, or removed.
private func setting(_ json: JSON, _ path: String, _ value: JSON?) -> JSON {
    let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
    guard let key = parts.first, var object = json.object else { return value ?? .null }
    object[key] = parts.count == 1 ? value : setting(object[key] ?? .null, parts[1], value)
    return .object(object)
}
