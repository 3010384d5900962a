import ZooTensor

/// Errors of the command line itself.
enum CommandError: ZooError, Equatable {
    /// Arguments that cannot be understood.
    case usage(message: String, hint: String?)
    /// No such verb.
    case unknownVerb(name: String, near: String?)
    /// Something that asks, off a terminal.
    case unconfirmed(what: String)
    /// A setting of a configuration file.
    case configuration(file: String, line: Int?, key: String?, message: String, hint: String?)
    /// A file or folder is there already.
    case exists(path: String, what: String)
    /// Another model has the name that a result is to get.
    case taken(reference: String, digest: String, flag: String)
    /// Several models are damaged; the first problem stands for all.
    case verification(count: Int, first: Failure)
    /// A file, as a bundle, where a model is needed that is installed.
    case bundle(path: String)
    /// An error of another module, with the hint that fits this command.
    case other(Failure, hint: String)
    /// No run of this name.
    case noRun(name: String, near: [String])
    /// A run that is still training.
    case busyRun(name: String)
    /// Something that is not a path, where one is expected.
    case noPath(argument: String, hint: String)
    /// A signal ended the command.
    case interrupted(signal: Int32, name: String, message: String, hint: String?)

    /// An error of a model that is not installed, with another hint.
    static func notInstalled(_ error: any ZooError, hint: String) -> CommandError { .other(Failure(error), hint: hint) }

    var code: String {
        switch self {
        case .usage: "usage"
        case .unknownVerb: "usage.unknown_verb"
        case .unconfirmed: "usage.unconfirmed"
        case .configuration: "usage.configuration"
        case .exists: "output.exists"
        case .taken: "store.exists"
        case .bundle: "usage.bundle"
        case .interrupted: "interrupted"
        case .other(let failure, _): failure.code
        case .noPath: "usage.path"
        case .noRun: "runs.not_found"
        case .busyRun: "runs.busy"
        case .verification(_, let first): first.code
        }
    }

    var exitCode: ExitCode {
        switch self {
        case .usage, .unknownVerb, .unconfirmed, .configuration, .bundle, .noPath: .usage
        case .exists, .taken, .busyRun: .conflict
        case .noRun: .notFound
        case .verification(_, let first): first.exitCode
        case .other(let failure, _): failure.exitCode
        case .interrupted(let signal, _, _, _): ExitCode(rawValue: 128 + signal) ?? .interrupted
        }
    }

    var message: String {
        switch self {
        case .usage(let message, _), .configuration(_, _, _, let message, _): message
        case .unknownVerb(let name, _): "there is no command \"\(printable(name))\""
        case .unconfirmed(let what): "\(what) needs --yes where nobody can be asked"
        case .exists(_, let what): what
        case .taken(let reference, let digest, _): "another model is installed as \"\(reference)\" already: \(digest)"
        case .verification(let count, let first): "\(counted(count, "model is", "models are")) damaged, the first: \(first.message)"
        case .other(let failure, _): failure.message
        case .noRun(let name, _): "there is no run \"\(printable(name))\""
        case .busyRun(let name): "the run \"\(printable(name))\" is still training"
        case .noPath(let argument, _): "expected a path, found \"\(printable(argument))\""
        case .interrupted(_, let name, let message, _): "interrupted (\(name)): \(message)"
        case .bundle: "expected an installed model or a folder, found a file"
        }
    }

    var place: Place? {
        switch self {
        case .configuration(let file, let line, let key, _, _): Place(file: file, entry: key, line: line)
        case .exists(let path, _), .bundle(let path): Place(file: path)
        case .other(let failure, _): failure.place
        case .verification(_, let first): first.place
        default: nil
        }
    }

    var hint: String? {
        switch self {
        case .usage(_, let hint), .configuration(_, _, _, _, let hint), .interrupted(_, _, _, let hint): hint
        case .other(_, let hint), .noPath(_, let hint): hint
        case .unknownVerb(_, let near): near.map { "did you mean \"zoo \($0)\"?" } ?? "\"zoo --help\" shows the commands"
        case .unconfirmed: "add --yes, or see what it would do with --dry-run"
        case .noRun(_, let near): near.isEmpty ? "\"zoo runs list\" shows them" : "did you mean \(near.joined(separator: " or "))?"
        case .busyRun: "wait for its end, or end its process"
        case .exists: "choose another name, or add --overwrite"
        case .taken(_, _, let flag): "choose another name or tag, or let the old one give way with \(flag)"
        case .verification(_, let first): first.hint
        case .bundle(let path): "\"zoo import \(quoted(pathArgument(path)))\" installs it"
        }
    }
}
