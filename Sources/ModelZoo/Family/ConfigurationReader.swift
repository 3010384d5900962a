public import ZooTensor

/// Reads the values of an upstream `config.json`, each with a default and the range that makes sense.
public struct ConfigurationReader: Sendable {
    /// The document.
    public let json: JSONObject
    /// The file, for messages.
    public let file: String

    /// Keys that make other programs load and run code. They have no effect here and are reported.
    public static let codeKeys = ["auto_map", "trust_remote_code", "_attn_implementation_internal", "custom_pipelines"]

    public init(_ json: JSON, file: String) throws(ModelError) {
        guard let object = json.object else { throw .configuration(file: file, key: "", expected: "an object", found: json.kindName) }
        self.json = object
        self.file = file
    }

    /// The keys found that are ignored because they name code.
    public var ignoredCodeKeys: [String] { ConfigurationReader.codeKeys.filter { json[$0] != nil } }

    private func bad(_ key: String, _ expected: String) -> ModelError {
        .configuration(file: file, key: key, expected: expected, found: json[key].map { printable($0.text, limit: 60) } ?? "nothing")
    }

    /// A whole number in a range; null and absence give the default.
    public func integer(_ key: String, default standard: Int? = nil, in range: ClosedRange<Int>) throws(ModelError) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        switch json[key] {
        case nil, .null?:
            guard let standard else { throw bad(key, expected) }
            return standard
        case .integer(let value)? where range.contains(value): return value
        default: throw bad(key, expected)
        }
    }

    /// A number in a range.
    public func number(_ key: String, default standard: Double? = nil, in range: ClosedRange<Double>) throws(ModelError) -> Double {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        switch json[key] {
        case nil, .null?:
            guard let standard else { throw bad(key, expected) }
            return standard
        case let value?:
            guard let number = value.number, range.contains(number) else { throw bad(key, expected) }
            return number
        }
    }

    /// A probability below 1.
    public func probability(_ key: String, default standard: Double) throws(ModelError) -> Float {
        Float(try number(key, default: standard, in: 0...0.99))
    }

    /// A switch.
    public func bool(_ key: String, default standard: Bool) throws(ModelError) -> Bool {
        switch json[key] {
        case nil, .null?: return standard
        case .bool(let value)?: return value
        default: throw bad(key, "true or false")
        }
    }

    /// One of some words.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) throws(ModelError) -> Choice
    where Choice.RawValue == String {
        switch json[key] {
        case nil, .null?: return standard
        case .string(let text)?:
            if let choice = Choice(rawValue: text) { return choice }
            fallthrough
        default: throw bad(key, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }

    /// One of some words, or nil where there is none.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, of type: Choice.Type) throws(ModelError) -> Choice?
    where Choice.RawValue == String {
        switch json[key] {
        case nil, .null?: return nil
        case .string(let text)?:
            if let choice = Choice(rawValue: text) { return choice }
            fallthrough
        default: throw bad(key, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
    }

    /// Refuses any other value than the given one: for switches of the architecture that the family does not have.
    public func require(_ key: String, _ allowed: JSON) throws(ModelError) {
        if let value = json[key], value != .null, value != allowed { throw bad(key, allowed.text + " (nothing else is supported)") }
    }

    /// Throws unless a condition on a key's value holds.
    public func check(_ condition: Bool, _ key: String, _ expected: String) throws(ModelError) {
        if !condition { throw bad(key, expected) }
    }
}

extension JSON {
    /// The value as JSON text.
    var text: String { String(decoding: serialized(), as: UTF8.self) }
}
