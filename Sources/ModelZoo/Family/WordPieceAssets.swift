import ZooTensor

extension WordPieceTokenizer {
    /// The tokenizer of a model: from `tokenizer.json`, or else from `vocab.txt`, with the settings of `tokenizer_config.json` and of the files
    /// that older versions wrote beside it, `special_tokens_map.json` and `added_tokens.json`.
    ///
    /// - Parameter wanted: what the caller asks for.
    /// - Throws: `ModelError.missingFile`, `TokenizerError`, `JSONError`.
    public init(_ assets: Assets, _ wanted: TokenizerOptions = TokenizerOptions()) throws {
        var options: WordPieceOptions?
        let config = "tokenizer_config.json"
        var namesClass = false
        if assets.contains(config) {
            let document = try assets.json(config)
            options = try WordPieceOptions(tokenizerConfig: document, file: assets.label(config))
            namesClass = document["tokenizer_class"]?.string != nil
        }
        // Where the tokenizer's own file names no class, the model's counts.
        if !namesClass, assets.contains("config.json"), let name = try assets.json("config.json")["tokenizer_class"], name != .null {
            let file = assets.label("config.json")
            var settings = options ?? WordPieceOptions()
            try settings.setClass(try TokenizerJSONReader(file: file).string(name, "tokenizer_class"), file)
            options = settings
        }
        let (names, tokens) = ("special_tokens_map.json", "added_tokens.json")
        if assets.contains(names) {
            var settings = options ?? Self.standard(assets)
            try settings.take(specialTokensMap: assets.json(names), file: assets.label(names))
            options = settings
        }
        if assets.contains(tokens) {
            var settings = options ?? Self.standard(assets)
            try settings.take(addedTokens: assets.json(tokens), file: assets.label(tokens))
            options = settings
        }
        if wanted.lowercases {
            var settings = options ?? Self.standard(assets)
            settings.lowercasesFirst = true
            options = settings
        }
        if assets.contains("tokenizer.json") {
            try self.init(tokenizerJSON: assets.json("tokenizer.json"), file: assets.label("tokenizer.json"), options: options)
        } else {
            try self.init(
                vocabulary: assets.bytes("vocab.txt"), file: assets.label("vocab.txt"), options: options ?? WordPieceOptions())
        }
    }

    /// The settings where no file has any: a `tokenizer.json` speaks for itself.
    private static func standard(_ assets: Assets) -> WordPieceOptions {
        var options = WordPieceOptions()
        options.followsTokenizerJSON = assets.contains("tokenizer.json")
        return options
    }
}
