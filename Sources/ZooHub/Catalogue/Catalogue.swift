public import ModelZoo
import ZooTensor

/// The models that this program knows by name, and where each can be had. It is part of the program: `zoo/catalog.json`.
public struct Catalogue: Sendable, Hashable {
    /// One model.
    public struct Entry: Sendable, Hashable {
        /// The name to fetch it by.
        public let name: String
        /// What it is, in a line.
        public let summary: String
        /// The family's identifier.
        public let family: String
        /// What it does.
        public let task: String
        /// The number of parameters.
        public let parameters: Int
        /// The licence's SPDX identifier.
        public let licence: String
        /// About how many bytes are fetched.
        public let byteCount: Int
        /// Where it can be had, the first choice first.
        public let sources: [SourceAddress]
        /// The digest of the weights that any source must give; nil takes what the first source's own index says.
        public let weights: Digest?
    }

    /// The models, ordered by name.
    public let entries: [Entry]

    static let formatVersion = 1

    /// Reads a catalogue strictly.
    ///
    /// - Parameter file: what errors name.
    /// - Throws: `SourceError.document`.
    public init(decoding bytes: [UInt8], file: String) throws(SourceError) {
        var reader = try MemberReader(document: bytes, file: file)
        let version = try reader.integer("format_version")
        guard version == Self.formatVersion else {
            throw reader.wrong("format_version", "expected \(Self.formatVersion), found \(version)")
        }
        var entries: [Entry] = []
        for var member in try reader.readers("models") {
            let name = try member.string("name")
            guard (try? ModelReference(name: name)) != nil else {
                throw member.wrong("name", "\"\(printable(name))\" is not the name of a model")
            }
            if let last = entries.last, last.name >= name { throw member.wrong("name", "\(name) is not in order, each name once") }
            var sources: [SourceAddress] = []
            for text in try member.strings("sources") { sources.append(try SourceAddress(text)) }
            guard !sources.isEmpty else { throw member.wrong("sources", "expected one at least") }
            entries.append(
                Entry(
                    name: name, summary: try member.string("summary"), family: try member.string("family"),
                    task: try member.string("task"), parameters: try member.integer("parameters", atLeast: 1),
                    licence: try member.string("licence"), byteCount: try member.integer("size", atLeast: 1), sources: sources,
                    weights: try member.optionalDigest("weights")))
            try member.finish()
        }
        try reader.finish()
        self.entries = entries
    }

    /// The entry of a name.
    public func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }
}
