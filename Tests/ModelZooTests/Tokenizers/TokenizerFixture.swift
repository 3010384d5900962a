import ModelZoo
import Testing
import ZooTensor

/// The files that `Tests/Parity/tokenizer_reference.py fixture` writes.
enum TokenizerFixture {
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures/tokenizer"
    }()

    /// One text with the reference's answer.
    struct Case {
        let text: String
        let pair: String?
        let maxLength: Int
        let expected: Encoding
    }

    static func bytes(_ name: String) throws -> [UInt8] { try readFile("\(folder)/\(name)") }

    static func json(_ name: String) throws -> JSON { try JSON.parse(bytes(name)) }

    /// The tokenizer of the small vocabulary.
    static func tokenizer(_ options: WordPieceOptions = WordPieceOptions()) throws -> WordPieceTokenizer {
        try WordPieceTokenizer(vocabulary: bytes("vocab.txt"), file: "vocab.txt", options: options)
    }

    /// The hard texts with the ids in a file.
    static func cases(_ name: String) throws -> [Case] {
        let texts = try lines("texts.jsonl")
        let answers = try lines(name)
        try #require(texts.count == answers.count && texts.count > 150)
        return try zip(texts, answers).map { text, answer in
            let ids = try #require(answer["ids"]?.array).compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
            let second = try #require(answer["second"]?.integer)
            return Case(
                text: try #require(text["text"]?.string), pair: text["pair"]?.string, maxLength: text["max"]?.integer ?? 512,
                expected: Encoding(
                    ids: ids, typeIDs: ids.indices.map { $0 < second ? 0 : 1 }, droppedTokens: try #require(answer["dropped"]?.integer)))
        }
    }

    private static func lines(_ name: String) throws -> [JSON] { try bytes(name).split(separator: 0x0A).map { try JSON.parse(Array($0)) } }

    /// The bytes of a vocabulary file of some lines.
    static func vocabulary(_ tokens: [String], separator: String = "\n") -> [UInt8] {
        Array(tokens.map { $0 + separator }.joined().utf8)
    }

    /// The tokens of every vocabulary.
    static let specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
}
