import ModelZoo
import Testing
import ZooTensor

@Suite("Tokenizer against the reference")
struct WordPieceReferenceTests {
    @Test("C11 hard texts have the reference's ids", arguments: ["uncased", "cased", "accents", "upper"])
    func hardTexts(setting: String) throws {
        var options = WordPieceOptions()
        switch setting {
        case "cased": options.lowercases = false
        case "accents":
            options.stripsAccents = false
            options.separatesChinese = false
        case "upper":
            options.lowercases = false
            options.stripsAccents = true
        default: break
        }
        let tokenizer = try TokenizerFixture.tokenizer(options)
        for item in try TokenizerFixture.cases(setting + ".jsonl") {
            let encoding = tokenizer.encode(item.text, pair: item.pair, maxLength: item.maxLength)
            #expect(encoding == item.expected, "\(printable(item.text, limit: 60)) \(item.pair ?? "") \(item.maxLength)")
        }
    }

    @Test("C11 added tokens with all flags have the reference's ids")
    func addedTokens() throws {
        let tokenizer = try WordPieceTokenizer(tokenizerJSON: TokenizerFixture.json("tokenizer.json"), file: "tokenizer.json")
        for item in try TokenizerFixture.cases("added.jsonl") {
            let encoding = tokenizer.encode(item.text, pair: item.pair, maxLength: item.maxLength)
            #expect(encoding == item.expected, "\(printable(item.text, limit: 60)) \(item.pair ?? "") \(item.maxLength)")
        }
    }

    @Test("C11 every Unicode scalar has the reference's ids")
    func everyScalar() throws {
        let scalars = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init)
        var tokens = Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##hello\na\n##b\n".utf8)
        for scalar in scalars where scalar != "\n" {
            let utf8 = UTF8.encode(scalar).map(Array.init) ?? []
            tokens += utf8 + [0x0A, 0x23, 0x23] + utf8 + [0x0A]
        }
        let tokenizer = try WordPieceTokenizer(vocabulary: tokens, file: "vocab.txt")
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var count = 0
        for scalar in scalars {
            let ids = tokenizer.encode("a\(Character(scalar))b", maxLength: 512).ids
            for id in ids { hash = (hash ^ UInt64(id)) &* 0x100_0000_01B3 }
            count += ids.count
        }
        let expected = try TokenizerFixture.json("scalars.json")
        #expect(count == expected["ids"]?.integer)
        #expect(expected["fnv1a"]?.string == String(repeating: "0", count: hash.leadingZeroBitCount / 4) + String(hash, radix: 16))
    }

    @Test("C11 long texts take linear time")
    func longTexts() throws {
        let tokenizer = try TokenizerFixture.tokenizer()
        var marks = "a"
        for number in 0..<1_000_000 { marks.unicodeScalars.append(number % 2 == 0 ? "\u{301}" : "\u{323}") }
        var tones = "a"
        for number in 0..<1_000_000 { tones.unicodeScalars.append(number % 2 == 0 ? "\u{302E}" : "\u{1D165}") }
        let a = try #require(tokenizer.id(of: "a"))
        let texts: [(name: String, text: String, ids: [Int32])] = [
            ("one word", String(repeating: "a", count: 10_000_000), [tokenizer.unknownID]),
            ("marks that go", marks, [a]),
            ("marks that stay", tones, [tokenizer.unknownID]),
            ("NUL", String(repeating: "\0", count: 10_000_000), []),
            ("white space", String(repeating: " \u{3000}", count: 1_000_000), []),
        ]
        for (name, text, ids) in texts {
            let time = ContinuousClock().measure { #expect(tokenizer.tokenIDs(text) == ids, "\(name)") }
            #expect(time < .seconds(20), "\(name)")
        }
        let words = String(repeating: String(repeating: "qz", count: 50) + " ", count: 20_000)
        let brackets = String(repeating: "[SE", count: 1_000_000)
        let time = ContinuousClock().measure {
            #expect(tokenizer.encode(words, maxLength: 2).droppedTokens >= 20_000)
            #expect(tokenizer.encode(brackets, maxLength: 2).droppedTokens == 3_000_000)
        }
        #expect(time < .seconds(20))
    }

    @Test("C3 what is cut off is counted")
    func truncation() throws {
        let tokenizer = try TokenizerFixture.tokenizer()
        let whole = tokenizer.encode("one two three four five", maxLength: 7)
        #expect(whole.droppedTokens == 0 && whole.ids.count == 7)
        for maxLength in [6, 3, 2, 1, 0, -5, .min] {
            let cut = tokenizer.encode("one two three four five", maxLength: maxLength)
            #expect(cut.ids.count == max(2, maxLength) && cut.droppedTokens == 7 - cut.ids.count)
            #expect(cut.ids == whole.ids.prefix(cut.ids.count - 1) + [tokenizer.separatorID])
        }
        let pair = tokenizer.encode("one", pair: "two three", maxLength: .max)
        #expect(tokenizer.tokens(pair.ids) == ["[CLS]", "one", "[SEP]", "two", "three", "[SEP]"])
        #expect(pair.typeIDs == [0, 0, 0, 1, 1, 1])
        #expect(tokenizer.encode("one", pair: "two three", maxLength: 0).droppedTokens == 3)
    }
}
