import ZooTensor

/// One layer of a transformer encoder (Vaswani et al., 2017): self-attention and feed-forward, each with residual and layer norm.
public struct TransformerLayer: Sendable {
    let configuration: TransformerConfiguration
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    let attentionNorm: LayerNorm
    let feedForwardInput: Linear
    let feedForwardOutput: Linear
    let feedForwardNorm: LayerNorm

    public init(_ configuration: TransformerConfiguration, _ scope: Scope) {
        self.configuration = configuration
        let width = configuration.width
        let attention = scope / "attention"
        query = Linear(width, width, bias: configuration.projectionBias, attention / "query")
        key = Linear(width, width, bias: configuration.projectionBias, attention / "key")
        value = Linear(width, width, bias: configuration.projectionBias, attention / "value")
        output = Linear(width, width, attention / "output")
        attentionNorm = LayerNorm(width, epsilon: configuration.epsilon, attention / "norm")
        let feedForward = scope / "feedForward"
        feedForwardInput = Linear(width, configuration.innerWidth, feedForward / "input")
        feedForwardOutput = Linear(configuration.innerWidth, width, feedForward / "output")
        feedForwardNorm = LayerNorm(width, epsilon: configuration.epsilon, feedForward / "norm")
    }

    /// The layer's output.
    ///
    /// - Parameters:
    ///   - x: `[tokens, width]`.
    ///   - segments: the sequences.
    ///   - firstTokenOnly: compute the output of each sequence's first token alone; keys and values still come from all.
    /// - Returns: `[tokens, width]`, or `[sequences, width]`.
    public func callAsFunction(_ x: Variable, _ segments: Segments, firstTokenOnly: Bool = false) -> Variable {
        let pass = x.pass
        let kind: RowKind = firstTokenOnly ? .sequences : .tokens
        let isPre = configuration.norm == .pre
        // The rows are gathered before the projections are recorded, so that their gradient is added to one that is there already.
        let residual = firstTokenOnly ? gatherRows(x, segments.firstRows) : x
        let context: Variable
        if firstTokenOnly {
            let queries = query(isPre ? attentionNorm(residual, rows: kind) : residual, rows: kind)
            let projected = linear(isPre ? attentionNorm(x) : x, [key.block(pass), value.block(pass)])
            context = attention(
                projected, queries: queries, querySegments: Segments(lengths: Array(repeating: 1, count: segments.count)),
                keySegments: segments, heads: configuration.heads, dropout: configuration.attentionDropout)
        } else {
            let projected = linear(isPre ? attentionNorm(x) : x, [query.block(pass), key.block(pass), value.block(pass)])
            context = attention(
                projected, querySegments: segments, keySegments: segments, heads: configuration.heads,
                dropout: configuration.attentionDropout)
        }
        let attended = linear(
            context, [output.block(pass)],
            Epilogue(dropout: configuration.dropout, residual: residual, norm: isPre ? nil : attentionNorm.epilogue(pass)), rows: kind)
        let inner = feedForwardInput(
            isPre ? feedForwardNorm(attended, rows: kind) : attended, activation: configuration.activation, rows: kind)
        return linear(
            inner, [feedForwardOutput.block(pass)],
            Epilogue(dropout: configuration.dropout, residual: attended, norm: isPre ? nil : feedForwardNorm.epilogue(pass)), rows: kind)
    }
}
