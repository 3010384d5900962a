internal import CKernels
import ZooTensor

/// Stochastic gradient descent with (Nesterov) momentum and decoupled weight decay, none on biases and norms.
public struct SGD: Optimizer {
    let momentum: Float
    let nesterov: Bool
    let weightDecay: Float
    private var velocities: [Tensor?]
    private var touched = TouchedRows()

    public init(_ schema: Schema, momentum: Float = 0.9, nesterov: Bool = false, weightDecay: Float = 0) {
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
        velocities = Array(repeating: nil, count: schema.parameters.count)
    }

    public mutating func step(_ weights: inout Weights, _ gradients: Gradients, rate: Float, gradientScale: Float) {
        func decayFactor(_ parameter: Parameter) -> Float { decays(parameter) ? 1 - rate * weightDecay : 1 }
        if momentum != 0 {
            for parameter in gradients.schema.parameters where gradients.value(parameter.index) != nil && velocities[parameter.index] == nil
            {
                velocities[parameter.index] = Tensor(zeros: parameter.shape)
            }
        }
        let (spans, bases) = collectSpans(&weights, gradients, &touched, decayFactor: decayFactor)
        for index in velocities.indices { velocities[index]?.makeUnique() }
        let velocities = velocities
        let parameters = gradients.schema.parameters
        let zeros = Tensor(repeating: 0, [spans.reduce(0) { max($0, $1.gradient == nil ? $1.count : 0) }])
        Threads.forEach(spans.count) { index in
            let span = spans[index]
            guard let base = bases[span.parameter] else { return }
            let step = zk_sgd_step(
                rate: rate, decay_factor: decayFactor(parameters[span.parameter]), momentum: momentum, nesterov: nesterov ? 1 : 0,
                gradient_scale: gradientScale)
            zk_sgd(
                base + span.start, velocities[span.parameter].map { $0.mutablePointer + span.start }, span.gradient ?? zeros.pointer, step,
                span.count)
        }
    }
}
