public import ZooTensor

/// Errors that tests of a family meet.
public enum TestingError: ZooError {
    /// The family's table of names does not translate its parameters to one name each and back.
    case names(family: String, problems: [String])
    /// A fixture cannot be used.
    case fixture(file: String, problem: String)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .names: "testing.names"
        case .fixture: "testing.fixture"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .names: .internalError
        case .fixture: .format
        }
    }

    /// What is wrong.
    public var message: String {
        switch self {
        case .names(let family, let problems):
            "the table of names of \(printable(family)) is not sound: \(problems.map { printable($0) }.joined(separator: "; "))"
        case .fixture(_, let problem): problem
        }
    }

    /// Where it is.
    public var place: Place? {
        switch self {
        case .names: nil
        case .fixture(let file, _): Place(file: file)
        }
    }
}
