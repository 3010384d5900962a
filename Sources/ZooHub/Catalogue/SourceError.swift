public import ZooTensor

/// Errors of the catalogue and of the sources of models.
public enum SourceError: ZooError, Equatable {
    /// A text is no address.
    case address(text: String, reason: String)
    /// A name for a source breaks the grammar, or is taken.
    case name(text: String, reason: String)
    /// No source of this name.
    case unknown(name: String, near: String?, known: [String])
    /// The catalogue, or the list of sources, breaks a rule of its form.
    case document(file: String, key: String?, reason: String)
    /// Neither the catalogue nor an index has this model.
    case noModel(reference: String, near: [String], searched: [String])
    /// The newest index that is known has another digest under this name.
    case otherDigest(reference: String, expected: String, found: String)
    /// There is nothing of a mirror where one should be.
    case noMirror(address: String, missing: String)
    /// A model cannot be had without the network, which was not to be used.
    case offline(what: String)
    /// A file without a known digest, over a connection that anybody can change.
    case insecure(address: String)
    /// A model from a mirror that nobody vouches for, without its digest.
    case noDigest(reference: String, address: String)
    /// None of a model's sources gave it; what each said.
    case allFailed(reference: String, reasons: [String], exitCode: ExitCode)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .address: "source.address"
        case .name: "source.name"
        case .unknown: "source.unknown"
        case .document: "source.document"
        case .noModel: "source.no_model"
        case .otherDigest: "trust.digest_mismatch"
        case .noMirror: "source.no_mirror"
        case .offline: "source.offline"
        case .insecure: "source.insecure"
        case .noDigest: "source.no_digest"
        case .allFailed: "source.all_failed"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .address, .name, .noDigest: .usage
        case .unknown, .noModel, .noMirror, .offline: .notFound
        case .document: .format
        case .otherDigest: .trust
        case .insecure: .refused
        case .allFailed(_, _, let exitCode): exitCode
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .address(let text, let reason): "\"\(printable(text))\" is not the address of a source: \(reason)"
        case .name(let text, let reason): "\"\(printable(text))\" cannot be the name of a source: \(reason)"
        case .unknown(let name, _, let known):
            "there is no source \"\(printable(name))\"; known: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .document(_, _, let reason): "the document cannot be read: \(reason)"
        case .noModel(let reference, _, let searched):
            "no source has a model \"\(printable(reference))\"; searched: \(searched.joined(separator: ", "))"
        case .otherDigest(let reference, let expected, let found):
            "\"\(printable(reference))\" is not the model asked for: expected \(expected), found \(found)"
        case .noMirror(_, let missing): "expected a mirror as zoo push makes one, found no \(missing)"
        case .offline(let what): "\(what) needs the network, and --offline, ZOO_OFFLINE or HF_HUB_OFFLINE forbids it"
        case .insecure: "over http anybody between could change the file"
        case .noDigest(let reference, let address):
            "\(printable(address)) need not be trusted, so the digest of \"\(printable(reference))\" must be given"
        case .allFailed(let reference, let reasons, _):
            "\"\(printable(reference))\" could not be had from any source: " + reasons.joined(separator: "; ")
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .document(let file, let key, _): Place(file: file, entry: key)
        case .noMirror(let address, _), .insecure(let address): Place(file: address)
        default: nil
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .address: nil
        case .name: "a name is of letters, digits, _, . and -"
        case .unknown(_, let near, _): near.map { "did you mean \($0)?" } ?? "\"zoo source list\" shows them"
        case .document: nil
        case .noModel(_, let near, _):
            near.isEmpty ? "\"zoo search\" shows what there is" : "did you mean \(near.joined(separator: " or "))?"
        case .otherDigest: "the name stands for another version now; ask for the version that you want by its digest"
        case .noMirror: "\"zoo push MODEL --to FOLDER\" makes one"
        case .insecure: "use https, or a signed mirror"
        case .noDigest(let reference, _): "as \(printable(reference))@sha256:…; whoever runs the mirror can tell it"
        case .offline: "\"zoo import PATH\" takes a folder, a wheel or a bundle, and \"zoo source add NAME FOLDER\" a mirror on a disk"
        case .allFailed:
            "\"zoo source add NAME ADDRESS\" adds a mirror, and \"zoo import PATH\" takes a folder, a wheel or a bundle"
        }
    }
}
