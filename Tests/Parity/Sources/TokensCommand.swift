import ModelZoo
import ZooTensor

/// Ids of texts, in the format of `tokenizer_reference.py encode`.
enum TokensCommand {
    static func run(model: String, texts: String, output: String) throws {
        let tokenizer = try WordPieceTokenizer(Assets(folder: model))
        var bytes: [UInt8] = []
        for line in try TextLine.read(texts) {
            let encoding = tokenizer.encode(line.text, pair: line.pair, maxLength: line.maxLength ?? 512)
            let json: JSONObject = [
                "ids": .array(encoding.ids.map { .integer(Int($0)) }),
                "second": .integer(encoding.typeIDs.firstIndex(of: 1) ?? encoding.typeIDs.count),
                "dropped": .integer(encoding.droppedTokens),
            ]
            bytes += JSON.object(json).serialized()
            bytes.append(UInt8(ascii: "\n"))
        }
        try writeFile(output, bytes)
    }
}
