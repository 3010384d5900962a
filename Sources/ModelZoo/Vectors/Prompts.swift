import ZooTensor

/// Which text is put before each input.
public enum PromptChoice: Sendable, Hashable {
    /// What the model's own files say: the prompt that they name as the default, or none.
    case stated
    /// This text.
    case text(String)
    /// The prompt that the model's own files have under a name.
    case named(String)
}

/// The prompts that a model was trained with, as `config_sentence_transformers.json` has them.
public struct Prompts: Sendable {
    /// Where they are told.
    static let file = "config_sentence_transformers.json"

    /// The texts by name.
    public private(set) var texts: [String: String] = [:]
    /// The name of the one that is taken unless another is chosen.
    public private(set) var defaultName: String?
    private let model: String

    /// The prompts of a model; none where its files name none.
    ///
    /// - Throws: `ModelError.vectors` for prompts that are no text and a default that is not there.
    public init(_ assets: Assets) throws {
        model = assets.name
        guard assets.contains(Self.file) else { return }
        let reader = try SettingsReader(assets, Self.file)
        if let value = reader.value("prompts") {
            guard let object = value.object else { throw reader.bad("prompts", "an object of texts") }
            for (name, text) in object.pairs where text != .null {
                guard let text = text.string else { throw reader.bad("prompts", "a text for \"\(printable(name))\"") }
                texts[name] = text
            }
        }
        if let value = reader.value("default_prompt_name") {
            guard let name = value.string, texts[name] != nil else {
                throw reader.bad("default_prompt_name", "the name of a prompt (\(Self.list(texts)))")
            }
            defaultName = name
        }
    }

    /// The text that a choice stands for; empty for none.
    ///
    /// - Throws: `ModelError.unknownPrompt`.
    public func text(_ choice: PromptChoice) throws(ModelError) -> String {
        switch choice {
        case .stated: return defaultName.flatMap { texts[$0] } ?? ""
        case .text(let text): return text
        case .named(let name):
            guard let text = texts[name] else { throw .unknownPrompt(name: name, model: model, known: texts.keys.sorted()) }
            return text
        }
    }

    private static func list(_ texts: [String: String]) -> String {
        texts.isEmpty ? "there are none" : texts.keys.sorted().map { printable($0) }.joined(separator: ", ")
    }
}
