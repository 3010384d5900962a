public import ModelZoo
import ZooNN
public import ZooTensor

/// Tiny models with random weights, to test a family without its checkpoints.
public enum RandomModel {
    /// Writes a model in upstream layout: `config.json`, `model.safetensors` under upstream names, and the files given.
    ///
    /// Matrices and tables are drawn with a variance of 1 / width, biases and norms with a deviation of 0.1 around their fresh values: none
    /// has the value 0 or 1 that would hide a parameter which is not read, and features are of order 1. Equal arguments give equal bytes.
    ///
    /// - Parameters:
    ///   - configuration: the content of `config.json`, an object; classes are added to it.
    ///   - files: what else belongs to the model by name, as `vocab.txt`.
    ///   - labels: the classes of the head; nil leaves the head out, but not what a head would read.
    ///   - folder: is made if it is not there.
    /// - Throws: `ModelError` for a configuration that the family refuses, `TestingError.names`, `FileError`.
    public static func write<Family: ModelFamily>(
        _ family: Family.Type, configuration: JSON, files: [String: [UInt8]] = [:], labels: [String]? = nil, seed: UInt64 = 1,
        to folder: String
    ) throws {
        let file = folder + "/config.json"
        let reader = try ConfigurationReader(configuration, file: file)
        let values = try Family.Configuration(reader)
        let schema = Schema.build { scope in
            let head = Family.classifier(values, classes: labels?.count ?? 2, scope)
            return Family.Model(values, reading: head.reading, scope)
        }.schema
        let conflicts = Family.names.conflicts(schema)
        guard conflicts.isEmpty else { throw TestingError.names(family: Family.identifier, problems: conflicts) }

        var tensors: [(name: String, tensor: Tensor)] = []
        for parameter in schema.parameters where labels != nil || parameter.path.segments.first != "classifier" {
            guard let name = Family.names.upstream(parameter.path, withHead: labels != nil) else { continue }
            tensors.append((name, value(of: parameter, seed: seed)))
        }
        var object = reader.json
        object["architectures"] = .array([.string(labels == nil ? Family.architectures.backbone : Family.architectures.classifier)])
        if let labels {
            (object["id2label"], object["label2id"]) = Labels.members(labels)
        }
        try makeFolders(folder)
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            if let slash = name.lastIndex(of: "/") { try makeFolders(folder + "/" + name[..<slash]) }
            try writeFile(folder + "/" + name, bytes)
        }
        try writeFile(file, JSON.object(object).serialized(pretty: true))
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: folder + "/" + Checkpoint.fileName)
    }

    private static func value(of parameter: Parameter, seed: UInt64) -> Tensor {
        var random = SplitMix64(RandomKey(seed: seed).derived(parameter.path.description))
        let (mean, deviation): (Float, Float) =
            switch parameter.initializer {
            case .zeros: (0, 0.1)
            case .ones: (1, 0.1)
            case .normal: (0, 1 / Float(max(parameter.shape.columns, 1)).squareRoot())
            }
        // Equally likely in an interval of that deviation.
        let reach = deviation * Float(3).squareRoot()
        return Tensor(
            (0..<parameter.shape.count).map { _ in mean + reach * (Float(random.next() >> 40) * 0x1p-23 - 1) }, parameter.shape)
    }
}
