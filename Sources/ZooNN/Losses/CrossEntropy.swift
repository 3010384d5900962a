internal import CKernels
import ZooTensor

/// Softmax cross-entropy over class labels, averaged with the weights of the labels' classes.
public struct CrossEntropy: Sendable, Hashable {
    /// The share of the target that is spread over all classes (Szegedy et al., 2016).
    public var labelSmoothing: Float
    /// A weight for each class, 0 or more; nil weighs all alike.
    public var classWeights: [Float]?

    public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
    }

    /// The sum of the weights of some labels: what the losses of a batch are divided by.
    public func weight(of targets: [ClassTarget]) -> Double {
        guard let classWeights else { return Double(targets.count) }
        return targets.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.share * Double(classWeights[$1.label]) } }
    }

    /// The same for inputs of one class each.
    public func weight(of labels: [Int]) -> Double { weight(of: labels.map { ClassTarget($0) }) }

    /// Σ weight × loss / total.
    ///
    /// - Parameters:
    ///   - logits: `[sequences, classes]`.
    ///   - targets: the truth for each sequence. The loss of a mixed input is that of both classes in proportion.
    ///   - total: what to divide by; nil divides by the weights of these labels. Gradient accumulation passes the weight of all its batches,
    ///     so that the average is exact. Where all weights are 0, so are loss and gradients.
    /// - Returns: a scalar, `[1]`.
    public func callAsFunction(_ logits: Variable, targets: [ClassTarget], total: Double? = nil) -> Variable {
        let classes = logits.value.columns
        precondition(targets.count == logits.value.rows && targets.allSatisfy { $0.parts.allSatisfy { (0..<classes).contains($0.label) } })
        let divisor = total ?? weight(of: targets)
        let gradient = logits.pass.allocate(targets.count, classes, .sequences)
        var second = [Float](repeating: 0, count: targets.contains { $0.parts.count > 1 } ? classes : 0)
        var sum = 0.0
        for (row, target) in targets.enumerated() {
            let rowLogits = logits.value.pointer + row * classes
            let rowGradient = gradient.mutablePointer + row * classes
            for (number, part) in target.parts.enumerated() {
                let weight = divisor == 0 ? 0 : part.share * Double(classWeights?[part.label] ?? 1) / divisor
                if number == 0 {
                    sum += weight * zk_cross_entropy_row(rowLogits, classes, part.label, labelSmoothing, Float(weight), rowGradient)
                } else {
                    sum += weight * zk_cross_entropy_row(rowLogits, classes, part.label, labelSmoothing, Float(weight), &second)
                    zk_add(rowGradient, second, classes)
                }
            }
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

    /// The same for inputs of one class each.
    public func callAsFunction(_ logits: Variable, labels: [Int], total: Double? = nil) -> Variable {
        self(logits, targets: labels.map { ClassTarget($0) }, total: total)
    }
}
