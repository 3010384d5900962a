import ModelZoo
import ZooTensor
import ZooTesting
import ZooViT

/// A copy of the tiny model with some changes, in a folder that goes away with it.
final class AlteredModel {
    private let folder: TemporaryFolder
    /// The files.
    let assets: Assets

    /// - Parameters:
    ///   - configuration: the text of values of `config.json`, which need not be JSON; nil leaves a key out.
    ///   - preparation: the same for `preprocessor_config.json`.
    init(_ configuration: [String: String?] = [:], preparation: [String: String?] = [:]) throws {
        folder = try TemporaryFolder()
        let source = ViTFixture.folder + "/tiny"
        for (name, changes) in [("config.json", configuration), ("preprocessor_config.json", preparation)] {
            let object = try JSON.parse(readFile(source + "/" + name)).object ?? JSONObject()
            try writeFile(folder.path + "/" + name, Self.text(object, changes).utf8)
        }
        try writeFile(folder.path + "/model.safetensors", readFile(source + "/model.safetensors"))
        assets = try Assets(folder: folder.path)
    }

    /// The same weights beside another `config.json`, without `preprocessor_config.json`.
    init(configuration: JSON) throws {
        folder = try TemporaryFolder()
        try writeFile(folder.path + "/config.json", configuration.serialized())
        try writeFile(folder.path + "/model.safetensors", readFile(ViTFixture.folder + "/tiny/model.safetensors"))
        assets = try Assets(folder: folder.path)
    }

    private static func text(_ object: JSONObject, _ changes: [String: String?]) -> String {
        var object = object
        for (key, value) in changes { object[key] = value == nil ? nil : .string("@" + key) }
        var text = JSON.object(object).serializedText()
        for case (let key, let value?) in changes { text.replace("\"@\(key)\"", with: value) }
        return text
    }

    /// Loads it.
    func load(_ head: HeadChoice = .published, _ options: TokenizerOptions = TokenizerOptions()) throws -> Model<ViT> {
        try Model<ViT>(assets, head: head, options: options)
    }
}
