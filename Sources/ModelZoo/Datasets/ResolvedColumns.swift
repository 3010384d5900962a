/// The columns of a table that are used.
public struct ResolvedColumns: Sendable, Hashable {
    /// The column of the text, or of the first of two.
    public let text: String
    /// The column of the second text.
    public let textPair: String?
    /// The column of the class.
    public let label: String?
    /// Where the text stands in a row.
    public let textPosition: Int
    /// Where the second text stands in a row.
    public let textPairPosition: Int?
    /// Where the class stands in a row.
    public let labelPosition: Int?
    /// What was chosen without being asked for and is not obvious, in sentences for the user.
    public let notes: [String]

    /// The same with more notes.
    func adding(_ more: [String]) -> ResolvedColumns {
        ResolvedColumns(
            text: text, textPair: textPair, label: label, textPosition: textPosition, textPairPosition: textPairPosition,
            labelPosition: labelPosition, notes: notes + more)
    }

    /// The names, to read another file of the same kind with the same columns.
    public var names: Columns { Columns(text: text, textPair: textPair, label: label) }
}
