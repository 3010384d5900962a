/// The measures of a transformer layer.
public struct TransformerConfiguration: Sendable, Hashable {
    /// Where the layer norms stand.
    public enum NormPlacement: Sendable, Hashable {
        /// After each residual sum, as in the original transformer and BERT.
        case post
        /// Before attention and feed-forward, as in ViT.
        case pre
    }

    /// The width of the hidden states.
    public var width: Int
    /// The number of attention heads; divides the width.
    public var heads: Int
    /// The width of the feed-forward layer.
    public var innerWidth: Int
    public var activation: Activation
    public var norm: NormPlacement
    /// Added to the variance in layer norms.
    public var epsilon: Float
    /// The probability of dropout on hidden states.
    public var dropout: Float
    /// The probability of dropout on attention probabilities.
    public var attentionDropout: Float
    /// Whether queries, keys and values have biases.
    public var projectionBias: Bool

    public init(
        width: Int, heads: Int, innerWidth: Int, activation: Activation, norm: NormPlacement, epsilon: Float, dropout: Float,
        attentionDropout: Float, projectionBias: Bool = true
    ) {
        self.width = width
        self.heads = heads
        self.innerWidth = innerWidth
        self.activation = activation
        self.norm = norm
        self.epsilon = epsilon
        self.dropout = dropout
        self.attentionDropout = attentionDropout
        self.projectionBias = projectionBias
    }

    /// The number of values that a layer keeps for each token until its gradients are computed: projections, attention's output, the inputs
    /// of the norms, their outputs where the norm comes last, and the feed-forward layer before its activation.
    public var activationsPerToken: Int { (norm == .post ? 8 : 6) * width + innerWidth }
}
