import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor
import ZooTesting
import ZooTraining

/// A folder with a tiny BERT of random weights, and data for it.
final class Workplace {
    static let fillers = ["the", "a", "of", "and", "in", "it", "is", "on", "we", "you"]
    static let classes = ["red", "blue", "tall", "wet", "old"]
    /// Words that tell the class of a text, four for each class: `reda` to `redd`.
    static let marks = classes.map { name in ["a", "b", "c", "d"].map { name + $0 } }
    static let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + fillers + marks.flatMap { $0 }

    private let temporary: TemporaryFolder
    /// The folder of the base model.
    var base: String { temporary.path + "/base" }

    /// - Parameters:
    ///   - configuration: values of `config.json` that differ from the tiny one's.
    ///   - labels: the classes of the base's own head; nil for a base without one.
    init(_ configuration: JSONObject = [:], labels: [String]? = nil) throws {
        temporary = try TemporaryFolder()
        var values: JSONObject = [
            "model_type": .string("bert"), "vocab_size": .integer(Workplace.vocabulary.count), "hidden_size": .integer(32),
            "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(64),
            "max_position_embeddings": .integer(32), "type_vocab_size": .integer(2), "hidden_act": .string("gelu"),
            "hidden_dropout_prob": .number(0.1), "attention_probs_dropout_prob": .number(0.1),
        ]
        for (key, value) in configuration.pairs { values[key] = value }
        try RandomModel.write(
            BERT.self, configuration: .object(values), files: ["vocab.txt": Array(Workplace.vocabulary.joined(separator: "\n").utf8)],
            labels: labels, to: base)
    }

    /// A path in the folder at which nothing is yet.
    func path(_ name: String) -> String { temporary.path + "/" + name }

    /// The model with a head.
    func model(_ head: HeadChoice, seed: UInt64 = 42) throws -> Model<BERT> {
        try Model<BERT>(Assets(folder: base), head: head, seed: seed)
    }

    /// Writes a table and reads it.
    func data(_ name: String, _ rows: [(text: String, label: String)], labels: [String]? = nil) throws -> LabelledDataset {
        let lines = rows.map { JSON.object(["text": .string($0.text), "label": .string($0.label)]).serializedText() + "\n" }
        return try LabelledDataset.load(temporary.write(name + ".jsonl", lines.joined().utf8), labels: labels)
    }

    /// Texts of 2 to `longest` words, one of which tells the class: in turn of the first, the second, ….
    static func texts(_ count: Int, classes: Int = 2, longest: Int = 12, seed: UInt64 = 1) -> [(text: String, label: String)] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { number in
            let kind = number % classes
            var words = (0..<1 + random.index(below: longest - 1)).map { _ in fillers[random.index(below: fillers.count)] }
            words.insert(marks[kind][random.index(below: 4)], at: random.index(below: words.count + 1))
            return (words.joined(separator: " "), Workplace.classes[kind])
        }
    }

    /// A run on easy data with two classes; the settings learn them in a few epochs.
    func tuner(
        _ training: LabelledDataset, validation: LabelledDataset? = nil, folder: String? = nil,
        _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> FineTuner<BERT> {
        var configuration = TrainingConfiguration()
        configuration.learningRate = 2e-3
        configuration.batchSize = 16
        change(&configuration)
        return try FineTuner(
            model(.fresh(training.labels), seed: configuration.seed), training: training, validation: validation,
            configuration: configuration,
            folder: folder.map { try RunFolder(path($0)) })
    }
}

extension Model {
    /// The bits of a parameter.
    func bits(_ parameter: Parameter) -> [UInt32] { weights[parameter].elements.map(\.bitPattern) }

    /// The bits of all parameters.
    var bits: [[UInt32]] { schema.parameters.map(bits) }
}

extension FineTuner {
    /// Runs, and keeps the events of some kinds.
    func recorded() throws -> (result: FineTuned<Family>, steps: [TrainingStep], epochs: [TrainingEpoch]) {
        var steps: [TrainingStep] = []
        var epochs: [TrainingEpoch] = []
        let result = try run { event in
            switch event {
            case .step(let step): steps.append(step)
            case .epoch(let epoch): epochs.append(epoch)
            default: break
            }
        }
        return (result, steps, epochs)
    }
}
