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
    /// A parameter whose value is not finite.
    private let found = Mutex<Int?>(nil)
    private let isInspected = Atomic<Bool>(false)

    init() { matrices = Mutex([:]) }

    private init(_ matrices: [Key: PackedMatrix]) { self.matrices = Mutex(matrices) }

    /// The matrix of a parameter.
    ///
    /// - Parameter weight: its value, `[outputs, inputs]`.
    func matrix(_ parameter: Int, _ weight: Tensor, _ side: Side, inspects: Bool) -> PackedMatrix {
        let key = Key(parameter: parameter, side: side)
        return matrices.withLock { matrices in
            if let matrix = matrices[key] { return matrix }
            let source = MatrixPointer(weight.pointer, stride: weight.columns, transposed: side == .transposed)
            let (rows, columns) = side == .transposed ? (weight.columns, weight.rows) : (weight.rows, weight.columns)
            let matrix = PackedMatrix(source, rows: rows, columns: columns, inspects: inspects)
            if !matrix.isFinite { note(nonFinite: parameter) }
            matrices[key] = matrix
            return matrix
        }
    }

    /// The bytes of all matrices.
    var byteCount: Int { matrices.withLock { $0.values.reduce(0) { $0 + $1.byteCount } } }

    /// The first parameter that was found to hold NaN or infinity.
    var nonFinite: Int? { found.withLock { $0 } }

    func note(nonFinite parameter: Int) { found.withLock { $0 = $0 ?? parameter } }

    /// Calls `body`, which looks for a parameter that is not finite, unless it was called for these values before.
    func inspectOnce(_ body: () -> Int?) {
        guard !isInspected.load(ordering: .acquiring) else { return }
        if let parameter = body() { note(nonFinite: parameter) }
        isInspected.store(true, ordering: .releasing)
    }

    /// The same but for one parameter, whose value is about to change.
    func without(_ parameter: Int) -> PackedWeights {
        let rest = matrices.withLock { $0.filter { $0.key.parameter != parameter } }
        return PackedWeights(rest)
    }

    /// Forgets a parameter, whose value is about to change; only for an object that nobody else holds.
    func forget(_ parameter: Int) {
        found.withLock { $0 = nil }
        isInspected.store(false, ordering: .releasing)
        matrices.withLock { matrices in
            matrices[Key(parameter: parameter, side: .transposed)] = nil
            matrices[Key(parameter: parameter, side: .plain)] = nil
        }
    }
}
