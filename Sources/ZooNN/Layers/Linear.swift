public import ZooTensor

/// y = x Wᵀ + b.
public struct Linear: Sendable {
    /// `[outputs, inputs]`, or a shape of as many elements whose first axis is the outputs.
    public let weight: Parameter
    /// `[outputs]`.
    public let bias: Parameter?

    /// - Parameters:
    ///   - deviation: the standard deviation of a fresh weight; 0.02 is BERT's.
    ///   - shape: the weight's shape in the checkpoint, if it is not `[outputs, inputs]`, as that of a convolution over patches.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, deviation: Float = 0.02, shape: Shape? = nil, _ scope: Scope) {
        let shape = shape ?? [outputs, inputs]
        precondition(shape[0] == outputs && shape.count == outputs * inputs, "a weight of \(shape) is not \(outputs) x \(inputs)")
        weight = scope.parameter("weight", shape, .normal(standardDeviation: deviation))
        self.bias = bias ? scope.parameter("bias", [outputs], .zeros) : nil
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    public func callAsFunction(_ x: Variable, activation: Activation = .identity, rows: RowKind = .tokens) -> Variable {
        linear(x, [block(x.pass)], Epilogue(activation: activation), rows: rows)
    }

    func block(_ pass: Pass) -> LinearBlock {
        let value = pass[weight]
        let outputs = weight.shape[0]
        let matrix = weight.shape.rank == 2 ? value : value.reshaped([outputs, weight.shape.count / outputs])
        return LinearBlock(parameter: weight, weight: matrix, bias: bias.map { pass[$0] })
    }
}
