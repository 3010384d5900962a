import ModelZoo
import ZooTensor

/// One line of a file of texts.
struct TextLine {
    let text: String
    let pair: String?
    /// The largest number of ids.
    let maxLength: Int?
    /// The class, where the file has classes.
    let label: Int?

    private init(_ json: JSON) {
        text = json["text"]?.string ?? ""
        pair = json["pair"]?.string
        maxLength = json["max"]?.integer
        label = json["label"]?.integer
    }

    /// All lines of a file.
    static func read(_ path: String) throws -> [TextLine] {
        try readFile(path).split(separator: UInt8(ascii: "\n")).map { try TextLine(JSON.parse(Array($0), file: path)) }
    }

    /// The line as an input of a model.
    func encoded(_ tokenizer: TextTokenizer) -> Encoding {
        tokenizer.words.encode(text, pair: pair, maxLength: min(maxLength ?? .max, tokenizer.maxLength))
    }
}
