import ZooTensor

/// Layer normalisation over the last axis (Ba et al., 2016).
public struct LayerNorm: Sendable {
    /// `[width]`.
    public let gain: Parameter
    /// `[width]`.
    public let bias: Parameter
    /// What is added to the variance.
    public let epsilon: Float

    public init(_ width: Int, epsilon: Float, _ scope: Scope) {
        gain = scope.parameter("weight", [width], .ones)
        bias = scope.parameter("bias", [width], .zeros)
        self.epsilon = epsilon
    }

    /// Normalises each row of `[rows, width]`, then applies dropout.
    public func callAsFunction(_ x: Variable, dropout: Float = 0, rows: RowKind = .tokens) -> Variable {
        layerNorm(x, gain: x.pass[gain], bias: x.pass[bias], epsilon: epsilon, dropout: dropout, rows: rows)
    }

    func epilogue(_ pass: Pass) -> (gain: Variable, bias: Variable, epsilon: Float) { (pass[gain], pass[bias], epsilon) }
}
