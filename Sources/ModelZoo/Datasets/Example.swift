/// One input, with its class if that is known.
public struct Example: Sendable, Hashable {
    /// What the model reads.
    public let input: Input
    /// The class, as an index into the data set's labels.
    public let label: Int?
    /// The line of the file where the example starts, counted from 1.
    public let line: Int

    /// An example.
    public init(input: Input, label: Int?, line: Int) {
        self.input = input
        self.label = label
        self.line = line
    }
}
