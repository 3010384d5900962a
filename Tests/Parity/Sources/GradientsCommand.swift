import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// One forward and backward pass over all examples as one batch, without dropout: `loss`, `logits` and `gradients.NAME` of every parameter by
/// its upstream name.
enum GradientsCommand {
    static func run(model folder: String, examples: String, output: String) throws {
        let model = try Model<BERT>(Assets(folder: folder), head: .published)
        let lines = try TextLine.read(examples)
        let batch = try model.tokenizer.batch(lines.map { $0.encoded(model.tokenizer) })
        try write(model, batch, labels: lines.map { $0.label ?? 0 }, to: output)
    }

    /// The same for a model of any family.
    static func write<Family>(
        _ model: Model<Family>, _ batch: Family.InputTokenizer.Batch, labels: [Int], to output: String
    ) throws {
        let gradients = Gradients(model.schema) { _ in true }
        let pass = Pass(model.weights, gradients: gradients, random: RandomKey(seed: 0), dropout: false)
        let logits = try model.logits(batch, pass)
        let loss = CrossEntropy()(logits, labels: labels)
        pass.backward(from: loss)
        var tensors: [(name: String, tensor: Tensor)] = [("loss", loss.value), ("logits", logits.value)]
        for parameter in model.schema.parameters {
            guard let gradient = gradients.dense(parameter), let name = Family.names.upstream(parameter.path, withHead: true) else {
                continue
            }
            tensors.append(("gradients." + name, gradient))
        }
        try SafetensorsWriter.write(tensors, to: output)
        print(model.facts)
    }
}
