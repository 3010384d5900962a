import ZooTensor

extension Manifest {
    /// The canonical bytes: sorted keys, one form per value, a newline at the end.
    public func encoded() -> [UInt8] {
        var object: JSONObject = [
            "format_version": .integer(Self.formatVersion),
            "name": .string(name),
            "family": .string(family),
            "minimum_core_version": .string(minimumCoreVersion.description),
            "task": .string(task),
            "files": .array(
                files.map {
                    .object(["name": .string($0.name), "size": .integer($0.byteCount), "digest": .string($0.digest.description)])
                }),
        ]
        object["source"] = source.map { .string($0) }
        object["revision"] = revision.map { .string($0) }
        object["licence"] = licence.map { .string($0) }
        if !labels.isEmpty { object["labels"] = .array(labels.map { .string($0) }) }
        if metrics.count > 0 { object["metrics"] = .object(metrics) }
        if let provenance {
            var member: JSONObject = ["configuration": .object(provenance.configuration)]
            member["base"] = provenance.base.map { .string($0.description) }
            member["data"] = provenance.data.map { .string($0.description) }
            object["provenance"] = .object(member)
        }
        var bytes = JSON.object(object).serialized(pretty: true, sortedKeys: true)
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        return bytes
    }

    /// Reads a manifest strictly: unknown keys, wrong types and bytes other than the canonical ones are refused.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `BundleError`; `tooNew` when the manifest asks for a newer version of the format or of this package.
    public init(decoding bytes: [UInt8], file: String) throws(BundleError) {
        guard bytes.count <= FileRules.maximumManifestBytes else {
            throw .limit(
                file: file, entry: FileRules.manifestName, what: "size of the manifest in bytes", found: bytes.count,
                limit: FileRules.maximumManifestBytes)
        }
        let document: JSON
        do {
            document = try JSON.parse(bytes, file: file)
        } catch {
            throw .manifest(file: file, key: FileRules.manifestName, reason: error.message)
        }
        guard let object = document.object else {
            throw .manifest(file: file, key: FileRules.manifestName, reason: "expected an object, found \(document.kindName)")
        }
        // Versions first: a newer format may differ in everything else.
        var reader = MemberReader(object: object, path: "", file: file)
        let version = try reader.integer("format_version")
        guard version <= Self.formatVersion else {
            throw .tooNew(file: file, needs: "manifest format \(version)", has: "format \(Self.formatVersion)")
        }
        guard version == Self.formatVersion else {
            throw .manifest(file: file, key: "format_version", reason: "expected \(Self.formatVersion), found \(version)")
        }
        let core = try reader.string("minimum_core_version")
        guard let minimum = CoreVersion(core) else {
            throw .manifest(
                file: file, key: "minimum_core_version", reason: "expected three numbers as 0.1.0, found \"\(printable(core))\"")
        }
        guard minimum <= .current else { throw .tooNew(file: file, needs: "version \(minimum)", has: "version \(CoreVersion.current)") }

        self.init(name: try reader.string("name"), family: try reader.string("family"), task: try reader.string("task"))
        minimumCoreVersion = minimum
        source = try reader.optionalString("source")
        revision = try reader.optionalString("revision")
        licence = try reader.optionalString("licence")
        metrics = try reader.optionalObject("metrics") ?? [:]
        for (index, label) in (try reader.optionalArray("labels") ?? []).enumerated() {
            guard let text = label.string else {
                throw .manifest(file: file, key: "labels[\(index)]", reason: "expected a string, found \(label.kindName)")
            }
            labels.append(text)
        }
        for (index, value) in try reader.array("files").enumerated() {
            guard let member = value.object else {
                throw .manifest(file: file, key: "files[\(index)]", reason: "expected an object, found \(value.kindName)")
            }
            var entry = MemberReader(object: member, path: "files[\(index)].", file: file)
            let size = try entry.integer("size")
            guard size >= 0 else { throw .manifest(file: file, key: "files[\(index)].size", reason: "expected at least 0, found \(size)") }
            files.append(File(name: try entry.string("name"), byteCount: size, digest: try entry.digest("digest")))
            try entry.finish()
        }
        if let member = try reader.optionalObject("provenance") {
            var entry = MemberReader(object: member, path: "provenance.", file: file)
            provenance = Provenance(
                base: try entry.optionalDigest("base"), data: try entry.optionalDigest("data"),
                configuration: try entry.optionalObject("configuration") ?? [:])
            try entry.finish()
        }
        try reader.finish()
        try check(file: file)
        guard encoded() == bytes else {
            throw .manifest(
                file: file, key: FileRules.manifestName,
                reason: "the bytes are not the canonical ones: sorted keys, two spaces of indentation, no empty optional keys")
        }
    }
}

/// Reads the members of an object and remembers which, so that unknown keys are noticed.
private struct MemberReader {
    let object: JSONObject
    let path: String
    let file: String
    private var known: Set<String> = []

    init(object: JSONObject, path: String, file: String) {
        self.object = object
        self.path = path
        self.file = file
    }

    private mutating func optional<T>(_ key: String, _ expected: String, _ read: (JSON) -> T?) throws(BundleError) -> T? {
        known.insert(key)
        guard let value = object[key] else { return nil }
        guard let result = read(value) else {
            throw .manifest(file: file, key: path + key, reason: "expected \(expected), found \(value.kindName)")
        }
        return result
    }

    private func require<T>(_ key: String, _ value: T?) throws(BundleError) -> T {
        guard let value else { throw .manifest(file: file, key: path + key, reason: "the key is missing") }
        return value
    }

    mutating func string(_ key: String) throws(BundleError) -> String { try require(key, try optionalString(key)) }
    mutating func optionalString(_ key: String) throws(BundleError) -> String? { try optional(key, "a string") { $0.string } }
    mutating func optionalObject(_ key: String) throws(BundleError) -> JSONObject? { try optional(key, "an object") { $0.object } }
    mutating func optionalArray(_ key: String) throws(BundleError) -> [JSON]? { try optional(key, "an array") { $0.array } }
    mutating func array(_ key: String) throws(BundleError) -> [JSON] { try require(key, try optionalArray(key)) }

    mutating func integer(_ key: String) throws(BundleError) -> Int {
        let value = try optional(key, "a whole number") { if case .integer(let number) = $0 { number } else { nil } }
        return try require(key, value)
    }

    mutating func optionalDigest(_ key: String) throws(BundleError) -> Digest? {
        guard let text = try optionalString(key) else { return nil }
        guard let digest = Digest(text) else {
            throw .manifest(
                file: file, key: path + key, reason: "expected sha256: and 64 lower-case hexadecimal digits, found \"\(printable(text))\"")
        }
        return digest
    }

    mutating func digest(_ key: String) throws(BundleError) -> Digest { try require(key, try optionalDigest(key)) }

    func finish() throws(BundleError) {
        if let key = object.keys.first(where: { !known.contains($0) }) {
            throw .manifest(
                file: file, key: path + key, reason: "the key is unknown, expected only \(known.sorted().joined(separator: ", "))")
        }
    }
}

extension JSON {
    /// The kind of value in words, for messages.
    var kindName: String {
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
