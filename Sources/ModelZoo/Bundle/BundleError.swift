public import ZooTensor

/// Errors of bundles, manifests and foreign archives. `file` is the bundle, `entry` the archive entry or manifest key.
public enum BundleError: ZooError, Equatable {
    /// Another format than tar, or compressed otherwise.
    case format(file: String, found: String)
    /// libarchive cannot read on.
    case damaged(file: String, entry: String?, reason: String)
    /// Something follows the end of the archive.
    case trailing(file: String)
    /// A name breaks a rule for plain names.
    case entryName(file: String, entry: String, rule: String)
    /// An entry is no regular file.
    case entryKind(file: String, entry: String, found: String)
    /// The first entry is not the manifest.
    case manifestMissing(file: String, found: String?)
    /// A manifest breaks a rule of its format.
    case manifest(file: String, key: String?, reason: String)
    /// The manifest asks for a newer format or version.
    case tooNew(file: String, needs: String, has: String)
    /// An entry other than the one declared next.
    case unexpected(file: String, entry: String, expected: String?)
    /// The archive ends before a declared file.
    case missing(file: String, entry: String)
    /// A file has another size than declared.
    case size(file: String, entry: String, expected: Int, found: Int?)
    /// A file has other content than declared.
    case hash(file: String, entry: String, expected: Digest, found: Digest)
    /// The type of a file is not on the allow-list.
    case fileType(file: String, entry: String)
    /// The first bytes of a file show another type than its name.
    case content(file: String, entry: String, found: String)
    /// Something is larger than a set limit.
    case limit(file: String, entry: String?, what: String, found: Int, limit: Int)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .format: "bundle.format"
        case .damaged: "bundle.damaged"
        case .trailing: "bundle.trailing_bytes"
        case .entryName: "bundle.entry_name"
        case .entryKind: "bundle.entry_kind"
        case .manifestMissing: "bundle.manifest_missing"
        case .manifest: "bundle.manifest"
        case .tooNew: "bundle.too_new"
        case .unexpected: "bundle.unexpected_entry"
        case .missing: "bundle.missing_entry"
        case .size: "bundle.size"
        case .hash: "bundle.hash_mismatch"
        case .fileType: "bundle.file_type"
        case .content: "bundle.content"
        case .limit: "bundle.limit"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        if case .tooNew = self { .incompatible } else { .format }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .format(_, let found): "expected a tar archive, plain or with gzip or zstd, found \(found)"
        case .damaged(_, _, let reason): "the archive is damaged: \(printable(reason))"
        case .trailing: "the archive goes on after its end: nothing but zero bytes may follow"
        case .entryName(_, _, let rule): "the entry's name is refused: it \(rule)"
        case .entryKind(_, _, let found): "expected a regular file, found \(found)"
        case .manifestMissing(_, let found):
            "expected manifest.json as the first entry, found " + (found.map { "\"\(printable($0))\"" } ?? "an empty archive")
        case .manifest(_, _, let reason): "the manifest is not valid: \(reason)"
        case .tooNew(_, let needs, let has): "the model needs a newer zoo: it asks for \(needs), this is \(has)"
        case .unexpected(_, _, let expected):
            if let expected {
                "unexpected entry: the manifest declares \"\(printable(expected))\" here"
            } else {
                "unexpected entry after the last file that the manifest declares"
            }
        case .missing: "the manifest declares this file, the archive ends without it"
        case .size(_, _, let expected, let found):
            "expected \(expected) bytes as the manifest declares, found " + (found.map { "\($0)" } ?? "an entry without a size")
        case .hash(_, _, let expected, let found): "expected \(expected) as the manifest declares, found \(found)"
        case .fileType:
            "this type of file is refused: only \(FileRules.allowedTypes) are allowed, never code or pickles"
        case .content(_, _, let found): "the content is refused: it is \(found), not what the name says"
        case .limit(_, _, let what, let found, let limit): "\(what): \(found), at most \(limit) are allowed"
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .format(let file, _), .trailing(let file), .manifestMissing(let file, _), .tooNew(let file, _, _):
            Place(file: file)
        case .damaged(let file, let entry, _), .limit(let file, let entry, _, _, _): Place(file: file, entry: entry)
        case .manifest(let file, let key, _): Place(file: file, entry: key)
        case .entryName(let file, let entry, _), .entryKind(let file, let entry, _), .unexpected(let file, let entry, _),
            .missing(let file, let entry), .size(let file, let entry, _, _), .hash(let file, let entry, _, _),
            .fileType(let file, let entry), .content(let file, let entry, _):
            Place(file: file, entry: entry)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .tooNew: "update zoo"
        case .hash, .damaged, .trailing, .size, .missing: "get the file again, its content is not what was packed"
        default: nil
        }
    }
}
