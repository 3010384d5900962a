/// A reader of data from outside, with inputs to start from.
protocol Target: AnyObject {
    /// The name on the command line.
    static var name: String { get }
    /// Of how many inputs one is tried, for targets that take their time.
    static var interval: Int { get }

    init(_ folder: ScratchFolder) throws

    /// Makes an input and reads it. A thrown error must be a `ZooError`; a `Finding` is a bug.
    func run(_ source: inout Source) throws
}

extension Target {
    static var interval: Int { 1 }
}

/// Something that is wrong although nothing trapped.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Throws a finding unless something holds.
func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Finding(text()) }
}
