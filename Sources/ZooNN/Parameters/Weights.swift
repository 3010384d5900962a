internal import CKernels
public import ZooTensor

/// Values for a schema. Copy-on-write per tensor: a snapshot is `let best = weights`.
public struct Weights: Sendable {
    private var tensors: [Tensor]
    /// Weight decay not yet applied to the rows of embedding tables, by parameter (see ``DeferredDecay``).
    package var deferred: [Int: DeferredDecay] = [:]
    /// Shared by copies; what is changed in one copy is forgotten there alone.
    private var packed = PackedWeights()
    /// The files that values lie in, or were made of.
    private let watches: [FileWatch]

    /// One tensor for each parameter of the schema, in its order.
    public init(_ schema: Schema, _ tensors: [Tensor]) {
        precondition(
            schema.parameters.count == tensors.count && zip(schema.parameters, tensors).allSatisfy { $0.shape == $1.shape },
            "the tensors do not fit the schema")
        self.tensors = tensors
        var seen: Set<ObjectIdentifier> = []
        watches = tensors.compactMap(\.watch).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// Throws when a mapped file that values lie in was cut or could not be read since it was opened: what was computed with these weights is
    /// worth nothing then.
    public func checkFiles() throws(FileError) {
        for watch in watches { try watch.check() }
    }

    /// The bytes of the matrices that are kept in the layout of products.
    package var packedByteCount: Int { packed.byteCount }

    /// A parameter that was found to hold NaN or infinity when a pass without gradients read it.
    package var nonFiniteIndex: Int? { packed.nonFinite }

    /// Notes such a parameter.
    func noteNonFinite(_ index: Int) { packed.note(nonFinite: index) }

    /// Looks at all that is read whole and is no matrix of a product, once for these values: biases, norms, tokens, positions.
    func inspectSmallTensors() {
        packed.inspectOnce {
            tensors.indices.first { tensors[$0].shape.rank != 2 && !tensors[$0].isFinite }
        }
    }

    /// The value of a parameter.
    public subscript(_ parameter: Parameter) -> Tensor {
        get {
            precondition(deferred[parameter.index] == nil, "\(parameter.path) is read before settle()")
            return tensors[parameter.index]
        }
        _modify {
            if deferred[parameter.index] != nil { settle() }
            forgetPacked(parameter.index)
            yield &tensors[parameter.index]
        }
    }

    /// A matrix of weights, `[outputs, inputs]` in any shape, in the layout of products.
    ///
    /// - Parameter inspects: whether a value that is not finite is to be noted; the matrix is only looked at where it is made.
    func packed(_ parameter: Parameter, _ side: PackedWeights.Side, inspects: Bool) -> PackedMatrix {
        let outputs = parameter.shape[0]
        let value = self[parameter].reshaped([outputs, parameter.shape.count / outputs])
        return packed.matrix(parameter.index, value, side, inspects: inspects)
    }

    /// Ends the sharing of matrices in the layout of products with other copies, which would keep those of weights that training changes.
    package mutating func unsharePacked() { packed = PackedWeights() }

    private mutating func forgetPacked(_ index: Int) {
        if isKnownUniquelyReferenced(&packed) { packed.forget(index) } else { packed = packed.without(index) }
    }

    /// Gives a tensor memory of its own that is about to be written; what is deferred stays so.
    package mutating func makeUnique(_ index: Int) {
        forgetPacked(index)
        if !tensors[index].isUnique() { tensors[index] = tensors[index].lastingCopy() }
    }

    /// The stored value of a table, without deferred decay.
    package func stored(_ index: Int) -> Tensor { tensors[index] }

    /// Applies what was deferred. Call before the weights are read by anything but a training step.
    public mutating func settle() {
        for (index, decay) in deferred where decay.factor != 1 {
            tensors[index].withMutableElements { elements in
                guard let base = elements.baseAddress else { return }
                let width = elements.count / max(decay.isTouched.count, 1)
                Threads.forEach((decay.isTouched.count + 255) / 256) { block in
                    for row in block * 256..<min((block + 1) * 256, decay.isTouched.count) where !decay.isTouched[row] {
                        zk_scale(base + row * width, decay.factor, width)
                    }
                }
            }
            deferred[index]?.factor = 1
        }
        deferred = [:]
    }

    /// Weights with memory of their own: later steps do not copy, as they would for a snapshot that shares memory.
    public func copy() -> Weights {
        var result = self
        result.tensors = tensors.map { $0.lastingCopy() }
        result.packed = PackedWeights()
        return result
    }

    /// A fresh value for a parameter; it depends on the seed and the path alone, so that the order of declaration does not matter.
    public static func fresh(_ parameter: Parameter, seed: UInt64) -> Tensor {
        switch parameter.initializer {
        case .zeros: return Tensor(repeating: 0, parameter.shape)
        case .ones: return Tensor(repeating: 1, parameter.shape)
        case .normal(let deviation):
            var tensor = Tensor(uninitialized: parameter.shape)
            let key = RandomKey(seed: seed).derived(parameter.path.description)
            tensor.withMutableElements { elements in
                guard let base = elements.baseAddress else { return }
                zk_normal(base, key.bits, elements.count)
                zk_scale(base, deviation, elements.count)
            }
            return tensor
        }
    }
}

/// Weight decay of table rows that no gradient has touched yet.
///
/// Their moments are zero, so the whole update of such a row is one multiplication by `1 - rate * decay`. The product of these factors is
/// kept, reading a row multiplies by it, and the first gradient that touches a row applies it for good: equal to the dense update, without
/// its memory traffic.
package struct DeferredDecay: Sendable {
    /// Which rows have been touched and are up to date.
    package var isTouched: [Bool]
    /// What every other row must still be multiplied by.
    package var factor: Float = 1

    package init(rows: Int) { isTouched = Array(repeating: false, count: rows) }
}
