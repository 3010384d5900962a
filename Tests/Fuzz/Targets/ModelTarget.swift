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
    /// Of heads with 4 numbers, and of heads with more than a vector has.
    private static let widths = [8, 72]

    private static let configuration = Array(
        """
        {"architectures":["BertForSequenceClassification"],"attention_probs_dropout_prob":0.1,"classifier_dropout":null,"hidden_act":"gelu",
        "hidden_dropout_prob":0.1,"hidden_size":8,"id2label":{"0":"no","1":"yes"},"initializer_range":0.02,"intermediate_size":16,
        "label2id":{"no":0,"yes":1},"layer_norm_eps":1e-12,"max_position_embeddings":16,"model_type":"bert","num_attention_heads":2,
        "num_hidden_layers":1,"pad_token_id":0,"position_embedding_type":"absolute","type_vocab_size":2,"use_cache":true,"vocab_size":17}
        """.utf8)

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        // A few small measures that differ from the checkpoint's only where nothing is declared by them.
        configurations = Mutator(
            seeds: [Self.configuration],
            words: ["id2label", "num_labels", "relu", "gelu_new", "absolute", "relative_key", "max_position_embeddings", "LABEL_0"].map {
                Array($0.utf8)
            })
        settings = Mutator(seeds: [TokenizerTarget.settings], words: TokenizerTarget.words)
        documents = Mutator(seeds: [TokenizerTarget.document, TokenizerTarget.bareDocument], words: TokenizerTarget.words)
        vocabularies = Mutator(seeds: [Array(TokenizerTarget.vocabulary.joined(separator: "\n").utf8)], words: TokenizerTarget.words)
        for width in Self.widths { try folder.write("\(width).safetensors", Self.checkpoint(width)) }
    }

    /// The bytes of a model's weights.
    private static func checkpoint(_ width: Int, positions: Int = 16, types: Int = 2) throws -> [UInt8] {
        var shapes: [(String, Shape)] = [
            ("bert.embeddings.word_embeddings.weight", [17, width]), ("bert.embeddings.position_embeddings.weight", [positions, width]),
            ("bert.embeddings.token_type_embeddings.weight", [types, width]), ("classifier.weight", [2, width]), ("classifier.bias", [2]),
            ("bert.pooler.dense.weight", [width, width]), ("bert.pooler.dense.bias", [width]),
        ]
        let layer = "bert.encoder.layer.0."
        for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            shapes += [(layer + name + ".weight", [width, width]), (layer + name + ".bias", [width])]
        }
        shapes += [(layer + "intermediate.dense.weight", [16, width]), (layer + "intermediate.dense.bias", [16])]
        shapes += [(layer + "output.dense.weight", [width, 16]), (layer + "output.dense.bias", [width])]
        for name in ["bert.embeddings.", layer + "attention.output.", layer + "output."] {
            shapes += [(name + "LayerNorm.weight", [width]), (name + "LayerNorm.bias", [width])]
        }
        var random = SplitMix64(seed: 1)
        return try SafetensorsWriter.encoded(
            shapes.map { name, shape in (name, Tensor((0..<shape.count).map { _ in Float.random(in: -1...1, using: &random) }, shape)) })
    }

    func run(_ source: inout Source) throws {
        let width = source.pick(Self.widths)
        var files = ["\(width).safetensors"]
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try folder.write(name, bytes)
            files.append(name)
        }
        var configuration = Self.configuration
        if !source.once(in: 3) { configuration = source.document(configurations) }
        var text = String(decoding: configuration, as: UTF8.self)
        if width != 8 { text = text.replacing("\"hidden_size\":8", with: "\"hidden_size\":\(width)") }
        // Measures that agree with a checkpoint whose tables are small: the values that matter are drawn here.
        if source.once(in: 4) {
            let positions = source.pick([1, 2, 3, 4])
            let types = source.pick([1, 2])
            let small = text.replacing("\"max_position_embeddings\":16", with: "\"max_position_embeddings\":\(positions)").replacing(
                "\"type_vocab_size\":2", with: "\"type_vocab_size\":\(types)")
            if small != text {
                try folder.write("small.safetensors", Self.checkpoint(width, positions: positions, types: types))
                files[0] = "small.safetensors"
            }
            text = small
        }
        configuration = Array(text.utf8)
        try write("config.json", configuration)
        switch source.below(3) {
        case 0: try write("vocab.txt", source.once(in: 2) ? source.document(vocabularies) : vocabularies.seeds[0])
        case 1: try write("tokenizer.json", source.pick(documents.seeds))
        default: try write("tokenizer.json", source.document(documents))
        }
        if source.once(in: 2) { try write("tokenizer_config.json", source.document(settings)) }
        var paths: [String: String] = [:]
        for name in files { paths[name.hasSuffix(".safetensors") ? "model.safetensors" : name] = folder.path + "/" + name }
        let assets = Assets(name: "m", paths: paths)
        let options = TokenizerOptions(maxLength: source.once(in: 4) ? source.pick([1, 2, 3, 16]) : nil)
        let head: HeadChoice = source.pick([.published, .published, .fresh(["a", "b", "c"]), .none(.everyToken)])
        let model = try ZooModel(assets, head: head, options: options)
        var inputs: [Input] = [
            .text(SampleTexts.text(&source)), .text(""), .textPair(SampleTexts.text(&source), SampleTexts.text(&source)), .textPair("", ""),
        ]
        // What has no tokens is refused, and the others are answered.
        let refused = inputs.filter { input in
            do throws(any Error) {
                _ = try model.tokenizer.accepted(input)
            } catch {
                return (error as? any ZooError)?.exitCode == .data
            }
            return false
        }
        inputs.removeAll { refused.contains($0) }
        try require(
            refused.allSatisfy { $0.parts.allSatisfy { model.tokenizer.words.tokenIDs($0).isEmpty } }, "a text with tokens is refused")
        if case .none = head {
            _ = model.features(try model.tokenizer(inputs), Pass(model.weights)).mean.value
        } else {
            let predictions = try model.classify(inputs)
            try require(
                predictions.count == inputs.count && predictions.allSatisfy { $0.count == model.labels.count },
                "another number of predictions")
        }
    }
}

private typealias ZooModel = Model<BERT>
