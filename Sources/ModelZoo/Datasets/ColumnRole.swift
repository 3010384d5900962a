/// What a column of a table is to a model.
public enum ColumnRole: String, Sendable, Hashable {
    /// The text, or the first of two.
    case text
    /// The second text.
    case textPair
    /// The class.
    case label

    /// The role in a sentence.
    var words: String {
        switch self {
        case .text: "text"
        case .textPair: "second text"
        case .label: "label"
        }
    }

    /// The flag that names the column.
    var flag: String {
        switch self {
        case .text: "--text"
        case .textPair: "--text-pair"
        case .label: "--label"
        }
    }
}
