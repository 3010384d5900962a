public import ModelZoo
import ZooTensor

/// The digests that models had when they were first fetched, for those who want the very same ones again: a file to keep beside one's own
/// sources.
///
///     {"format_version": 1, "models": {"minilm": "sha256:…", "tickets:v2": "sha256:…"}}
public struct LockFile: Sendable, Equatable {
    private static let version = 1
    private static let maximumBytes = 1 << 20

    private var digests: [String: Digest] = [:]

    /// An empty one.
    public init() {}

    /// Reads a file; an empty one if it is not there.
    ///
    /// - Throws: `SourceError.document`, `FileError`.
    public init(path: String) throws {
        guard fileKind(path) != nil else { return }
        var reader = try MemberReader(document: readFile(path, limit: Self.maximumBytes), file: path)
        let version = try reader.integer("format_version")
        guard version == Self.version else {
            throw reader.wrong("format_version", "expected \(Self.version), found \(version)")
        }
        let models = try reader.object("models")
        try reader.finish()
        var members = reader.reader(of: models, "models")
        for name in models.keys {
            guard let reference = try? ModelReference(name), reference.digest == nil, reference.description == name else {
                throw members.wrong(name, "expected the name of a model, as minilm or minilm:v2")
            }
            digests[name] = try members.digest(name)
        }
    }

    /// The digest that a model must have, if any.
    public func digest(of reference: ModelReference) -> Digest? { digests[Self.name(reference)] }

    /// Notes the digest of a model.
    public mutating func note(_ digest: Digest, of reference: ModelReference) { digests[Self.name(reference)] = digest }

    /// Writes the file, as a whole or not at all.
    ///
    /// - Throws: `FileError`.
    public func write(to path: String) throws {
        var models: JSONObject = [:]
        for (name, digest) in digests { models[name] = .string(digest.description) }
        let document = JSON.object(["format_version": .integer(Self.version), "models": .object(models)])
        try writeOutput(path, document.serialized(pretty: true, sortedKeys: true) + [UInt8(ascii: "\n")])
    }

    private static func name(_ reference: ModelReference) -> String {
        reference.tag == ModelReference.defaultTag ? reference.name : "\(reference.name):\(reference.tag)"
    }
}
