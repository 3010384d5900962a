package import ZooTensor

/// Class names in an upstream configuration.
package enum Labels {
    /// The names in the order of the classes, from `id2label`. Of classes with the same name, as ImageNet's two cranes, the later ones get
    /// their number behind it.
    ///
    /// - Throws: `ModelError.labels` when numbers have gaps or names are empty or not text.
    static func read(_ configuration: JSONObject, file: String) throws(ModelError) -> [String] {
        if let value = configuration["id2label"], value != .null, value.object == nil {
            throw .labels(file: file, problem: "expected an object of class names, found \(value.kindName)")
        }
        if let value = configuration["num_labels"], value != .null, value.integer == nil {
            throw .labels(file: file, problem: "num_labels: expected a whole number, found \(value.text)")
        }
        guard let table = configuration["id2label"]?.object else {
            // Upstream leaves the table out when the classes have no names: `num_labels`, 2 by default.
            let count = configuration["num_labels"]?.integer ?? 2
            guard (1...1_000_000).contains(count) else {
                throw .labels(file: file, problem: "num_labels: expected 1 to 1000000, found \(count)")
            }
            return (0..<count).map { "LABEL_\($0)" }
        }
        guard table.count > 0 else { throw .labels(file: file, problem: "the table of class names is empty") }
        var names = [String?](repeating: nil, count: table.count)
        for (key, value) in table.pairs {
            guard let number = Int(key), String(number) == key else {
                throw .labels(file: file, problem: "expected class numbers as keys, found \"\(printable(key))\"")
            }
            guard names.indices.contains(number) else {
                throw .labels(file: file, problem: "\(table.count) classes need the numbers 0 to \(table.count - 1), found \(number)")
            }
            guard let name = name(value), !name.isEmpty else {
                throw .labels(file: file, problem: "the name of class \(number): expected a text, found \(value.text)")
            }
            if let rule = LabelRule.violation(of: name) {
                throw .labels(file: file, problem: "the name of class \(number) \(rule): \"\(printable(name))\"")
            }
            names[number] = name
        }
        return distinct(names.compactMap { $0 })
    }

    /// The name of a class, which may be written as a number.
    static func name(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number) where number.magnitude < 0x1p63: number.description
        default: nil
        }
    }

    /// The names, each once: the number of the class is put behind one that another class has already.
    static func distinct(_ names: [String]) -> [String] {
        var seen = Set(names)
        guard seen.count < names.count else { return names }
        var first: Set<String> = []
        return names.enumerated().map { number, name in
            if first.insert(name).inserted { return name }
            var result = "\(name) (\(number))"
            while !seen.insert(result).inserted { result += "'" }
            return result
        }
    }

    /// The members of an upstream configuration that name classes.
    package static func members(_ labels: [String]) -> (id2label: JSON, label2id: JSON) {
        var names = JSONObject()
        var numbers = JSONObject()
        for (number, label) in labels.enumerated() {
            names[String(number)] = .string(label)
            numbers[label] = .integer(number)
        }
        return (.object(names), .object(numbers))
    }
}
