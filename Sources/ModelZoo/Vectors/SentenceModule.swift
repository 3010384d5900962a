import ZooTensor

/// One entry of `modules.json`: a module, and the folder with its files.
struct SentenceModule: Sendable {
    /// The class, as `sentence_transformers.models.Pooling`.
    let type: String
    /// The folder, named from the model's folder on; empty for this itself.
    let path: String

    /// The names of the transformer's settings, the first that is there counts.
    static let transformerFiles = [
        "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json", "sentence_camembert_config.json",
        "sentence_albert_config.json", "sentence_xlm-roberta_config.json", "sentence_xlnet_config.json",
    ]

    private static let kinds = ["Transformer", "Pooling", "Dense", "Normalize", "Dropout"]
    /// The kinds that are known, in words.
    static var known: String { kinds.joined(separator: ", ") }

    /// The kind of module, nil for one that is not known, as those of sparse encoders and of other packages.
    ///
    /// The folders in which the package keeps its classes have changed; the class's own name has not.
    var kind: String? {
        let parts = type.split(separator: ".").map(String.init)
        guard parts.count >= 3, parts[0] == "sentence_transformers", let name = parts.last, Self.kinds.contains(name) else { return nil }
        let folders = parts[1..<(parts.count - 1)]
        return folders.allSatisfy { ["models", "base", "modules", "sentence_transformer", name, name.lowercased()].contains($0) }
            ? name : nil
    }

    /// The place of a file in a folder of the model.
    static func place(_ file: String, in folder: String) -> String { folder.isEmpty ? file : folder + "/" + file }

    /// The modules of a model in their order.
    ///
    /// - Throws: `ModelError.vectors` for entries without type, or with a path that leads elsewhere; `JSONError`.
    static func list(_ assets: Assets) throws -> [SentenceModule] {
        try list(assets.json("modules.json"), file: assets.label("modules.json"))
    }

    /// The modules of a document.
    static func list(_ document: JSON, file: String) throws(ModelError) -> [SentenceModule] {
        guard let entries = document.array else {
            throw .vectors(file: file, entry: nil, problem: "expected an array of modules, found \(document.brief)")
        }
        var modules: [SentenceModule] = []
        for (place, entry) in entries.enumerated() {
            guard let type = entry["type"]?.string else {
                throw .vectors(
                    file: file, entry: "[\(place)].type",
                    problem: "expected the name of a class, found \(entry["type"]?.brief ?? "nothing")")
            }
            guard var path = entry["path"]?.string else {
                throw .vectors(
                    file: file, entry: "[\(place)].path",
                    problem: "expected a folder of the model, found \(entry["path"]?.brief ?? "nothing")")
            }
            while path.hasPrefix("./") { path.removeFirst(2) }
            while path.hasSuffix("/") { path.removeLast() }
            if path == "." { path = "" }
            if !path.isEmpty, let rule = path.contains("/") ? "leads more than one folder down" : FileRules.violation(ofPath: path) {
                throw .vectors(file: file, entry: "[\(place)].path", problem: "the path \"\(printable(path))\" is refused: it \(rule)")
            }
            modules.append(SentenceModule(type: type, path: path))
        }
        return modules
    }

    /// The folder of the transformer, where it has one of its own, as `0_Transformer`.
    static func transformerFolder(_ modules: [SentenceModule]) -> String? {
        guard let first = modules.first, first.kind == "Transformer", !first.path.isEmpty else { return nil }
        return first.path
    }
}
