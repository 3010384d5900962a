import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// A small BERT with random weights, and a data set that it can learn in a second.
enum TinyModel {
    static let configuration = """
        {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2,
         "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 32, "type_vocab_size": 2}
        """
    static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "great", "fine", "bad", "awful", "poor", "film", "plot", "a", "the", "very",
        "is",
    ]

    /// A `tokenizer.json` of the words with nothing around a text.
    static let bareTokenizer = """
        {"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "vocab": {\(words.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", "))}}}
        """

    /// Writes a model folder.
    static func write(_ harness: Harness, _ name: String = "tiny") throws -> String {
        let folder = harness.file(name)
        try makeFolders(folder)
        try harness.write(name + "/config.json", configuration)
        try harness.write(name + "/vocab.txt", words.map { $0 + "\n" }.joined())
        let reader = try ConfigurationReader(JSON.parse(Array(configuration.utf8)), file: "config.json")
        let measures = try BERT.Configuration(reader)
        let schema = Schema.build { BERT.Model(measures, reading: .pooled, $0) }.schema
        let tensors = schema.parameters.map { parameter in
            (BERT.names.upstream(parameter.path, withHead: false) ?? "", Weights.fresh(parameter, seed: 1))
        }
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: folder + "/model.safetensors")
        return folder
    }

    /// A table of texts of two classes that one word decides.
    static func table(rows: Int, offset: Int = 0) -> String {
        let kinds = [("positive", ["good", "great", "fine"]), ("negative", ["bad", "awful", "poor"])]
        var text = "text,label\n"
        for row in offset..<offset + rows {
            let (label, words) = kinds[row % 2]
            let noun = row / 6 % 2 == 0 ? "film" : "plot"
            let start = row / 12 % 2 == 0 ? "the" : "a very"
            text += "\(start) \(words[row / 2 % 3]) \(noun),\(label)\n"
        }
        return text
    }

    /// The flags of a run that learns the table.
    static let recipe = ["--epochs", "6", "--lr", "0.01", "--batch", "8"]
}
