import ArgumentParser
import ZooTensor

/// One command of `zoo`.
protocol Verb: ParsableCommand {
    /// The name in the schema of its JSON document.
    static var schema: String { get }
    /// What every verb takes.
    var global: GlobalOptions { get }
    /// What is left when a signal ends the command.
    var leftByInterruption: Farewell.Left { get }
    /// Does the work, prints for people, and returns the data for programs.
    func run(_ session: Session) throws -> JSON
}

extension Verb {
    static var schema: String { _commandName }
    var leftByInterruption: Farewell.Left { Farewell.Left(message: "nothing is half-written") }
}
