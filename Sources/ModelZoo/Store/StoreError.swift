public import ZooTensor

/// Errors of the local store.
public enum StoreError: ZooError, Equatable {
    /// The environment names no folder.
    case noHome(reason: String)
    /// The folder cannot be made or written.
    case unusable(path: String, reason: String)
    /// The store was made by a newer version.
    case tooNew(path: String, found: String)
    /// The file `VERSION` holds no version.
    case version(path: String, found: String)
    /// No model of this name and tag.
    case notFound(reference: String, near: [String], installed: [String])
    /// Another digest than the one that the reference pins.
    case digestMismatch(reference: String, expected: Digest, found: Digest)
    /// Another model has this name and tag.
    case exists(reference: String, installed: Digest)
    /// Another model's name or tag differs only in the case of letters, which some file systems do not tell apart.
    case otherCase(reference: String, installed: String)
    /// The manifest of a model cannot be read.
    case manifest(reference: String, path: String, cause: BundleError)
    /// A model has no file of this name.
    case noFile(reference: String, file: String, available: [String])
    /// The content of one file is missing or wrong.
    case blob(reference: String, file: String, path: String, reason: String)
    /// The contents of these files are missing or wrong.
    case damaged(reference: String, problems: [StoreError])
    /// The weights hold infinite or undefined values: `report` tells of the first tensor, `others` how many more there are.
    case weights(reference: String, report: NonFiniteReport, others: Int)
    /// The disk has less space than a model needs.
    case space(path: String, needed: Int, available: Int)
    /// Another process removed a content while the model was added.
    case removedMeanwhile(reference: String, file: String)
    /// Another process is making a model of this name.
    case reserved(reference: String, process: Int?)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .noHome: "store.no_home"
        case .unusable: "store.unusable"
        case .tooNew: "store.too_new"
        case .version: "store.version"
        case .notFound: "store.not_found"
        case .digestMismatch: "trust.digest_mismatch"
        case .exists: "store.exists"
        case .otherCase: "store.other_case"
        case .manifest: "store.manifest"
        case .noFile: "store.no_file"
        case .blob: "store.blob"
        case .damaged: "store.damaged"
        case .weights: "store.weights"
        case .space: "store.space"
        case .removedMeanwhile: "store.removed_meanwhile"
        case .reserved: "store.reserved"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .noHome: .usage
        case .unusable, .space: .resources
        case .tooNew: .incompatible
        case .version, .blob, .damaged, .weights: .format
        case .notFound, .noFile: .notFound
        case .digestMismatch: .trust
        case .exists, .otherCase, .removedMeanwhile, .reserved: .conflict
        case .manifest(_, _, let cause): cause.exitCode
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .noHome(let reason): "there is no place for the store: \(reason)"
        case .unusable(_, let reason): "the store cannot be used: \(reason)"
        case .tooNew(_, let found):
            "the store was made by a newer zoo: its version is \(printable(found)), this zoo knows \(Store.version); nothing was changed"
        case .version(_, let found): "expected the version of a store, found \"\(printable(found))\""
        case .notFound(let reference, _, let installed):
            "no model \"\(printable(reference))\" is installed"
                + (installed.isEmpty
                    ? "; the store is empty"
                    : "; installed: " + installed.prefix(20).joined(separator: ", ")
                        + (installed.count > 20 ? " and \(installed.count - 20) more" : ""))
        case .digestMismatch(let reference, let expected, let found):
            "\"\(reference)\" is not the model asked for: expected \(expected), found \(found)"
        case .exists(let reference, let installed): "another model is installed as \"\(reference)\" already: \(installed)"
        case .otherCase(let reference, let installed):
            "\"\(reference)\" differs from the installed \"\(installed)\" only in capital letters, which not every disk tells apart"
        case .manifest(let reference, _, let cause): "the model \"\(reference)\" cannot be read: \(cause.message)"
        case .noFile(let reference, let file, let available):
            "\"\(reference)\" has no file \"\(printable(file))\"; it has \(available.isEmpty ? "none" : available.joined(separator: ", "))"
        case .blob(let reference, _, _, let reason): "a file of \"\(reference)\" is damaged in the store: \(reason)"
        case .damaged(let reference, let problems):
            "\(problems.count) of the files of \"\(reference)\" \(problems.count == 1 ? "is" : "are") damaged in the store: "
                + problems.map { problem in
                    if case .blob(_, let file, _, let reason) = problem { "\(file): \(reason)" } else { problem.message }
                }.joined(separator: "; ")
        case .weights(let reference, let report, let others):
            "the weights of \"\(reference)\" are not all numbers: \(report)" + (others == 0 ? "" : ", and \(others) more tensors")
        case .space(_, let needed, let available): "the model needs \(needed) bytes of disk, \(available) are free"
        case .removedMeanwhile(let reference, _): "a file of \"\(reference)\" was removed by another process while it was added"
        case .reserved(let reference, let process):
            "another run is making \"\(reference)\"" + (process.map { ", the process \($0)" } ?? "")
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .noHome, .notFound, .digestMismatch, .exists, .otherCase, .noFile, .damaged, .weights, .reserved: nil
        case .unusable(let path, _), .space(let path, _, _), .tooNew(let path, _), .version(let path, _): Place(file: path)
        case .manifest(_, let path, let cause): Place(file: path, entry: cause.place?.entry)
        case .blob(_, let file, let path, _): Place(file: path, entry: file)
        case .removedMeanwhile(_, let file): Place(entry: file)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .noHome, .unusable: "set ZOO_HOME to a folder that you can write to"
        case .tooNew: "update zoo, or set ZOO_HOME to another folder"
        case .version: "if the folder is a store, its file VERSION must hold \(Store.version)"
        case .notFound(_, let near, let installed):
            near.isEmpty
                ? (installed.isEmpty ? "\"zoo search\" shows what can be fetched, and \"zoo import PATH\" takes a folder or a bundle" : nil)
                : "did you mean \(near.joined(separator: " or "))?"
        case .exists(let reference, _): "choose another name or tag, or remove it with \"zoo remove \(reference)\""
        case .otherCase(_, let installed): "choose another name, or use \(installed)"
        case .manifest(let reference, _, let cause):
            cause.exitCode == .incompatible ? "update zoo" : "import the model again, or remove it with \"zoo remove \(reference)\""
        case .blob, .damaged, .removedMeanwhile: "import the model again: that repairs the store"
        case .digestMismatch: "the name stands for another version now; give its digest, or import the version that you want"
        case .space: "make room, as with \"zoo gc\", or set ZOO_HOME to a folder on another disk"
        case .weights: "the model was published or trained so; take another version"
        case .reserved: "choose another name or tag, or wait for the end of that run"
        case .noFile: nil
        }
    }
}
