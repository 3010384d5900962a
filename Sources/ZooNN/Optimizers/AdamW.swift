internal import CKernels
import ZooTensor

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with the bias correction of Kingma and Ba (2015).
///
/// Biases and norms are not decayed. Tables read by rows are updated only where a gradient has ever arrived; the decay of the other rows is
/// deferred, which gives the values of the dense update.
public struct AdamW: Optimizer {
    let beta1: Float
    let beta2: Float
    let epsilon: Float
    let weightDecay: Float
    private var stepCount = 0
    private var first: [Tensor?]
    private var second: [Tensor?]
    private var touched = TouchedRows()

    public init(_ schema: Schema, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        first = Array(repeating: nil, count: schema.parameters.count)
        second = first
    }

    public mutating func step(_ weights: inout Weights, _ gradients: Gradients, rate: Float, gradientScale: Float) {
        stepCount += 1
        let correction1 = 1 - pow(Double(beta1), stepCount)
        let correction2 = 1 - pow(Double(beta2), stepCount)
        func decayFactor(_ parameter: Parameter) -> Float { decays(parameter) ? 1 - rate * weightDecay : 1 }
        for parameter in gradients.schema.parameters where gradients.value(parameter.index) != nil && first[parameter.index] == nil {
            first[parameter.index] = Tensor(zeros: parameter.shape)
            second[parameter.index] = Tensor(zeros: parameter.shape)
        }
        let (spans, bases) = collectSpans(&weights, gradients, &touched, decayFactor: decayFactor)
        for index in first.indices {
            first[index]?.makeUnique()
            second[index]?.makeUnique()
        }
        let steps = gradients.schema.parameters.map { parameter in
            zk_adamw_step(
                rate_over_correction: Float(Double(rate) / correction1), decay_factor: decayFactor(parameter), beta1: beta1, beta2: beta2,
                inverse_root_correction: Float(1 / correction2.squareRoot()), epsilon: epsilon, gradient_scale: gradientScale)
        }
        let (first, second) = (first, second)
        let batch = 16  // rows of tables are short: several to a piece
        Threads.forEach((spans.count + batch - 1) / batch) { piece in
            for span in spans[piece * batch..<min((piece + 1) * batch, spans.count)] {
                guard let base = bases[span.parameter], let m = first[span.parameter], let v = second[span.parameter] else { continue }
                zk_adamw(
                    base + span.start, m.mutablePointer + span.start, v.mutablePointer + span.start, span.gradient, steps[span.parameter],
                    span.count)
            }
        }
    }
}

/// base to a whole power, the same on every platform.
func pow(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = exponent
    while rest > 0 {
        if rest & 1 == 1 { result *= factor }
        factor *= factor
        rest >>= 1
    }
    return result
}
