import ModelZoo
package import ZooTensor

/// Multinomial logistic regression with a quadratic penalty on the weights, none on the biases: the head alone as a convex problem.
///
/// It minimises Σ wᵢ · CE(targetᵢ, softmax(W xᵢ + b)) / Σ wᵢ + ‖W‖² / (2 · C · Σ wᵢ), as scikit-learn's `LogisticRegression` does for the
/// same C and no weights.
package struct LogisticRegression {
    /// `[examples, width]`, best with means of 0 and a mean variance of 1.
    let features: Tensor
    /// The class of each example.
    let labels: [Int]
    /// The number of classes.
    let classes: Int
    /// How much the examples of each class count; nil: all alike.
    let classWeights: [Float]?
    /// The fraction of each target that is spread over all classes.
    let labelSmoothing: Double
    private let totalWeight: Double

    package init(_ features: Tensor, _ labels: [Int], classes: Int, classWeights: [Float]? = nil, labelSmoothing: Double = 0) {
        precondition(features.rows == labels.count, "one label for each row of features")
        self.features = features
        self.labels = labels
        self.classes = classes
        self.classWeights = classWeights
        self.labelSmoothing = labelSmoothing
        totalWeight = labels.reduce(0) { $0 + Double(classWeights?[$1] ?? 1) }
    }

    /// Weights `[classes, width]` in row-major order, then biases `[classes]`.
    package typealias Parameters = [Double]

    /// The number of parameters.
    package var parameterCount: Int { classes * (features.columns + 1) }

    /// Fits the parameters.
    ///
    /// - Parameters:
    ///   - strength: C, the inverse of the penalty's weight.
    ///   - start: where the search begins.
    package func fit(strength: Double, from start: Parameters? = nil) -> LBFGS.Result {
        guard totalWeight > 0 else {
            return LBFGS.Result(
                point: [Double](repeating: 0, count: parameterCount), value: 0, iterations: 0, hasConverged: true)
        }
        let weightCount = classes * features.columns
        let penalty = 1 / (strength * totalWeight)
        var matrix = Tensor(uninitialized: [classes, features.columns])
        var residuals = Tensor(uninitialized: [features.rows, classes])
        let product = Tensor(uninitialized: [classes, features.columns])
        return LBFGS().minimize(from: start ?? [Double](repeating: 0, count: parameterCount)) { point, gradient in
            matrix.withMutableElements { for i in 0..<weightCount { $0[i] = Float(point[i]) } }
            let loss = self.residuals(point[weightCount...], matrix, into: &residuals, biasGradient: &gradient)
            multiplyTiled(
                MatrixPointer(residuals.pointer, stride: classes, transposed: true),
                MatrixPointer(features.pointer, stride: features.columns),
                into: product.mutablePointer, stride: features.columns, rows: classes, columns: features.columns, inner: features.rows)
            var squares = 0.0
            product.withElements { product in
                for i in 0..<weightCount {
                    squares += point[i] * point[i]
                    gradient[i] = Double(product[i]) + penalty * point[i]
                }
            }
            return loss + penalty / 2 * squares
        }
    }

    /// The logits of rows of features, `[rows, classes]`.
    package static func logits(_ features: Tensor, _ parameters: Parameters, classes: Int) -> Tensor {
        let width = features.columns
        var matrix = Tensor(uninitialized: [classes, width])
        matrix.withMutableElements { for i in 0..<classes * width { $0[i] = Float(parameters[i]) } }
        var result = Tensor(uninitialized: [features.rows, classes])
        product(features, matrix, into: &result)
        result.withMutableElements { elements in
            for row in 0..<features.rows {
                for column in 0..<classes { elements[row * classes + column] += Float(parameters[classes * width + column]) }
            }
        }
        return result
    }

    private static func product(_ features: Tensor, _ matrix: Tensor, into result: inout Tensor) {
        let width = features.columns
        multiplyTiled(
            MatrixPointer(features.pointer, stride: width), MatrixPointer(matrix.pointer, stride: width, transposed: true),
            into: result.mutablePointer, stride: matrix.rows, rows: features.rows, columns: matrix.rows, inner: width)
    }

    /// Rows of one piece of work: fixed, so that sums are taken in the same order on any number of threads.
    private static let pieceRows = 128

    /// The gradient of the loss by the logits, `[examples, classes]`.
    ///
    /// - Parameter biasGradient: its last `classes` entries are written.
    /// - Returns: the mean loss.
    private func residuals(
        _ biases: ArraySlice<Double>, _ matrix: Tensor, into residuals: inout Tensor, biasGradient: inout [Double]
    ) -> Double {
        Self.product(features, matrix, into: &residuals)
        let classes = classes
        let biases = biases.map { Float($0) }
        let pieces = (labels.count + Self.pieceRows - 1) / Self.pieceRows
        // Of each piece: the loss, then the sums of the columns.
        var sums = [Double](repeating: 0, count: pieces * (classes + 1))
        let target = residuals.mutablePointer
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            nonisolated(unsafe) let target = target
            Threads.forEach(pieces) { piece in
                let own = UnsafeMutableBufferPointer(rebasing: sums[piece * (classes + 1)..<(piece + 1) * (classes + 1)])
                for row in piece * Self.pieceRows..<min((piece + 1) * Self.pieceRows, labels.count) {
                    let logits = UnsafeMutableBufferPointer(start: target + row * classes, count: classes)
                    own[0] += residual(logits, biases, labels[row], sums: own)
                }
            }
        }
        let first = biasGradient.count - classes
        for column in 0..<classes { biasGradient[first + column] = 0 }
        var loss = 0.0
        for piece in 0..<pieces {
            loss += sums[piece * (classes + 1)]
            for column in 0..<classes { biasGradient[first + column] += sums[piece * (classes + 1) + 1 + column] }
        }
        return loss
    }

    /// Turns the logits of an example into the gradient by them, and adds it to the sums behind the first one.
    ///
    /// - Returns: its contribution to the mean loss.
    private func residual(
        _ logits: UnsafeMutableBufferPointer<Float>, _ biases: [Float], _ label: Int, sums: UnsafeMutableBufferPointer<Double>
    ) -> Double {
        let weight = Double(classWeights?[label] ?? 1) / totalWeight
        var largest = -Float.infinity
        for i in logits.indices {
            logits[i] += biases[i]
            largest = max(largest, logits[i])
        }
        let truth = Double(logits[label] - largest)
        var meanLogit = 0.0
        var total = 0.0
        for i in logits.indices {
            let difference = Double(logits[i] - largest)
            meanLogit += difference
            let power = exponential(difference)
            total += power
            logits[i] = Float(power)
        }
        meanLogit /= Double(logits.count)
        let spread = labelSmoothing / Double(logits.count)
        for i in logits.indices {
            let value = (Double(logits[i]) / total - spread - (i == label ? 1 - labelSmoothing : 0)) * weight
            logits[i] = Float(value)
            sums[1 + i] += value
        }
        return weight * (logarithm(total) - (1 - labelSmoothing) * truth - labelSmoothing * meanLogit)
    }
}
