public import ZooTensor

/// The families that a program knows: an explicit list, made once at start.
public struct Registry: Sendable {
    /// The families in the order of registration.
    public let families: [any ModelFamily.Type]

    /// - Throws: `ModelError.duplicateFamily` when two families share an identifier or a model type.
    public init(_ families: [any ModelFamily.Type]) throws(ModelError) {
        var names: Set<String> = []
        for family in families {
            guard names.insert(family.identifier).inserted else { throw .duplicateFamily(identifier: family.identifier) }
        }
        var types: Set<String> = []
        for family in families {
            for type in family.modelTypes where !types.insert(type).inserted { throw .duplicateFamily(identifier: type) }
        }
        self.families = families
    }

    /// The identifiers, sorted.
    public var identifiers: [String] { families.map { $0.identifier }.sorted() }

    /// The family with an identifier.
    public func family(named name: String) throws(ModelError) -> any ModelFamily.Type {
        for family in families where family.identifier == name { return family }
        throw .familyNotRegistered(name: name, known: identifiers)
    }

    /// The family that an upstream `config.json` belongs to, and the document in the form of `transformers`.
    public func description(of configuration: JSON, file: String) throws(ModelError) -> (family: String, configuration: JSON) {
        let family = try family(of: configuration, file: file)
        guard let object = configuration.object else { return (family.identifier, configuration) }
        return (family.identifier, .object(try family.translated(object, file: file)))
    }

    /// The family that an upstream `config.json` belongs to.
    public func family(of configuration: JSON, file: String) throws(ModelError) -> any ModelFamily.Type {
        for family in families where family.recognises(configuration) { return family }
        guard let type = configuration["model_type"]?.string else {
            throw .configuration(
                file: file, key: "model_type", expected: "a text that names the architecture",
                found: configuration["model_type"]?.text ?? "nothing")
        }
        throw .unknownFamily(modelType: type, file: file, known: families.flatMap { $0.modelTypes }.sorted())
    }
}
