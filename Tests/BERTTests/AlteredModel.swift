import ModelZoo
import ZooBERT
import ZooTensor
import ZooTesting

/// A copy of the tiny model with some changes, in a folder that goes away with it.
final class AlteredModel {
    typealias Tensors = [(name: String, tensor: Tensor)]

    private let folder: TemporaryFolder
    /// The files.
    let assets: Assets

    /// - Parameters:
    ///   - configuration: the text of values of `config.json`, which need not be JSON; nil leaves a key out.
    ///   - change: what becomes of the weights.
    init(_ configuration: [String: String?] = [:], tensors change: (inout Tensors) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        let source = BERTFixture.folder + "/tiny"
        for name in ["vocab.txt", "tokenizer_config.json"] { try writeFile(folder.path + "/" + name, readFile(source + "/" + name)) }

        var object = try JSON.parse(readFile(source + "/config.json")).object ?? JSONObject()
        for (key, value) in configuration { object[key] = value == nil ? nil : .string("@" + key) }
        var text = JSON.object(object).serializedText()
        for case (let key, let value?) in configuration { text.replace("\"@\(key)\"", with: value) }
        try writeFile(folder.path + "/config.json", text.utf8)

        let checkpoint = try Checkpoint(folder: source)
        var tensors = try checkpoint.names.map { (name: $0, tensor: try checkpoint.tensor($0)) }
        change(&tensors)
        try SafetensorsWriter.write(tensors, to: folder.path + "/model.safetensors")
        assets = try Assets(folder: folder.path)
    }

    /// Loads it.
    func load(_ head: HeadChoice = .published) throws -> Model<BERT> { try Model<BERT>(assets, head: head) }
}

extension AlteredModel.Tensors {
    /// Leaves out the tensors whose names start with `prefix`.
    mutating func remove(_ prefix: String) { removeAll { $0.name.hasPrefix(prefix) } }
}
