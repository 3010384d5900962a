import ZooTensor

/// Takes typed values out of a JSON document, with errors that name the entry.
struct TokenizerJSONReader {
    let file: String

    func object(_ json: JSON?, _ entry: String) throws(TokenizerError) -> JSONObject {
        guard let value = json?.object else { throw mismatch(json, entry, "an object") }
        return value
    }

    func array(_ json: JSON?, _ entry: String) throws(TokenizerError) -> [JSON] {
        guard let value = json?.array else { throw mismatch(json, entry, "an array") }
        return value
    }

    func string(_ json: JSON?, _ entry: String) throws(TokenizerError) -> String {
        guard let value = json?.string else { throw mismatch(json, entry, "a string") }
        return value
    }

    func bool(_ json: JSON?, _ entry: String) throws(TokenizerError) -> Bool {
        guard let value = json?.bool else { throw mismatch(json, entry, "true or false") }
        return value
    }

    /// A token id.
    func id(_ json: JSON?, _ entry: String) throws(TokenizerError) -> Int32 {
        let value = try integer(json, entry)
        guard let id = Int32(exactly: value), id >= 0 else {
            throw .outOfRange(file: file, entry: entry, value: "\(value)", allowed: "0 to \(Int32.max)")
        }
        return id
    }

    func integer(_ json: JSON?, _ entry: String) throws(TokenizerError) -> Int {
        guard let value = json?.integer else { throw mismatch(json, entry, "an integer") }
        return value
    }

    /// `{"content": …, "lstrip": …}`.
    func addedToken(_ json: JSON, _ entry: String, isSpecial: Bool) throws(TokenizerError) -> AddedToken {
        let object = try object(json, entry)
        func flag(_ key: String) throws(TokenizerError) -> Bool? {
            guard let value = object[key] else { return nil }
            return try bool(value, "\(entry).\(key)")
        }
        return AddedToken(
            try string(object["content"], "\(entry).content"), isSingleWord: try flag("single_word") ?? false,
            stripsLeft: try flag("lstrip") ?? false, stripsRight: try flag("rstrip") ?? false, isNormalized: try flag("normalized"),
            isSpecial: try flag("special") ?? isSpecial)
    }

    /// The `type` of a component, which must be one of `supported`.
    func type(_ json: JSON?, _ entry: String, _ supported: [String]) throws(TokenizerError) -> String {
        guard let json, json != .null else {
            throw .unsupported(file: file, entry: entry, found: "null", supported: supported)
        }
        let name = try string(try object(json, entry)["type"], "\(entry).type")
        guard supported.contains(name) else { throw .unsupported(file: file, entry: entry, found: name, supported: supported) }
        return name
    }

    func kind(_ json: JSON) -> String {
        switch json {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    private func mismatch(_ json: JSON?, _ entry: String, _ expected: String) -> TokenizerError {
        guard let json else { return .missingValue(file: file, entry: entry, expected: expected) }
        return .wrongType(file: file, entry: entry, expected: expected, found: kind(json))
    }
}
