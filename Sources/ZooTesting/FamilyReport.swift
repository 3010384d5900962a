/// How a family did in ``checkFamily(_:_:_:report:)``.
public struct FamilyReport: Sendable, CustomStringConvertible {
    /// What became of a check.
    public enum Outcome: String, Sendable, Hashable {
        case passed
        case failed
        /// The fixture has nothing to compare with, or the model does not load.
        case leftOut = "left out"
    }

    /// One check.
    public struct Result: Sendable, CustomStringConvertible {
        /// What was checked.
        public let check: FamilyCheck
        /// What became of it.
        public let outcome: Outcome
        /// What was measured, what is wrong, or why it was left out; one line.
        public let detail: String

        /// `failed    packing: the logits of input 3 differ …`.
        public var description: String {
            outcome.rawValue + String(repeating: " ", count: max(10 - outcome.rawValue.count, 1)) + check.rawValue + ": " + detail
        }
    }

    /// The family's identifier.
    public let family: String
    /// The checks in the order in which they were made.
    public let results: [Result]

    /// What is wrong: empty if the family conforms.
    public var failures: [Result] { results.filter { $0.outcome == .failed } }

    /// What was not checked though it was asked for.
    public var leftOut: [Result] { results.filter { $0.outcome == .leftOut } }

    /// One line for each check.
    public var description: String { results.map(\.description).joined(separator: "\n") }
}

/// What a check finds.
enum Finding {
    /// Everything is right; what was measured.
    case passed(String)
    /// What is wrong.
    case failed([String])
    /// Why it was not checked.
    case leftOut(String)

    /// Passed if there are no problems.
    init(_ problems: [String], otherwise detail: @autoclosure () -> String) {
        self = problems.isEmpty ? .passed(detail()) : .failed(problems)
    }

    /// The result of a check: the first five problems, and how many there are.
    func result(of check: FamilyCheck) -> FamilyReport.Result {
        switch self {
        case .passed(let detail): FamilyReport.Result(check: check, outcome: .passed, detail: detail)
        case .leftOut(let reason): FamilyReport.Result(check: check, outcome: .leftOut, detail: reason)
        case .failed(let problems):
            FamilyReport.Result(
                check: check, outcome: .failed,
                detail: problems.prefix(5).joined(separator: "; ") + (problems.count > 5 ? "; … (\(problems.count) in all)" : ""))
        }
    }
}
