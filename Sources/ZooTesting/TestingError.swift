public import ZooTensor

/// Errors that tests of a family meet.
public enum TestingError: ZooError {
    /// The family's table of names does not translate its parameters to one name each and back.
    case names(family: String, problems: [String])

    /// A stable dotted name.
    public var code: String { "testing.names" }

    /// The category.
    public var exitCode: ExitCode { .internalError }

    /// What is wrong.
    public var message: String {
        switch self {
        case .names(let family, let problems):
            "the table of names of \(printable(family)) is not sound: \(problems.map { printable($0) }.joined(separator: "; "))"
        }
    }
}
