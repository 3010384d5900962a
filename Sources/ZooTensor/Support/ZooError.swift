/// The exit codes of the command, which are also the categories of all errors.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    /// A bug of ours.
    case internalError = 1
    /// Wrong flags, arguments or configuration.
    case usage = 2
    /// A model, tag or file does not exist.
    case notFound = 3
    /// A file is damaged or not of the format it claims to be.
    case format = 4
    /// A signature, digest pin or expiry does not hold.
    case trust = 5
    /// The network failed; trying again may help.
    case network = 6
    /// Disk, memory or a set limit does not suffice.
    case resources = 7
    /// A version, family or configuration that this program cannot handle.
    case incompatible = 8
    /// A data set is unusable.
    case data = 9
    /// Training produced infinite or undefined numbers.
    case diverged = 10
    /// Something is busy or in the way: a lock, a port, a directory.
    case conflict = 11
    /// Refused by a rule: licence, offline, unsafe format.
    case refused = 12
    /// The terminal went away (SIGHUP).
    case hungUp = 129
    /// The user broke it off (SIGINT, Ctrl-C).
    case interrupted = 130
    /// Another program asked it to end (SIGTERM).
    case terminated = 143
}

/// Where an error was found.
public struct Place: Sendable, Hashable {
    /// The file, as the user named it.
    public var file: String?
    /// The part of the file: an archive entry, a tensor, a key, a column.
    public var entry: String?
    /// The line, counted from 1.
    public var line: Int?

    public init(file: String? = nil, entry: String? = nil, line: Int? = nil) {
        self.file = file
        self.entry = entry
        self.line = line
    }
}

/// What every error of the package tells: a stable code, an exit code, a message with expected against found, and a hint.
///
/// Each module has one enum that conforms. Text from files is passed through ``printable(_:limit:)`` before it enters a message.
public protocol ZooError: Error, Sendable, CustomStringConvertible {
    /// A stable dotted name, as `format.header_too_large`.
    var code: String { get }
    /// The category.
    var exitCode: ExitCode { get }
    /// What happened: what, expected, found.
    var message: String { get }
    /// Where it happened.
    var place: Place? { get }
    /// What the user can do.
    var hint: String? { get }
}

extension ZooError {
    public var place: Place? { nil }
    public var hint: String? { nil }

    /// `file, line 3, entry "x": message`.
    public var description: String {
        var prefix: [String] = []
        if let file = place?.file { prefix.append(printable(file, limit: 4096)) }
        if let line = place?.line { prefix.append("line \(line)") }
        if let entry = place?.entry { prefix.append("\"\(printable(entry))\"") }
        return prefix.isEmpty ? message : prefix.joined(separator: ", ") + ": " + message
    }
}

/// Text from outside made harmless for a terminal: control, format and other invisible characters become `\u{…}`, long text is cut.
///
/// - Parameter limit: the largest number of characters kept.
public func printable(_ text: String, limit: Int = 120) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
        if count >= limit {
            result += "…"
            break
        }
        count += 1
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default:
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}
