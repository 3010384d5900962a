public import ModelZoo
import ZooTensor

/// What a mirror has: each model's manifest with its digest and size, and what a person searches by.
public struct Index: Sendable, Hashable {
    /// One model.
    public struct Entry: Sendable, Hashable {
        /// The name and tag.
        public let reference: ModelReference
        /// The digest of the manifest, which stands for all of the model.
        public let digest: Digest
        /// The size of the manifest in bytes.
        public let manifestByteCount: Int
        /// The sum of the files' sizes in bytes.
        public let byteCount: Int
        /// The family's identifier.
        public let family: String
        /// What the model does.
        public let task: String
        /// The licence, as the manifest gives it.
        public let licence: String?

        /// The entry of a manifest.
        public init(_ manifest: Manifest, as reference: ModelReference) {
            let bytes = manifest.encoded()
            self.reference = reference
            digest = Digest(hashing: bytes)
            manifestByteCount = bytes.count
            byteCount = manifest.byteCount
            family = manifest.family
            task = manifest.task
            licence = manifest.licence
        }

        fileprivate init(_ reader: inout MemberReader<TrustError>) throws(TrustError) {
            let name = try reader.string("name")
            let tag = try reader.string("tag")
            guard let reference = try? ModelReference(name: name, tag: tag) else {
                throw reader.wrong("name", "\"\(printable(name)):\(printable(tag))\" is not a name and tag")
            }
            self.reference = reference
            digest = try reader.digest("manifest")
            manifestByteCount = try reader.integer("manifest_size", atLeast: 1)
            guard manifestByteCount <= FileRules.maximumManifestBytes else {
                throw reader.wrong("manifest_size", "expected at most \(FileRules.maximumManifestBytes), found \(manifestByteCount)")
            }
            byteCount = try reader.integer("size", atLeast: 0)
            guard byteCount <= FileRules.maximumBytes else {
                throw reader.wrong("size", "expected at most \(FileRules.maximumBytes), found \(byteCount)")
            }
            family = try reader.string("family")
            task = try reader.string("task")
            licence = try reader.optionalString("licence")
            try reader.finish()
        }

        fileprivate var json: JSON {
            var object: JSONObject = [
                "name": .string(reference.name), "tag": .string(reference.tag), "manifest": .string(digest.description),
                "manifest_size": .integer(manifestByteCount), "size": .integer(byteCount), "family": .string(family),
                "task": .string(task),
            ]
            object["licence"] = licence.map { .string($0) }
            return .object(object)
        }

        /// Reads the manifest that a server gives for this entry.
        ///
        /// - Throws: `TrustError.mismatch` unless it is the one that the index means, `BundleError`.
        public func manifest(_ bytes: [UInt8], file: String) throws -> Manifest {
            guard bytes.count == manifestByteCount else {
                throw TrustError.mismatch(
                    file: file, what: "manifest's size", expected: "\(manifestByteCount) bytes", found: "\(bytes.count)")
            }
            let found = Digest(hashing: bytes)
            guard found == digest else {
                throw TrustError.mismatch(file: file, what: "manifest", expected: digest.description, found: found.description)
            }
            let manifest = try Manifest(decoding: bytes, file: file)
            for (what, expected, found) in [
                ("size of the files", "\(byteCount)", "\(manifest.byteCount)"), ("family", family, manifest.family),
                ("task", task, manifest.task), ("licence", licence ?? "none", manifest.licence ?? "none"),
            ] where expected != found {
                throw TrustError.mismatch(file: file, what: what, expected: expected, found: found)
            }
            return manifest
        }
    }

    static let type = "index"
    /// The largest size of a file in bytes.
    static let maximumBytes = 16 << 20

    /// Counts from 1, and only upwards.
    public let version: Int
    /// After this moment a newer one must be there.
    public let expiry: Timestamp
    /// The models, ordered by name and tag.
    public let entries: [Entry]

    /// An index of its parts.
    public init(version: Int, expiry: Timestamp, entries: [Entry]) {
        self.version = version
        self.expiry = expiry
        self.entries = entries.sorted { Self.precedes($0.reference, $1.reference) }
    }

    private static func precedes(_ first: ModelReference, _ second: ModelReference) -> Bool {
        first.name == second.name ? first.tag < second.tag : first.name < second.name
    }

    /// The entry of a name and tag.
    public func entry(_ reference: ModelReference) -> Entry? {
        entries.first { $0.reference.name == reference.name && $0.reference.tag == reference.tag }
    }

    /// The index, to be signed.
    public var document: SignedDocument {
        SignedDocument([
            "type": .string(Self.type), "version": .integer(version), "expires": .string(expiry.description),
            "models": .array(entries.map(\.json)),
        ])
    }

    /// Reads what a document says, without looking at its signatures.
    init(_ document: SignedDocument, file: String) throws(TrustError) {
        var reader = DocumentReader(document, type: Self.type, file: file)
        (version, expiry) = try reader.head()
        var entries: [Entry] = []
        for var member in try reader.members.readers("models") {
            let entry = try Entry(&member)
            if let last = entries.last, !Self.precedes(last.reference, entry.reference) {
                throw member.wrong("name", "\(entry.reference) is not in order, each name and tag once")
            }
            entries.append(entry)
        }
        try reader.finish()
        self.entries = entries
    }
}
