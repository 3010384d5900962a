import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// The last hidden state of every token, `hidden` `[tokens, width]`, and their mean over each text, `mean` `[texts, width]`.
enum FeaturesCommand {
    static func run(model folder: String, texts: String, output: String) throws {
        let model = try Model<BERT>(Assets(folder: folder), head: .none(.everyToken))
        let inputs = try TextLine.read(texts).map { $0.encoded(model.tokenizer) }
        var hidden: [Float] = []
        var means: [Float] = []
        try model.forEachBatch(inputs) { batch, _ in
            let features = model.features(batch, Pass(model.weights))
            hidden += features.tokens.value.elements
            means += features.mean.value.elements
        }
        let width = model.configuration.width
        try SafetensorsWriter.write(
            [
                ("hidden", Tensor(hidden, [hidden.count / width, width])), ("mean", Tensor(means, [means.count / width, width])),
                ("length", Tensor(inputs.map { Float($0.ids.count) }, [inputs.count])),
            ], to: output)
        print(model.facts)
    }
}

extension Model {
    /// What the comparison wants to know about a model beside its numbers, as JSON.
    var facts: String {
        let object: JSONObject = ["labels": .array(labels.map { .string($0) }), "notes": .array(notes.map { .string($0) })]
        return JSON.object(object).serializedText()
    }
}
