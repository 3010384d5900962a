/// Which positions of a sequence are read of the features; the last layer computes no others.
public enum Reading: Sendable, Hashable {
    /// Each sequence's first token.
    case firstToken
    /// The family's own summary of a sequence, as BERT's pooler.
    case pooled
    /// All tokens.
    case everyToken
}
