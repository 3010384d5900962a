import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// A whole model with damaged configuration and tokenizer: what loads must classify texts.
final class ModelTarget: Target {
    static let name = "model"
    private let folder: ScratchFolder
    private let configurations: Mutator
    private let settings: Mutator
    private let documents: Mutator
    private let vocabularies: Mutator
    private let checkpoint: [UInt8]

    private static let configuration = Array(
        """
        {"architectures":["BertForSequenceClassification"],"attention_probs_dropout_prob":0.1,"classifier_dropout":null,"hidden_act":"gelu",
        "hidden_dropout_prob":0.1,"hidden_size":8,"id2label":{"0":"no","1":"yes"},"initializer_range":0.02,"intermediate_size":16,
        "label2id":{"no":0,"yes":1},"layer_norm_eps":1e-12,"max_position_embeddings":16,"model_type":"bert","num_attention_heads":2,
        "num_hidden_layers":1,"pad_token_id":0,"position_embedding_type":"absolute","type_vocab_size":2,"use_cache":true,"vocab_size":17}
        """.utf8)

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        var shapes: [(String, Shape)] = [
            ("bert.embeddings.word_embeddings.weight", [17, 8]), ("bert.embeddings.position_embeddings.weight", [16, 8]),
            ("bert.embeddings.token_type_embeddings.weight", [2, 8]), ("classifier.weight", [2, 8]), ("classifier.bias", [2]),
            ("bert.pooler.dense.weight", [8, 8]), ("bert.pooler.dense.bias", [8]),
        ]
        let layer = "bert.encoder.layer.0."
        for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            shapes += [(layer + name + ".weight", [8, 8]), (layer + name + ".bias", [8])]
        }
        shapes += [(layer + "intermediate.dense.weight", [16, 8]), (layer + "intermediate.dense.bias", [16])]
        shapes += [(layer + "output.dense.weight", [8, 16]), (layer + "output.dense.bias", [8])]
        for name in ["bert.embeddings.", layer + "attention.output.", layer + "output."] {
            shapes += [(name + "LayerNorm.weight", [8]), (name + "LayerNorm.bias", [8])]
        }
        var random = SplitMix64(seed: 1)
        checkpoint = try SafetensorsWriter.encoded(
            shapes.map { name, shape in (name, Tensor((0..<shape.count).map { _ in Float.random(in: -1...1, using: &random) }, shape)) })
        // A few small measures that differ from the checkpoint's only where nothing is declared by them.
        configurations = Mutator(
            seeds: [Self.configuration],
            words: ["id2label", "num_labels", "relu", "gelu_new", "absolute", "relative_key", "max_position_embeddings", "LABEL_0"].map {
                Array($0.utf8)
            })
        settings = Mutator(seeds: [TokenizerTarget.settings], words: TokenizerTarget.words)
        documents = Mutator(seeds: [TokenizerTarget.document], words: TokenizerTarget.words)
        vocabularies = Mutator(seeds: [Array(TokenizerTarget.vocabulary.joined(separator: "\n").utf8)], words: TokenizerTarget.words)
        try folder.write("model.safetensors", checkpoint)
    }

    func run(_ random: inout SplitMix64) throws {
        var files = ["model.safetensors"]
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try folder.write(name, bytes)
            files.append(name)
        }
        var configuration = Self.configuration
        if !random.once(in: 3) { configuration = configurations.input(&random) }
        // Measures that agree with a checkpoint whose tables are small: the values that matter are drawn here.
        if random.once(in: 4) {
            let text = String(decoding: configuration, as: UTF8.self)
            let positions = random.pick([1, 2, 3, 4])
            let types = random.pick([1, 2])
            let small = text.replacing("\"max_position_embeddings\":16", with: "\"max_position_embeddings\":\(positions)").replacing(
                "\"type_vocab_size\":2", with: "\"type_vocab_size\":\(types)")
            configuration = Array(small.utf8)
            let tensors = try small == text ? checkpoint : resized(positions, types)
            try folder.write("small.safetensors", tensors)
            files[0] = "small.safetensors"
        }
        try write("config.json", configuration)
        switch random.below(3) {
        case 0: try write("vocab.txt", random.once(in: 2) ? vocabularies.input(&random) : vocabularies.seeds[0])
        case 1: try write("tokenizer.json", documents.seeds[0])
        default: try write("tokenizer.json", documents.input(&random))
        }
        if random.once(in: 2) { try write("tokenizer_config.json", settings.input(&random)) }
        var paths: [String: String] = [:]
        for name in files { paths[name.hasSuffix(".safetensors") ? "model.safetensors" : name] = folder.path + "/" + name }
        let assets = Assets(name: "m", paths: paths)
        let options = TokenizerOptions(maxLength: random.once(in: 4) ? random.pick([1, 2, 3, 16]) : nil)
        let head: HeadChoice = random.pick([.published, .published, .fresh(["a", "b", "c"]), .none(.everyToken)])
        let model = try ZooModel(assets, head: head, options: options)
        let inputs: [Input] = [
            .text(SampleTexts.text(&random)), .text(""), .textPair(SampleTexts.text(&random), SampleTexts.text(&random)), .textPair("", ""),
        ]
        if case .none = head {
            _ = model.features(try model.tokenizer(inputs), Pass(model.weights)).mean.value
        } else {
            let predictions = try model.classify(inputs)
            try require(
                predictions.count == 4 && predictions.allSatisfy { $0.count == model.labels.count }, "another number of predictions")
        }
    }

    /// The checkpoint with other numbers of positions and types.
    private func resized(_ positions: Int, _ types: Int) throws -> [UInt8] {
        let file = try SafetensorsFile(folder.path + "/model.safetensors")
        return try SafetensorsWriter.encoded(
            file.entries.map { entry in
                let rows: Int? =
                    switch entry.name {
                    case "bert.embeddings.position_embeddings.weight": positions
                    case "bert.embeddings.token_type_embeddings.weight": types
                    default: nil
                    }
                let tensor = try file.tensor(entry.name)
                return (entry.name, rows.map { Tensor(Array(tensor.elements.prefix($0 * 8)), [$0, 8]) } ?? tensor)
            })
    }
}

private typealias ZooModel = Model<BERT>
