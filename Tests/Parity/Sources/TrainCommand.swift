import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor
import ZooTraining

/// The pipeline of `zoo finetune` with the settings given and without dropout: a line for each step with its loss and its examples, and the
/// trained model as an upstream folder.
enum TrainCommand {
    static func run(model folder: String, examples: String, output: String, settings: String) throws {
        let json = try JSON.parse(readFile(settings), file: settings)
        var configuration = TrainingConfiguration()
        configuration.epochs = json["epochs"]?.integer ?? configuration.epochs
        configuration.batchSize = json["batch_size"]?.integer ?? configuration.batchSize
        configuration.learningRate = json["learning_rate"]?.number ?? configuration.learningRate
        configuration.optimizer = .adamW(weightDecay: Float(json["weight_decay"]?.number ?? 0))
        configuration.schedule = Schedule(.linear, warmup: json["warmup"]?.number ?? 0)
        configuration.clipNorm = json["clip_norm"]?.number
        configuration.seed = UInt64(json["seed"]?.integer ?? 0)
        configuration.dropout = false
        configuration.validationFraction = 0

        let model = try Model<BERT>(Assets(folder: folder), head: .published)
        let data = try LabelledDataset.load(examples, labels: model.labels)
        var steps: [TrainingStep] = []
        let result = try FineTuner(model, training: data, configuration: configuration).run { event in
            if case .step(let step) = event { steps.append(step) }
        }

        var bytes: [UInt8] = []
        for (step, places) in zip(steps, batches(data.examples.count, configuration)) {
            let line: JSONObject = [
                "step": .integer(step.step), "loss": .number(step.loss), "norm": .number(step.gradientNorm),
                "rate": .number(step.learningRate),
                "places": .array(places.map { .integer($0) }),
            ]
            bytes += JSON.object(line).serialized()
            bytes.append(UInt8(ascii: "\n"))
        }
        try makeFolders(output + "/model")
        try writeFile(output + "/steps.jsonl", bytes)
        try result.model.write(to: output + "/model")
        print(result.model.facts)
    }

    /// The examples of every step: the order in which the pipeline takes them.
    private static func batches(_ count: Int, _ configuration: TrainingConfiguration) -> [[Int]] {
        (1...configuration.epochs).flatMap { epoch in
            var random = SplitMix64(RandomKey(seed: configuration.seed).derived("order").derived(epoch))
            var order = Array(0..<count)
            random.shuffle(&order)
            return stride(from: 0, to: count, by: configuration.batchSize).map {
                Array(order[$0..<min($0 + configuration.batchSize, count)])
            }
        }
    }
}
