import ZooTensor

/// Reads the settings of one file of sentence-transformers, and refuses those that nobody knows.
struct SettingsReader {
    private let assets: Assets
    private let name: String
    private let object: JSONObject

    /// - Throws: `ModelError.missingFile`, `ModelError.vectors` when it holds no object.
    init(_ assets: Assets, _ name: String) throws {
        self.assets = assets
        self.name = name
        let document = try assets.json(name)
        guard let object = document.object else {
            throw ModelError.vectors(file: assets.label(name), entry: nil, problem: "expected an object, found \(document.brief)")
        }
        self.object = object
    }

    /// The error of a setting.
    func bad(_ key: String, _ expected: String) -> ModelError {
        .vectors(
            file: assets.label(name), entry: key,
            problem: "expected \(expected), found \(object[key].map { printable($0.serializedText(), limit: 60) } ?? "nothing")")
    }

    /// A setting that is there, and not null.
    func value(_ key: String) -> JSON? { object[key] == .null ? nil : object[key] }

    /// Throws when there are settings but those named: what is not known would change the vectors unseen.
    func checkKeys(_ known: Set<String>) throws(ModelError) {
        for (key, value) in object.pairs where !known.contains(key) && value != .null {
            throw .vectors(
                file: assets.label(name), entry: key,
                problem: "no such setting is known; known are " + known.sorted().joined(separator: ", "))
        }
    }

    /// Throws when a setting has another value than the one that has no effect.
    func require(_ key: String, _ isAllowed: (JSON) -> Bool, _ expected: String) throws(ModelError) {
        if let value = value(key), !isAllowed(value) { throw bad(key, expected + " (nothing else is supported)") }
    }

    func bool(_ key: String, default standard: Bool) throws(ModelError) -> Bool {
        guard let value = value(key) else { return standard }
        guard let flag = value.bool else { throw bad(key, "true or false") }
        return flag
    }

    func count(_ key: String) throws(ModelError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.integer, number >= 1 else { throw bad(key, "a whole number from 1 on") }
        return number
    }
}
