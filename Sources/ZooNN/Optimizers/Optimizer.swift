internal import CKernels
import ZooTensor

/// Changes weights along their gradients, in place: after the first step every tensor keeps its memory.
public protocol Optimizer: Sendable {
    /// One step.
    ///
    /// - Parameters:
    ///   - rate: the learning rate of this step.
    ///   - gradientScale: what the gradients are multiplied by first, for clipping.
    mutating func step(_ weights: inout Weights, _ gradients: Gradients, rate: Float, gradientScale: Float)
}

/// Which optimizer, with its settings: what a configuration names.
public enum OptimizerKind: Sendable, Hashable {
    case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)
    case sgd(momentum: Float = 0.9, nesterov: Bool = false, weightDecay: Float = 0)

    /// The name on the command line.
    public var name: String {
        switch self {
        case .adamW: "adamw"
        case .sgd: "sgd"
        }
    }

    /// An optimizer with fresh state.
    public func make(_ schema: Schema) -> any Optimizer {
        switch self {
        case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            AdamW(schema, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
        case .sgd(let momentum, let nesterov, let weightDecay):
            SGD(schema, momentum: momentum, nesterov: nesterov, weightDecay: weightDecay)
        }
    }

    /// How many values the optimizer keeps for each trainable one.
    public var statesPerWeight: Int {
        switch self {
        case .adamW: 2
        case .sgd(let momentum, _, _): momentum == 0 ? 0 : 1
        }
    }
}

/// Weight decay is for matrices; biases and norms, which have one axis, are left alone.
func decays(_ parameter: Parameter) -> Bool { parameter.shape.rank > 1 }

/// A stretch of one parameter, for one thread.
struct Span {
    let parameter: Int
    /// The first element.
    let start: Int
    let count: Int
    /// The gradient of the first element; nil for a row that got none in this step.
    let gradient: UnsafePointer<Float>?

    static let length = 1 << 15

    static func cut(_ parameter: Int, count: Int, gradient: UnsafePointer<Float>) -> [Span] {
        stride(from: 0, to: count, by: length).map {
            Span(parameter: parameter, start: $0, count: min(length, count - $0), gradient: gradient + $0)
        }
    }
}

/// Which rows of tables an optimizer has touched. Rows that no gradient has reached have zero moments and wait (see ``DeferredDecay``).
struct TouchedRows: Sendable {
    /// The rows of the tables whose gradients came by rows.
    private var touched: [Int: [Bool]] = [:]
    /// The parameters that have had a dense gradient: all their rows may have moments.
    private var dense: Set<Int> = []

    /// Brings the rows of a gradient up to date, marks them, and returns the spans of all rows ever touched.
    ///
    /// - Parameter decayFactor: what the rows that stay untouched are to be multiplied by after this step.
    mutating func spans(
        _ parameter: Parameter, rows: [Int32], gradient: Tensor, weights: inout Weights, base: UnsafeMutablePointer<Float>,
        decayFactor: Float
    ) -> [Span] {
        let count = parameter.shape.rows
        let width = parameter.shape.columns
        var isTouched = touchedRows(of: parameter)
        let pending = weights.deferred[parameter.index]?.factor ?? 1
        for row in rows where !isTouched[Int(row)] {
            if pending != 1 { zk_scale(base + Int(row) * width, pending, width) }
            isTouched[Int(row)] = true
        }
        touched[parameter.index] = isTouched
        var decay = DeferredDecay(rows: 0)
        decay.isTouched = isTouched
        decay.factor = pending * decayFactor
        weights.deferred[parameter.index] = decay

        var spans: [Span] = []
        var place = 0
        for row in 0..<count where isTouched[row] {
            while place < rows.count && Int(rows[place]) < row { place += 1 }
            let hasGradient = place < rows.count && Int(rows[place]) == row
            spans.append(
                Span(
                    parameter: parameter.index, start: row * width, count: width,
                    gradient: hasGradient ? gradient.pointer + place * width : nil))
        }
        return spans
    }

    /// Which rows of a parameter have been touched so far.
    private func touchedRows(of parameter: Parameter) -> [Bool] {
        touched[parameter.index] ?? Array(repeating: dense.contains(parameter.index), count: parameter.shape.rows)
    }

    /// Whether what is deferred for a parameter's rows was deferred by this optimizer, and in its last step: else it is of another one, or the
    /// weights are an earlier state.
    func knows(_ decay: DeferredDecay, of parameter: Parameter) -> Bool { decay.isTouched == touchedRows(of: parameter) }

    /// A dense gradient touches all rows, whether any came by rows before or only will.
    mutating func touchAll(_ parameter: Int) {
        touched[parameter] = nil
        dense.insert(parameter)
    }
}

/// Collects the spans of all gradients, and the weights' memory. Applies what was deferred where a table's gradient is dense.
func collectSpans(
    _ weights: inout Weights, _ gradients: Gradients, _ touched: inout TouchedRows, decayFactor: (Parameter) -> Float
) -> (spans: [Span], bases: [UnsafeMutablePointer<Float>?]) {
    var spans: [Span] = []
    var bases = [UnsafeMutablePointer<Float>?](repeating: nil, count: gradients.schema.parameters.count)
    for parameter in gradients.schema.parameters {
        guard let value = gradients.value(parameter.index) else { continue }
        if let decay = weights.deferred[parameter.index] {
            // A dense gradient needs the whole table; and what another optimizer deferred is not ours to tell by rows.
            if case .dense = value { weights.settle() } else if !touched.knows(decay, of: parameter) { weights.settle() }
        }
        weights.makeUnique(parameter.index)
        let base = weights.stored(parameter.index).mutablePointer
        bases[parameter.index] = base
        switch value {
        case .dense(let gradient):
            touched.touchAll(parameter.index)
            spans += Span.cut(parameter.index, count: gradient.count, gradient: gradient.pointer)
        case .rows(let rows, let gradient):
            spans += touched.spans(
                parameter, rows: rows, gradient: gradient, weights: &weights, base: base, decayFactor: decayFactor(parameter))
        }
    }
    return (spans, bases)
}
