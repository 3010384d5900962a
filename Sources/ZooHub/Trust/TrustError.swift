import ModelZoo
public import ZooTensor

/// Errors of keys, signatures, and the documents that are signed. `file` is a path or an address.
public enum TrustError: ZooError, Equatable {
    /// A text is no acceptable public key.
    case key(text: String, reason: String)
    /// A file is no acceptable private key.
    case keyFile(path: String, reason: String, hint: String?)
    /// A signed document breaks a rule of its form.
    case document(file: String, key: String?, reason: String)
    /// A document is larger than any can be.
    case tooLarge(file: String, limit: Int)
    /// A document has no signature at all.
    case unsigned(file: String)
    /// Too few of the keys that count have signed.
    case threshold(file: String, role: String, needed: Int, found: Int)
    /// A document is older than one that was seen before.
    case rollback(file: String, known: Int, found: Int)
    /// Another document of the same version was seen before.
    case equivocation(file: String, version: Int)
    /// A document's time is over.
    case expired(file: String, expiry: Timestamp, now: Timestamp)
    /// A root that does not follow the one before.
    case rootVersion(file: String, expected: Int, found: Int)
    /// What a server gives is not what its signed index says.
    case mismatch(file: String, what: String, expected: String, found: String)
    /// A mirror whose keys nobody here has vouched for.
    case untrusted(source: String, keys: [PublicKey])

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .key: "trust.key"
        case .keyFile: "trust.key_file"
        case .document: "trust.document"
        case .tooLarge: "trust.too_large"
        case .unsigned: "trust.unsigned"
        case .threshold: "trust.threshold"
        case .rollback: "trust.rollback"
        case .equivocation: "trust.equivocation"
        case .expired: "trust.expired"
        case .rootVersion: "trust.root_version"
        case .mismatch: "trust.mismatch"
        case .untrusted: "trust.untrusted"
        }
    }

    /// The category.
    public var exitCode: ExitCode { .trust }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .key(let text, let reason): "\"\(printable(text))\" is not a public key: \(reason)"
        case .keyFile(_, let reason, _): "the file is not a private key that can be used: \(reason)"
        case .document(_, _, let reason): "the signed document cannot be trusted: \(reason)"
        case .tooLarge(_, let limit): "the signed document has more than \(limit) bytes"
        case .unsigned: "expected a signature, found none"
        case .threshold(_, let role, let needed, let found):
            "expected signatures of \(needed) of the keys for \(role), found \(found) that are good"
        case .rollback(_, let known, let found): "version \(known) was seen before, now version \(found) is offered"
        case .equivocation(_, let version): "version \(version) was seen before with other contents"
        case .expired(_, let expiry, let now): "it was good until \(expiry), and it is \(now) now"
        case .rootVersion(_, let expected, let found): "expected version \(expected) of the root, found version \(found)"
        case .mismatch(_, let what, let expected, let found):
            "the \(what) is not what the signed index says: expected \(printable(expected)), found \(printable(found))"
        case .untrusted(let source, let keys):
            "nobody here has vouched for \"\(printable(source))\", whose index is signed with "
                + keys.map(\.description).joined(separator: ", ")
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .key, .untrusted: nil
        case .keyFile(let path, _, _): Place(file: path)
        case .document(let file, let key, _): Place(file: file, entry: key)
        case .tooLarge(let file, _), .unsigned(let file), .threshold(let file, _, _, _), .rollback(let file, _, _),
            .equivocation(let file, _), .expired(let file, _, _), .rootVersion(let file, _, _), .mismatch(let file, _, _, _):
            Place(file: file)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .keyFile(_, _, let hint): hint
        case .key: "\"zoo key list\" shows the keys that are known"
        case .document, .tooLarge, .mismatch, .threshold, .rootVersion:
            "somebody may have tampered with it; ask those who run the mirror, or take another source"
        case .unsigned:
            "whoever runs the mirror can sign it with \"zoo push --to FOLDER --sign NAME\"; else give the model's digest, as name@sha256:…"
        case .rollback, .equivocation: "the mirror is out of date, or somebody hides newer versions; take another source"
        case .expired:
            "\"zoo source refresh\" gets a newer one; else the mirror is not looked after, or the clock of this machine is wrong"
        case .untrusted(_, let keys):
            "ask those who run it for their key by another way; then: zoo key trust \(keys.first?.description ?? "KEY")"
        }
    }
}
