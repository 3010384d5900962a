import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// The published head's `logits` `[texts, classes]`, and `pooled` `[texts, width]` that they are made from.
enum LogitsCommand {
    static func run(model folder: String, texts: String, output: String) throws {
        let model = try Model<BERT>(Assets(folder: folder), head: .published)
        let inputs = try TextLine.read(texts).map { $0.encoded(model.tokenizer) }
        try SafetensorsWriter.write(compute(model, inputs), to: output)
        print(model.facts)
    }

    /// Both tensors by their names.
    static func compute(_ model: Model<BERT>, _ inputs: [Encoding]) throws -> [(name: String, tensor: Tensor)] {
        var logits: [Float] = []
        var pooled: [Float] = []
        try model.forEachBatch(inputs) { batch, _ in
            logits += try model.logits(batch, Pass(model.weights)).value.elements
            if let summary = model.features(batch, Pass(model.weights)).pooled { pooled += summary.value.elements }
        }
        return [
            ("logits", Tensor(logits, [inputs.count, model.labels.count])),
            ("pooled", Tensor(pooled, [inputs.count, model.configuration.width])),
        ]
    }
}
