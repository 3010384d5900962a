import ZooTensor

extension WordPieceTokenizer {
    /// The tokenizer of a model: from `tokenizer.json`, or else from `vocab.txt`, with the settings of `tokenizer_config.json`.
    ///
    /// - Throws: `ModelError.missingFile`, `TokenizerError`, `JSONError`.
    public init(_ assets: Assets) throws {
        var options: WordPieceOptions?
        if assets.contains("tokenizer_config.json") {
            options = try WordPieceOptions(
                tokenizerConfig: assets.json("tokenizer_config.json"), file: assets.label("tokenizer_config.json"))
        }
        if assets.contains("tokenizer.json") {
            try self.init(tokenizerJSON: assets.json("tokenizer.json"), file: assets.label("tokenizer.json"), options: options)
        } else {
            try self.init(
                vocabulary: assets.bytes("vocab.txt"), file: assets.label("vocab.txt"), options: options ?? WordPieceOptions())
        }
    }
}
