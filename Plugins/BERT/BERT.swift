public import ModelZoo
public import ZooNN

/// BERT (Devlin et al., 2019, "BERT: Pre-training of Deep Bidirectional Transformers"), as in `transformers`' `BertModel` and
/// `BertForSequenceClassification`.
public enum BERT: ModelFamily {
    public static let identifier = "bert"
    public static let summary = "BERT, a text encoder (Devlin et al., 2019); MiniLM and other distilled BERTs too"
    public static let modelTypes: Set<String> = ["bert"]
    public static let architectures = (backbone: "BertModel", classifier: "BertForSequenceClassification")
    public static let freshWithHead = ["pooler"]

    public static let names = NameMap(
        prefix: "bert",
        backbone: [
            ("embeddings.word", "embeddings.word_embeddings"),
            ("embeddings.position", "embeddings.position_embeddings"),
            ("embeddings.type", "embeddings.token_type_embeddings"),
            ("embeddings.norm", "embeddings.LayerNorm"),
            ("layers.*.attention.query", "encoder.layer.*.attention.self.query"),
            ("layers.*.attention.key", "encoder.layer.*.attention.self.key"),
            ("layers.*.attention.value", "encoder.layer.*.attention.self.value"),
            ("layers.*.attention.output", "encoder.layer.*.attention.output.dense"),
            ("layers.*.attention.norm", "encoder.layer.*.attention.output.LayerNorm"),
            ("layers.*.feedForward.input", "encoder.layer.*.intermediate.dense"),
            ("layers.*.feedForward.output", "encoder.layer.*.output.dense"),
            ("layers.*.feedForward.norm", "encoder.layer.*.output.LayerNorm"),
            ("pooler", "pooler.dense"),
        ],
        // The heads of pre-training and of other tasks.
        ignored: ["cls", "qa_outputs"])

    public static func tokenizer(_ configuration: Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        let words = try WordPieceTokenizer(assets, options)
        guard words.vocabularySize <= configuration.vocabularySize else {
            throw ModelError.vocabulary(
                file: assets.label("config.json"), tokens: words.vocabularySize, rows: configuration.vocabularySize)
        }
        return try TextTokenizer(
            words, maxLength: options.maxLength, positions: configuration.maxLength, types: configuration.typeCount,
            file: assets.label("config.json"))
    }

    public static func classifier(_ configuration: Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        ClassificationHead(configuration.width, classes: classes, summary: .pooled, dropout: configuration.classifierDropout, scope)
    }
}
