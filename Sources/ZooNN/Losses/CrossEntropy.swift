internal import CKernels
import ZooTensor

/// Softmax cross-entropy over class labels, averaged with the weights of the labels' classes.
public struct CrossEntropy: Sendable, Hashable {
    /// The share of the target that is spread over all classes (Szegedy et al., 2016).
    public var labelSmoothing: Float
    /// A weight for each class; nil weighs all alike.
    public var classWeights: [Float]?

    public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
    }

    /// The sum of the weights of some labels: what the losses of a batch are divided by.
    public func weight(of labels: [Int]) -> Double {
        guard let classWeights else { return Double(labels.count) }
        return labels.reduce(0) { $0 + Double(classWeights[$1]) }
    }

    /// Σ weight × loss / total.
    ///
    /// - Parameters:
    ///   - logits: `[sequences, classes]`.
    ///   - labels: one class for each sequence.
    ///   - total: what to divide by; nil divides by the weights of these labels. Gradient accumulation passes the weight of all its batches,
    ///     so that the average is exact.
    /// - Returns: a scalar, `[1]`.
    public func callAsFunction(_ logits: Variable, labels: [Int], total: Double? = nil) -> Variable {
        let classes = logits.value.columns
        precondition(labels.count == logits.value.rows && labels.allSatisfy { $0 >= 0 && $0 < classes })
        let divisor = total ?? weight(of: labels)
        let gradient = logits.pass.allocate(labels.count, classes, .sequences)
        var sum = 0.0
        for (row, label) in labels.enumerated() {
            let weight = Double(classWeights?[label] ?? 1) / divisor
            sum +=
                weight
                * zk_cross_entropy_row(
                    logits.value.pointer + row * classes, classes, label, labelSmoothing, Float(weight),
                    gradient.mutablePointer + row * classes)
        }
        let slot = logits.slot
        return logits.pass.record(Tensor([Float(sum)], [1]), from: [slot]) { upstream, sink in
            let factor = upstream.pointer[0]
            sink.accumulate(into: slot, .sequences) { target, keep in
                if keep == 0 {
                    zk_copy_scaled(target, gradient.pointer, factor, gradient.count)
                } else {
                    zk_add_scaled(target, gradient.pointer, factor, gradient.count)
                }
            }
        }
    }
}
