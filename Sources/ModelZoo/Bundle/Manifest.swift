public import ZooTensor

/// What a model is and which files it consists of: the first entry of a bundle, and what the store keeps under a name and tag.
///
/// It holds no time and nothing of the machine: the same input gives the same bytes, and the digest of these bytes is the model's.
public struct Manifest: Sendable, Hashable {
    /// One file of a model.
    public struct File: Sendable, Hashable {
        /// The plain name, as `config.json` or `1_Pooling/config.json`.
        public let name: String
        /// The size in bytes.
        public let byteCount: Int
        /// The digest of the content.
        public let digest: Digest

        /// A file of its parts; the name is checked by ``Manifest/check(file:)``.
        public init(name: String, byteCount: Int, digest: Digest) {
            self.name = name
            self.byteCount = byteCount
            self.digest = digest
        }
    }

    /// What a model was made from.
    public struct Provenance: Sendable, Hashable {
        /// The digest of the base model's manifest.
        public var base: Digest?
        /// The digest of the training data.
        public var data: Digest?
        /// What the training data is called: a file's or a folder's name without its path.
        public var dataName: String?
        /// The number of examples in the training data.
        public var dataCount: Int?
        /// The full configuration of the run, without paths and times.
        public var configuration: JSONObject

        /// A provenance of its parts.
        public init(
            base: Digest? = nil, data: Digest? = nil, dataName: String? = nil, dataCount: Int? = nil, configuration: JSONObject = [:]
        ) {
            self.base = base
            self.data = data
            self.dataName = dataName
            self.dataCount = dataCount
            self.configuration = configuration
        }
    }

    /// The version of the format that this code writes and reads.
    public static let formatVersion = 1

    /// The name it was packed under. An installed model goes by its reference, which may differ.
    public var name: String
    /// The identifier of the model's family, as `bert`.
    public var family: String
    /// The oldest version of this package that can load the model.
    public var minimumCoreVersion = CoreVersion(major: 0, minor: 1, patch: 0)
    /// Where the files came from, as `org/name`.
    public var source: String?
    /// The upstream revision.
    public var revision: String?
    /// The licence's SPDX identifier, as the model card gives it.
    public var licence: String?
    /// The files in the order of the bundle.
    public var files: [File] = []
    /// What the model does: `features`, `text-classification`, …
    public var task: String
    /// The names of the classes, in the order of the outputs.
    public var labels: [String] = []
    /// Measured numbers, free in form.
    public var metrics: JSONObject = [:]
    /// What a fine-tuned model was made from.
    public var provenance: Provenance?

    /// A manifest without files.
    public init(name: String, family: String, task: String) {
        self.name = name
        self.family = family
        self.task = task
    }

    /// The sum of the files' sizes.
    public var byteCount: Int { files.reduce(0) { $0 &+ $1.byteCount } }

    /// The digest of the canonical bytes.
    public var digest: Digest { Digest(hashing: encoded()) }

    /// The digest of all but the name it was packed under: the same for the same model under two names.
    public var contentDigest: Digest {
        var copy = self
        copy.name = "model"
        return copy.digest
    }

    /// The file of a name.
    public func file(named name: String) -> File? { files.first { $0.name == name } }

    /// Throws when a value breaks a rule of the format; `file` is what errors name.
    public func check(file: String) throws(BundleError) {
        if let rule = ModelReference.violation(of: name) { throw .manifest(file: file, key: "name", reason: "the name \(rule)") }
        if let rule = ModelReference.violation(of: family) { throw .manifest(file: file, key: "family", reason: "the family \(rule)") }
        guard files.count <= FileRules.maximumFiles else {
            throw .limit(file: file, entry: "files", what: "number of files", found: files.count, limit: FileRules.maximumFiles)
        }
        for label in labels {
            if let rule = LabelRule.violation(of: label) {
                throw .manifest(file: file, key: "labels", reason: "the label \"\(printable(label))\" \(rule)")
            }
        }
        var total = 0
        for (index, entry) in files.enumerated() {
            if let rule = FileRules.violation(ofPath: entry.name) { throw .entryName(file: file, entry: entry.name, rule: rule) }
            guard !FileRules.isSameName(entry.name, FileRules.manifestName) else {
                throw .entryName(file: file, entry: entry.name, rule: "is the name of the manifest itself")
            }
            guard FileRules.isAllowedType(entry.name) else { throw .fileType(file: file, entry: entry.name) }
            // Each with each: the files are few.
            if let other = files[..<index].last(where: { FileRules.isSameName($0.name, entry.name) })?.name {
                throw .entryName(
                    file: file, entry: entry.name,
                    rule: other == entry.name ? "is declared twice" : "differs from \"\(printable(other))\" only by upper and lower case")
            }
            let sum = total.addingReportingOverflow(entry.byteCount)
            guard entry.byteCount >= 0, !sum.overflow, sum.partialValue <= FileRules.maximumBytes else {
                throw .limit(
                    file: file, entry: entry.name, what: "sum of the files' sizes", found: sum.overflow ? .max : sum.partialValue,
                    limit: FileRules.maximumBytes)
            }
            total = sum.partialValue
        }
        for entry in files {
            guard let slash = entry.name.utf8.firstIndex(of: UInt8(ascii: "/")) else { continue }
            let folder = String(entry.name[..<slash])
            if let clash = files.first(where: { FileRules.isSameName($0.name, folder) }) {
                throw .entryName(file: file, entry: clash.name, rule: "is the name of a folder too")
            }
        }
    }
}
