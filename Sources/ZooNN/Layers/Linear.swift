import ZooTensor

/// y = x Wᵀ + b.
public struct Linear: Sendable {
    /// `[outputs, inputs]`.
    public let weight: Parameter
    /// `[outputs]`.
    public let bias: Parameter?

    /// - Parameter deviation: the standard deviation of a fresh weight; 0.02 is BERT's.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, deviation: Float = 0.02, _ scope: Scope) {
        weight = scope.parameter("weight", [outputs, inputs], .normal(standardDeviation: deviation))
        self.bias = bias ? scope.parameter("bias", [outputs], .zeros) : nil
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    public func callAsFunction(_ x: Variable, activation: Activation = .identity, rows: RowKind = .tokens) -> Variable {
        linear(x, [block(x.pass)], Epilogue(activation: activation), rows: rows)
    }

    func block(_ pass: Pass) -> LinearBlock { LinearBlock(weight: pass[weight], bias: bias.map { pass[$0] }) }
}
