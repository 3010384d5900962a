import ZooTensor

/// What a backbone makes of a batch.
public struct Features {
    /// `[tokens, width]`, or `[sequences, width]` when only each first token was read.
    public let tokens: Variable
    /// The sequences of the batch.
    public let segments: Segments
    /// Which rows `tokens` has.
    public let reading: Reading
    /// The family's own summary, `[sequences, width]`, when it was read and the family has one.
    public let pooled: Variable?

    /// - Precondition: `tokens` has a row for each token, or one for each sequence where only the first tokens were read.
    public init(tokens: Variable, segments: Segments, reading: Reading, pooled: Variable? = nil) {
        let rows = reading == .everyToken ? segments.rowCount : segments.count
        precondition(tokens.value.rows == rows, "\(tokens.value.rows) rows of features where \(rows) were read")
        self.tokens = tokens
        self.segments = segments
        self.reading = reading
        self.pooled = pooled
    }

    /// The first token of each sequence, `[sequences, width]`.
    public var firstTokens: Variable { reading == .everyToken ? gatherRows(tokens, segments.firstRows) : tokens }

    /// The mean over the tokens of each sequence, `[sequences, width]`; every token must have been read.
    public var mean: Variable { mean(skipping: 0) }

    /// The mean over the tokens of each sequence but the first ones.
    ///
    /// - Parameter count: how many tokens are left out, fewer than a sequence has.
    public func mean(skipping count: Int) -> Variable {
        precondition(reading == .everyToken, "the mean needs every token")
        return meanRows(tokens, segments, skipping: count)
    }
}
