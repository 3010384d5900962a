package import ZooTensor

/// Reads the members of a JSON object strictly, and remembers which, so that unknown keys are noticed.
package struct MemberReader<Failure: ZooError> {
    private let object: JSONObject
    /// What stands before the keys in errors: a text, and the member of it that this object is. Put together only for an error.
    private let parent: String
    private let place: (key: String, index: Int?)?
    private let failure: (_ key: String, _ reason: String) -> Failure
    /// A bit for each of the first 64 members that was asked for, and the other keys that were.
    private var seen: UInt64 = 0
    private var others: [String] = []

    /// - Parameters:
    ///   - path: what stands before the keys in errors, as `files[3].`.
    ///   - failure: the error for a key and what is wrong with it.
    package init(_ object: JSONObject, path: String = "", failure: @escaping (_ key: String, _ reason: String) -> Failure) {
        self.init(object, parent: path, place: nil, failure: failure)
    }

    private init(
        _ object: JSONObject, parent: String, place: (key: String, index: Int?)?,
        failure: @escaping (_ key: String, _ reason: String) -> Failure
    ) {
        self.object = object
        self.parent = parent
        self.place = place
        self.failure = failure
    }

    private var path: String {
        guard let place else { return parent }
        return parent + place.key + (place.index.map { "[\($0)]" } ?? "") + "."
    }

    /// The reader of a member of this object.
    package func reader(of object: JSONObject, _ key: String) -> MemberReader { reader(of: object, (key, nil)) }

    private func reader(of object: JSONObject, _ place: (key: String, index: Int?)) -> MemberReader {
        MemberReader(object, parent: path, place: place, failure: failure)
    }

    /// The error that tells what is wrong with a key.
    package func wrong(_ key: String, _ reason: String) -> Failure { failure(path + key, reason) }

    private mutating func optional<T>(_ key: String, _ expected: String, _ read: (JSON) -> T?) throws(Failure) -> T? {
        let position = object.position(key)
        if let position, position < 64 { seen |= 1 << UInt64(position) } else { others.append(key) }
        guard let position else { return nil }
        let value = object.members[position].value
        guard let result = read(value) else { throw wrong(key, "expected \(expected), found \(value.kindName)") }
        return result
    }

    private func require<T>(_ key: String, _ value: T?) throws(Failure) -> T {
        guard let value else { throw wrong(key, "the key is missing") }
        return value
    }

    package mutating func string(_ key: String) throws(Failure) -> String { try require(key, try optionalString(key)) }
    package mutating func optionalString(_ key: String) throws(Failure) -> String? { try optional(key, "a string") { $0.string } }
    package mutating func object(_ key: String) throws(Failure) -> JSONObject { try require(key, try optionalObject(key)) }
    package mutating func optionalObject(_ key: String) throws(Failure) -> JSONObject? { try optional(key, "an object") { $0.object } }
    package mutating func array(_ key: String) throws(Failure) -> [JSON] { try require(key, try optionalArray(key)) }
    package mutating func optionalArray(_ key: String) throws(Failure) -> [JSON]? { try optional(key, "an array") { $0.array } }
    package mutating func integer(_ key: String) throws(Failure) -> Int { try require(key, try optionalInteger(key)) }
    package mutating func optionalInteger(_ key: String) throws(Failure) -> Int? {
        try optional(key, "a whole number") { if case .integer(let number) = $0 { number } else { nil } }
    }

    /// A whole number of at least `least`.
    package mutating func integer(_ key: String, atLeast least: Int) throws(Failure) -> Int {
        let number = try integer(key)
        guard number >= least else { throw wrong(key, "expected at least \(least), found \(number)") }
        return number
    }

    package mutating func digest(_ key: String) throws(Failure) -> Digest { try require(key, try optionalDigest(key)) }
    package mutating func optionalDigest(_ key: String) throws(Failure) -> Digest? {
        guard let text = try optionalString(key) else { return nil }
        guard let digest = Digest(text) else {
            throw wrong(key, "expected sha256: and 64 lower-case hexadecimal digits, found \"\(printable(text))\"")
        }
        return digest
    }

    /// An array of strings; empty without the key.
    package mutating func strings(_ key: String) throws(Failure) -> [String] {
        var result: [String] = []
        for (index, value) in (try optionalArray(key) ?? []).enumerated() {
            guard let text = value.string else { throw wrong("\(key)[\(index)]", "expected a string, found \(value.kindName)") }
            result.append(text)
        }
        return result
    }

    /// An array of objects, each handed over with its reader.
    package mutating func forEach(_ key: String, _ body: (inout MemberReader) throws(Failure) -> Void) throws(Failure) {
        for (index, value) in try array(key).enumerated() {
            guard let member = value.object else { throw wrong("\(key)[\(index)]", "expected an object, found \(value.kindName)") }
            var entry = reader(of: member, (key, index))
            try body(&entry)
        }
    }

    /// The readers of an array of objects.
    package mutating func readers(_ key: String) throws(Failure) -> [MemberReader] {
        var result: [MemberReader] = []
        try forEach(key) { (entry) throws(Failure) in result.append(entry) }
        return result
    }

    /// The last call: throws if the object has keys that nobody asked for.
    package func finish() throws(Failure) {
        let count = object.count
        if count <= 64, seen == (count == 64 ? .max : 1 << UInt64(count) - 1) { return }
        let known = Set(others + object.keys.prefix(64).enumerated().filter { seen & 1 << UInt64($0.offset) != 0 }.map(\.element))
        if let key = object.keys.first(where: { !known.contains($0) }) {
            throw wrong(printable(key), "the key is unknown, expected only \(known.sorted().joined(separator: ", "))")
        }
    }
}

extension JSON {
    /// The kind of value in words, for messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
