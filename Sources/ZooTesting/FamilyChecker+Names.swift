import ModelZoo
import ZooNN
import ZooTensor

/// Whether a family recognises its own configurations and no others.
func recognition<Family: ModelFamily>(_ family: Family.Type, _ configuration: JSON, file: String) -> Finding {
    var problems: [String] = []
    guard let object = configuration.object else { return .failed(["config.json is no object"]) }
    func with(modelType: String?) -> JSON {
        var changed = object
        changed["model_type"] = modelType.map { .string($0) }
        return .object(changed)
    }
    do {
        let found = try Registry([family]).description(of: configuration, file: file)
        if found.family != family.identifier { problems.append("the fixture's configuration belongs to \"\(printable(found.family))\"") }
    } catch {
        problems.append("the fixture's configuration is not recognised: \(error)")
    }
    if family.modelTypes.isEmpty { problems.append("there are no model types") }
    for type in family.modelTypes.sorted() where !family.recognises(with(modelType: type)) {
        problems.append("the model type \"\(printable(type))\" is not recognised")
    }
    for type in family.modelTypes.sorted() {
        for other in [type + "-of-another-family", "another-" + type] where family.recognises(with(modelType: other)) {
            problems.append("the model type \"\(printable(other))\" is recognised")
        }
    }
    for (name, other) in [("an empty object", JSON.object([:])), ("null", .null), ("a list", .array([configuration]))]
    where family.recognises(other) {
        problems.append("\(name) is recognised")
    }
    let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    if family.identifier.isEmpty || !family.identifier.allSatisfy(letters.contains) {
        problems.append("the identifier \"\(printable(family.identifier))\" is not made of small letters, digits, dashes and underscores")
    }
    if family.summary.isEmpty || family.summary.contains(where: \.isNewline) { problems.append("the summary is not one line") }
    return Finding(problems, otherwise: "model type \(family.modelTypes.sorted().joined(separator: ", "))")
}

/// Whether the tables of names and the fixture's header are a bijection.
func names<Family: ModelFamily>(_ family: Family.Type, _ fixture: FamilyFixture, _ document: JSON) throws -> Finding {
    let file = fixture.assets.label("config.json")
    var reader = try ConfigurationReader(document, file: file)
    reader = try ConfigurationReader(.object(try family.translated(reader.json, file: file)), file: file)
    let configuration = try Family.Configuration(reader)
    let classes = reader.json["id2label"]?.object?.count ?? reader.json["num_labels"]?.integer ?? 2
    let schema = Schema.build { scope in
        let head = family.classifier(configuration, classes: classes, scope)
        return (head, Family.Model(configuration, reading: head.reading, scope))
    }.schema
    let checkpoint = try Checkpoint(files: fixture.assets.paths)

    var problems = family.names.conflicts(schema)
    let parameters = Dictionary(uniqueKeysWithValues: schema.parameters.map { ($0.path, $0) })
    var given: [ParameterPath: String] = [:]
    for name in checkpoint.names {
        switch family.names.resolve(name) {
        case .unknown: problems.append("no entry knows the tensor \"\(printable(name))\"")
        case .ignored: continue
        case .fused(let paths):
            // Such an entry is for reading alone: what is written would have no name.
            problems.append("\"\(printable(name))\" holds \(paths.count) parameters, which belongs into a further layout")
        case .parameter(let path):
            guard let parameter = parameters[path] else {
                problems.append("\"\(printable(name))\" stands for \(path), which the model does not declare")
                continue
            }
            if let other = given.updateValue(name, forKey: path) {
                problems.append("\"\(printable(other))\" and \"\(printable(name))\" are both \(path)")
            }
            if let upstream = family.names.upstream(path, withHead: true), upstream != name {
                problems.append("\(path) is \"\(printable(name))\" in the fixture and would be written as \"\(upstream)\"")
            }
            let shape = try checkpoint.shape(of: name)
            if shape != parameter.shape { problems.append("\(path) is declared as \(parameter.shape), the fixture has \(shape)") }
        }
    }
    for parameter in schema.parameters where given[parameter.path] == nil {
        problems.append("the fixture has no tensor for \(parameter.path)")
    }
    for (number, layout) in family.otherNames.enumerated() {
        problems += clashes(layout, family.names, schema).map { "further layout \(number + 1): \($0)" }
    }
    return Finding(
        problems,
        otherwise: "\(schema.parameters.count) parameters, \(checkpoint.names.count) tensors, "
            + "\(family.otherNames.count) further layout\(family.otherNames.count == 1 ? "" : "s")")
}

/// What is ambiguous in a table that is for reading alone: it need not know every parameter, but each name must stand for one.
private func clashes(_ layout: NameMap, _ main: NameMap, _ schema: Schema) -> [String] {
    var problems: [String] = []
    var seen: [String: ParameterPath] = [:]
    for parameter in schema.parameters {
        guard let name = layout.upstream(parameter.path, withHead: true) else { continue }
        if let other = seen.updateValue(parameter.path, forKey: name) {
            problems.append("\(other) and \(parameter.path) are both \"\(name)\"")
        }
        if layout.resolve(name) != .parameter(parameter.path) { problems.append("\"\(name)\" does not lead back to \(parameter.path)") }
        if case .parameter(let other) = main.resolve(name), other != parameter.path {
            problems.append("\"\(name)\" is \(parameter.path) there and \(other) in the family's own table")
        }
    }
    if seen.isEmpty { problems.append("it names no parameter of the model") }
    return problems
}
