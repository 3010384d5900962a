import ModelZoo
import ZooTensor

/// Texts that make tokenizers work.
enum SampleTexts {
    static let mutator = Mutator(
        seeds: [
            "Hello, world! [SEP] the cats are running", "", "  \t\n", "caf\u{e9} cafe\u{301} \u{4e2d}\u{6587} \u{1f600}\u{200d}",
            "[MASK][CLS]<new> ab##cd",
            "a\u{0}b\u{fffd}\u{ad}\u{feff}\u{2028}z", String(repeating: "unaffable ", count: 20), "\u{130}\u{df}\u{fb01}\u{1e9e}",
        ].map { Array($0.utf8) }, words: ["[UNK]", "[PAD]", "<new>", "the", "\u{301}\u{323}", "\u{ac00}"].map { Array($0.utf8) })

    static func text(_ source: inout Source) -> String { String(decoding: source.document(mutator), as: UTF8.self) }

    /// Checks the ids of a tokenizer, whatever the text.
    static func check(_ tokenizer: WordPieceTokenizer, _ source: inout Source) throws {
        for _ in 0..<2 {
            let first = text(&source)
            let second = source.once(in: 3) ? text(&source) : nil
            let maxLength = source.pick([0, 1, 2, 3, 4, 16, 512, .max])
            let encoding = tokenizer.encode(first, pair: second, maxLength: maxLength)
            try require(encoding.ids.count == encoding.typeIDs.count, "ids and types differ in number")
            try require(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }, "an id outside of the vocabulary")
            try require(encoding.ids.count <= max(maxLength, 64), "\(encoding.ids.count) ids, at most \(maxLength) were wanted")
            try require(tokenizer.tokens(encoding.ids).allSatisfy { $0 != nil }, "an id without token")
            _ = tokenizer.id(of: first)
        }
        for id in [-1, 0, 1, Int32.max, Int32.min] { _ = tokenizer.token(id) }
    }
}

/// `vocab.txt`.
final class VocabularyTarget: Target {
    static let name = "vocabulary"
    private let mutator = Mutator(
        seeds: [
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\na\n##b\n##c\n,\n!\n\u{4e2d}\n",
            "[UNK]\r\n[CLS]\r\n[SEP]\r\nun\r\n##aff\r\n##able",
        ].map { Array($0.utf8) }, words: ["##", "[UNK]", "[CLS]", "\n\n", "\u{3000}", "the"].map { Array($0.utf8) })

    init(_ folder: ScratchFolder) {}

    func run(_ source: inout Source) throws {
        var options = WordPieceOptions()
        if source.once(in: 4) { options.lowercases.toggle() }
        try SampleTexts.check(try WordPieceTokenizer(vocabulary: source.document(mutator), file: "vocab.txt", options: options), &source)
    }
}

/// `tokenizer.json` and `tokenizer_config.json`.
final class TokenizerTarget: Target {
    static let name = "tokenizer"
    static let vocabulary = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "a", "##b", "un", "##aff", "##able", ",", "!", "hello",
    ]

    /// A whole file with the template of BERT.
    static let document: [UInt8] = {
        let added = vocabulary.prefix(5).enumerated().map { id, text in
            """
            {"id":\(id),"content":"\(text)","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
            """
        }
        let ids = vocabulary.enumerated().map { "\"\($1)\":\($0)" }
        let text = """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[\(added.joined())
            {"id":16,"content":"<new>","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],
            "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
            "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",
            "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
            "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},
            {"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
            "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
            "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]",
            "continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{\(ids.joined(separator: ","))}}}
            """
        return Array(text.utf8)
    }()

    /// The same file with nothing around the texts.
    static let bareDocument: [UInt8] = {
        let text = String(decoding: document, as: UTF8.self)
        let end = text.firstRange(of: ",\n\"decoder\"")?.lowerBound ?? text.endIndex
        let start = text.firstRange(of: "\"post_processor\"")?.lowerBound ?? end
        let bare = """
            "post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],
            "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{}}
            """
        return Array((text[..<start] + bare + text[end...]).utf8)
    }()

    /// An older and smaller file.
    private static let smallDocument = """
        {"added_tokens":null,"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
        "post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},
        "model":{"continuing_subword_prefix":"##","vocab":{"[UNK]":1,"[CLS]":2,"[SEP]":3,"a":9,"##b":7}}}
        """

    static let settings = Array(
        """
        {"added_tokens_decoder":{"0":{"content":"[PAD]","lstrip":false,"normalized":false,"rstrip":false,"single_word":false,"special":true},
        "3":{"content":"[SEP]","special":true}},"additional_special_tokens":["<new>"],"clean_up_tokenization_spaces":true,"cls_token":"[CLS]",
        "do_lower_case":true,"mask_token":{"content":"[MASK]","lstrip":true},"model_max_length":512,"pad_token":"[PAD]","sep_token":"[SEP]",
        "strip_accents":null,"tokenize_chinese_chars":true,"tokenizer_class":"BertTokenizer","unk_token":"[UNK]"}
        """.utf8)

    static let words = [
        "BertProcessing", "TemplateProcessing", "BertNormalizer", "[UNK]", "[CLS]", "<new>", "lstrip", "normalized", "##", "A", "B",
        "\\u0000", "\u{e9}", "caf\u{e9}",
    ].map { Array($0.utf8) }

    private let files: Mutator
    private let settings: Mutator

    init(_ folder: ScratchFolder) {
        files = Mutator(seeds: [Self.document, Self.bareDocument, Array(Self.smallDocument.utf8)], words: Self.words)
        settings = Mutator(seeds: [Self.settings, Array("{}".utf8)], words: Self.words)
    }

    func run(_ source: inout Source) throws {
        var options: WordPieceOptions?
        if source.once(in: 3) {
            options = try WordPieceOptions(tokenizerConfig: JSON.parse(source.document(settings), file: "c"), file: "tokenizer_config.json")
        }
        let document = source.once(in: 4) ? Self.document : source.document(files)
        let tokenizer = try WordPieceTokenizer(tokenizerJSON: JSON.parse(document, file: "t"), file: "tokenizer.json", options: options)
        try SampleTexts.check(tokenizer, &source)
    }
}
