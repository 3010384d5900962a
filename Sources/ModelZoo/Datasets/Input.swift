/// One raw input of a model, before any tokenizer or image reader has seen it.
public enum Input: Sendable, Hashable {
    /// A text.
    case text(String)
    /// Two texts that belong together, as premise and hypothesis.
    case textPair(String, String)
    /// The path of a file, as of an image.
    case file(String)
}
