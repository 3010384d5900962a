import Synchronization
import ZooTensor

/// Matrices of weights in the layout of products, made when they are first needed and kept while the weights stay as they are.
final class PackedWeights: Sendable {
    /// How a weight `[outputs, inputs]` is multiplied from the right.
    enum Side: Hashable {
        /// x Wᵀ: the forward direction.
        case transposed
        /// y W: the gradient of the input.
        case plain
    }

    private struct Key: Hashable {
        let parameter: Int
        let side: Side
    }

    private let matrices: Mutex<[Key: PackedMatrix]>

    init() { matrices = Mutex([:]) }

    private init(_ matrices: [Key: PackedMatrix]) { self.matrices = Mutex(matrices) }

    /// The matrix of a parameter.
    ///
    /// - Parameter weight: its value, `[outputs, inputs]`.
    func matrix(_ parameter: Int, _ weight: Tensor, _ side: Side) -> PackedMatrix {
        let key = Key(parameter: parameter, side: side)
        return matrices.withLock { matrices in
            if let matrix = matrices[key] { return matrix }
            let source = MatrixPointer(weight.pointer, stride: weight.columns, transposed: side == .transposed)
            let (rows, columns) = side == .transposed ? (weight.columns, weight.rows) : (weight.rows, weight.columns)
            let matrix = PackedMatrix(source, rows: rows, columns: columns)
            matrices[key] = matrix
            return matrix
        }
    }

    /// The same but for one parameter, whose value is about to change.
    func without(_ parameter: Int) -> PackedWeights {
        let rest = matrices.withLock { $0.filter { $0.key.parameter != parameter } }
        return PackedWeights(rest)
    }

    /// Forgets a parameter, whose value is about to change; only for an object that nobody else holds.
    func forget(_ parameter: Int) {
        matrices.withLock { matrices in
            matrices[Key(parameter: parameter, side: .transposed)] = nil
            matrices[Key(parameter: parameter, side: .plain)] = nil
        }
    }
}
