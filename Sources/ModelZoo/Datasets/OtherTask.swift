/// What data are for that are no classes of whole inputs: tasks that are recognised and refused by name.
public enum OtherTask: String, Sendable, Hashable {
    /// Any number of labels for each input.
    case multiLabel = "multi_label"
    /// A number for each input.
    case regression
    /// A tag for each word, or marked spans.
    case tokens = "token_classification"
    /// Questions about a text.
    case questionAnswering = "question_answering"

    /// The name in a sentence.
    var words: String {
        switch self {
        case .multiLabel: "multi-label classification"
        case .regression: "regression"
        case .tokens: "token classification"
        case .questionAnswering: "question answering"
        }
    }

    /// What can be done with such data, unless more is known.
    var remedy: String {
        switch self {
        case .multiLabel: "a model learns one class for each input: keep the rows with one label, or give each row its main one"
        case .regression: "a model learns classes: turn the numbers into some, as low and high"
        case .tokens, .questionAnswering: "a model learns one class for each input: give a table with a column of texts and one of labels"
        }
    }

    /// What can be done about numbers of which there are few enough to be classes.
    static func remedy(forNumbersIn column: String) -> String {
        OtherTask.regression.remedy + "; if each of the numbers is a class: --label " + typed(column)
    }
}
