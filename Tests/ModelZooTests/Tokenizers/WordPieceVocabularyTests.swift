import ModelZoo
import Testing
import ZooTensor

@Suite("Vocabulary files")
struct WordPieceVocabularyTests {
    private func tokenizer(_ bytes: [UInt8], _ options: WordPieceOptions = WordPieceOptions()) throws -> WordPieceTokenizer {
        try WordPieceTokenizer(vocabulary: bytes, file: "vocab.txt", options: options)
    }

    private func failure(_ bytes: [UInt8], _ options: WordPieceOptions = WordPieceOptions()) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try WordPieceTokenizer(vocabulary: bytes, file: "vocab.txt", options: options)
            return nil
        } catch { return error }
    }

    @Test("C9 CRLF, byte order mark, no newline at the end")
    func lineEnds() throws {
        let lines = TokenizerFixture.specialTokens + ["hello", "##s"]
        let plain = try tokenizer(TokenizerFixture.vocabulary(lines))
        for bytes in [
            TokenizerFixture.vocabulary(lines, separator: "\r\n"), [0xEF, 0xBB, 0xBF] + TokenizerFixture.vocabulary(lines),
            Array(TokenizerFixture.vocabulary(lines).dropLast()),
            TokenizerFixture.vocabulary(lines, separator: " \u{3000}\u{A0}\t\n"),
        ] {
            let other = try tokenizer(bytes)
            #expect(other.vocabularySize == 7)
            #expect(other.encode("hellos [SEP] x", maxLength: 9) == plain.encode("hellos [SEP] x", maxLength: 9))
            #expect(other.encode("hellos", maxLength: 9).ids == [2, 5, 6, 3])
        }
    }

    @Test("C9 duplicate and empty tokens: the last counts, empty ones are never found")
    func duplicates() throws {
        let tokenizer = try tokenizer(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens + ["a", "", "a", "", "##", "b"]))
        #expect(tokenizer.vocabularySize == 11)
        #expect(tokenizer.tokenIDs("a b ab") == [7, 10, 1])
        #expect(tokenizer.tokens([5, 6, 7, 10, 11, -1]) == ["a", "", "a", "b", nil, nil])
    }

    @Test("C9 a token of 1 MB is never found and costs nothing")
    func hugeToken() throws {
        let huge = String(repeating: "a", count: 1 << 20)
        let tokenizer = try tokenizer(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens + [huge, "##" + huge, "a", "##a"]))
        #expect(tokenizer.tokenIDs("aaa") == [7, 8, 8])
        #expect(tokenizer.tokenIDs(huge) == [1])
    }

    @Test("C9 canonically equal tokens are different tokens")
    func canonicalEquivalence() throws {
        var options = WordPieceOptions()
        options.stripsAccents = false
        let tokenizer = try tokenizer(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens + ["\u{E9}", "e\u{301}"]), options)
        #expect(tokenizer.tokenIDs("\u{E9} e\u{301}") == [5, 6])
        #expect(tokenizer.id(of: "e\u{301}") == 6)
    }

    @Test(
        "C9 invalid UTF-8 names the line",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]])
    func invalidUTF8(bytes: [UInt8]) throws {
        let error = try #require(failure(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens) + bytes))
        #expect(error == .notUTF8(file: "vocab.txt", line: 6))
        #expect(error.exitCode == .format)
        #expect(error.description == "vocab.txt, line 6: the token is not valid UTF-8")
        #expect(failure(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens) + bytes + [0x0A, 0x61, 0x0A]) == error)
    }

    @Test("C9 missing special tokens", arguments: ["[UNK]", "[CLS]", "[SEP]"])
    func missing(token: String) throws {
        let error = try #require(failure(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens.filter { $0 != token } + ["a"])))
        #expect(error.exitCode == .format)
        #expect(error.code == "tokenizer.missing_token")
        #expect(error.message.contains(token))
        #expect(error.hint?.contains("tokenizer_config.json") == true)
    }

    @Test("C9 padding and mask may be missing")
    func optionalTokens() throws {
        let tokenizer = try tokenizer(TokenizerFixture.vocabulary(["[UNK]", "[CLS]", "[SEP]"]))
        #expect(tokenizer.paddingID == nil && tokenizer.maskID == nil)
        #expect(tokenizer.unknownID == 0 && tokenizer.classID == 1 && tokenizer.separatorID == 2)
    }

    @Test("C9 empty vocabularies", arguments: [[], [0xEF, 0xBB, 0xBF]])
    func empty(bytes: [UInt8]) throws {
        let error = try #require(failure(bytes))
        #expect(error == .empty(file: "vocab.txt"))
        #expect(error.exitCode == .format)
        #expect(try #require(failure([0x0A])).code == "tokenizer.missing_token")
    }

    @Test("C9 control characters in names do not reach the message")
    func controlCharacters() throws {
        var options = WordPieceOptions()
        options.classToken = "\u{1B}[31m"
        #expect(try #require(failure(TokenizerFixture.vocabulary(TokenizerFixture.specialTokens), options)).message.contains("\\u{1b}[31m"))
    }

    @Test("C2 settings of tokenizer_config.json")
    func config() throws {
        let json = try JSON.parse(
            Array(
                #"""
                {"do_lower_case": false, "strip_accents": null, "tokenize_chinese_chars": false, "sep_token": "<s>",
                 "cls_token": {"content": "<c>", "lstrip": true}, "model_max_length": 512, "never_split": ["x"],
                 "tokenizer_class": "BertTokenizer", "auto_map": {"a": "b"},
                 "added_tokens_decoder": {"5": {"content": "<e>", "special": true, "normalized": false}}}
                """#.utf8))
        let options = try WordPieceOptions(tokenizerConfig: json, file: "tokenizer_config.json")
        #expect(!options.lowercases && options.stripsAccents == nil && !options.separatesChinese)
        #expect(options.classToken == "<c>" && options.separatorToken == "<s>" && options.unknownToken == "[UNK]")
        let tokenizer = try tokenizer(TokenizerFixture.vocabulary(["[PAD]", "[UNK]", "<c>", "<s>", "a"]), options)
        #expect(tokenizer.modelMaxLength == 512 && tokenizer.vocabularySize == 6)
        #expect(tokenizer.encode("a <c>A<e>a", maxLength: 99).ids == [2, 4, 2, 1, 5, 4, 3])
        #expect(tokenizer.token(5) == "<e>" && tokenizer.id(of: "<e>") == 5)
    }

    @Test(
        "C2 settings of the wrong type or class",
        arguments: [
            (#"{"do_lower_case": 1}"#, "do_lower_case", ExitCode.format), (#"{"cls_token": []}"#, "cls_token", .format),
            (#"{"model_max_length": "x"}"#, "model_max_length", .format), (#"{"model_max_length": 0}"#, "model_max_length", .format),
            (#"{"tokenizer_class": "BertJapaneseTokenizer"}"#, "tokenizer_class", .incompatible), ("[]", "", .format),
            (#"{"added_tokens_decoder": {"x": {}}}"#, "added_tokens_decoder", .format),
            (#"{"added_tokens_decoder": {"1": {"content": 1}}}"#, "added_tokens_decoder.1.content", .format),
        ])
    func wrongConfig(text: String, entry: String, exitCode: ExitCode) throws {
        let json = try JSON.parse(Array(text.utf8))
        do throws(TokenizerError) {
            _ = try WordPieceOptions(tokenizerConfig: json, file: "tokenizer_config.json")
            Issue.record("no error")
        } catch {
            #expect(error.exitCode == exitCode)
            #expect(error.place == Place(file: "tokenizer_config.json", entry: entry))
        }
    }

    @Test("no limit is written as 10^30")
    func noLimit() throws {
        let json = try JSON.parse(Array(#"{"model_max_length": 1000000000000000019884624838656}"#.utf8))
        #expect(try WordPieceOptions(tokenizerConfig: json, file: "tokenizer_config.json").modelMaxLength == nil)
    }
}
