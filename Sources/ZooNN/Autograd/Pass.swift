public import ZooTensor

/// One forward (and backward) computation: weights, mode, random numbers, tape. Not `Sendable`, never leaves its task.
///
/// Nothing is recorded, and no gradient is computed, for what no trainable parameter lies below.
public final class Pass {
    /// Whether dropout is on.
    public let isTraining: Bool
    /// The random numbers of this pass.
    public let random: RandomKey
    let weights: Weights
    let gradients: Gradients?
    let capacity: Capacity?
    private var tape: [Entry] = []
    private var nodeCount = 0
    private var dropoutSites: UInt32 = 0

    /// The sizes of the largest batch of a run: buffers are reserved for it, so that batches of varying sizes reuse the same memory.
    public struct Capacity: Sendable, Hashable {
        /// The largest number of tokens in a batch.
        public var tokens: Int
        /// The largest number of sequences in a batch.
        public var sequences: Int
        /// The length of the longest sequence.
        public var longest: Int

        public init(tokens: Int, sequences: Int, longest: Int) {
            self.tokens = tokens
            self.sequences = sequences
            self.longest = longest
        }
    }

    private struct Entry {
        let output: Int
        let pullback: (_ gradient: inout Tensor, _ sink: Pullback) -> Void
    }

    /// A pass for inference: no dropout, no tape.
    public init(_ weights: Weights) {
        self.weights = weights
        isTraining = false
        random = RandomKey(seed: 0)
        gradients = nil
        capacity = nil
        weights.inspectSmallTensors()
    }

    /// Whether what is read is looked at for NaN and infinity: in passes without gradients, whose results go to people. Training looks at losses
    /// and norms.
    var inspects: Bool { gradients == nil }

    /// A pass for training.
    ///
    /// - Parameters:
    ///   - gradients: where the gradients go, and which are wanted.
    ///   - random: a key that differs for every step.
    ///   - dropout: whether dropout is on.
    ///   - capacity: the sizes to reserve memory for.
    public init(_ weights: Weights, gradients: Gradients, random: RandomKey, dropout: Bool = true, capacity: Capacity? = nil) {
        self.weights = weights
        self.gradients = gradients
        self.random = random
        self.capacity = capacity
        isTraining = dropout
    }

    /// The value of a parameter in this pass.
    public subscript(_ parameter: Parameter) -> Variable {
        let isWanted = gradients?.isTrainable(parameter) ?? false
        return Variable(
            value: weights[parameter], slot: Slot(target: isWanted ? .parameter(parameter.index) : .constant, shape: parameter.shape),
            pass: self)
    }

    /// Where the gradient of a table that is read by rows goes; its values are read with their deferred decay applied.
    func table(_ parameter: Parameter) -> Table {
        let decay = weights.deferred[parameter.index]
        let isWanted = gradients?.isTrainable(parameter) ?? false
        return Table(
            value: weights.stored(parameter.index), decay: decay,
            slot: Slot(target: isWanted ? .parameter(parameter.index) : .constant, shape: parameter.shape))
    }

    /// A parameter that is read by rows.
    struct Table {
        let value: Tensor
        let decay: DeferredDecay?
        let slot: Slot

        /// What the stored row must be multiplied by.
        func factor(_ row: Int) -> Float {
            if let decay, !decay.isTouched[row] { decay.factor } else { 1 }
        }
    }

    /// A value that no gradient flows into.
    public func constant(_ value: Tensor) -> Variable {
        Variable(value: value, slot: Slot(target: .constant, shape: value.shape), pass: self)
    }

    /// Makes a variable out of others: the only way there is.
    ///
    /// - Parameters:
    ///   - value: what was computed.
    ///   - inputs: what it was computed from.
    ///   - recompute: makes the value again out of what the pullback keeps anyway, with the same bits, where that is cheap: then those that
    ///     need the value for their gradients need not keep it.
    ///   - pullback: takes the gradient of the value, which it may overwrite, and adds the inputs' gradients to the sink. It should
    ///     capture slots and those tensors that it reads, not variables, so that memory is released as early as can be.
    public func record(
        _ value: Tensor, from inputs: [Slot], recompute: (() -> Tensor)? = nil,
        pullback: @escaping (_ gradient: inout Tensor, _ sink: Pullback) -> Void
    ) -> Variable {
        guard inputs.contains(where: { $0.needsGradient }) else { return constant(value) }
        let node = nodeCount
        nodeCount += 1
        tape.append(Entry(output: node, pullback: pullback))
        return Variable(value: value, slot: Slot(target: .node(node), shape: value.shape), pass: self, recompute: recompute)
    }

    /// Whether a value made from these inputs will be recorded: then the operation keeps what its pullback reads.
    func records(_ inputs: [Slot]) -> Bool { inputs.contains { $0.needsGradient } }

    /// Memory for a result with `rows` rows, reserved for the largest batch.
    func allocate(_ rows: Int, _ columns: Int, _ kind: RowKind) -> Tensor {
        guard let capacity else { return Tensor(uninitialized: [rows, columns]) }
        let most = kind == .tokens ? capacity.tokens : capacity.sequences
        return Tensor(uninitialized: [rows, columns], capacity: max(most, rows) * columns)
    }

    /// Zeros, a row for each tile of `target` rows: for sums over rows that are computed tile by tile.
    func allocateParts(_ tiles: Int, _ columns: Int, target: Int) -> Tensor {
        let most = capacity.map { pieces($0.tokens, target: target) } ?? tiles
        let parts = Tensor(uninitialized: [tiles, columns], capacity: max(most, tiles) * columns)
        parts.mutablePointer.update(repeating: 0, count: tiles * columns)
        return parts
    }

    /// A number of its own for each place where dropout is applied.
    func nextDropoutSite() -> UInt32 {
        dropoutSites += 1
        return dropoutSites
    }

    /// Computes the gradients of a scalar with respect to every trainable parameter, and releases the tape.
    ///
    /// - Parameter scale: the gradient of the scalar itself: 1, or a share when gradients of several batches are added up.
    public func backward(from loss: Variable, scale: Float = 1) {
        guard let gradients, case .node(let last) = loss.slot.target else { return }
        let sink = Pullback(nodeCount: nodeCount, gradients: gradients, pass: self)
        sink.adjoints[last] = Tensor(repeating: scale, loss.value.shape)
        while let entry = tape.popLast() {
            guard var gradient = sink.take(entry.output) else { continue }
            entry.pullback(&gradient, sink)
        }
    }
}

/// What the rows of a tensor stand for; it decides how much memory is reserved.
public enum RowKind: Sendable, Hashable {
    case tokens
    case sequences
}

/// Where the gradient of a variable goes.
public struct Slot {
    enum Target {
        case constant
        case parameter(Int)
        case node(Int)
    }

    let target: Target
    /// The shape of the variable.
    public let shape: Shape

    /// Whether a gradient is wanted.
    public var needsGradient: Bool { if case .constant = target { false } else { true } }
}

/// A tensor inside a pass. It knows its pass, so that layers stay unary.
public struct Variable {
    /// The value.
    public let value: Tensor
    /// Where its gradient goes.
    public let slot: Slot
    /// The pass that it belongs to.
    public let pass: Pass
    /// Makes the value again, for pullbacks: what they do not keep takes no memory until then.
    let recompute: (() -> Tensor)?

    init(value: Tensor, slot: Slot, pass: Pass, recompute: (() -> Tensor)? = nil) {
        self.value = value
        self.slot = slot
        self.pass = pass
        self.recompute = recompute
    }

    /// The dimensions.
    public var shape: Shape { value.shape }

    /// The same elements, and the same gradient, in other dimensions of as many elements.
    func reshaped(_ shape: Shape) -> Variable {
        Variable(value: value.reshaped(shape), slot: Slot(target: slot.target, shape: shape), pass: pass)
    }
}

/// Takes the gradients of a pullback's inputs.
public final class Pullback {
    fileprivate var adjoints: [Tensor?]
    private let gradients: Gradients
    private unowned let pass: Pass

    fileprivate init(nodeCount: Int, gradients: Gradients, pass: Pass) {
        adjoints = Array(repeating: nil, count: nodeCount)
        self.gradients = gradients
        self.pass = pass
    }

    fileprivate func take(_ node: Int) -> Tensor? {
        defer { adjoints[node] = nil }
        return adjoints[node]
    }

    /// Adds a whole tensor.
    public func add(_ gradient: Tensor, to slot: Slot) {
        switch slot.target {
        case .constant: return
        case .node(let node):
            if adjoints[node] == nil {
                adjoints[node] = gradient
            } else {
                accumulate(into: slot) { pointer, _ in addElements(pointer, gradient) }
            }
        case .parameter:
            accumulate(into: slot) { pointer, keep in
                if keep == 0 {
                    pointer.update(from: gradient.pointer, count: gradient.count)
                } else {
                    addElements(pointer, gradient)
                }
            }
        }
    }

    /// Lets `body` write (keep 0) or add (keep 1) in place.
    ///
    /// - Parameter kind: what the rows stand for.
    public func accumulate(
        into slot: Slot, _ kind: RowKind = .tokens, _ body: (_ pointer: UnsafeMutablePointer<Float>, _ keep: Float) -> Void
    ) {
        switch slot.target {
        case .constant: return
        case .parameter(let index): gradients.accumulate(index, body)
        case .node(let node):
            if var tensor = adjoints[node] {
                adjoints[node] = nil
                tensor.makeUnique()
                body(tensor.mutablePointer, 1)
                adjoints[node] = tensor
            } else {
                let tensor = pass.allocate(slot.shape.rows, slot.shape.columns, kind).reshaped(slot.shape)
                body(tensor.mutablePointer, 0)
                adjoints[node] = tensor
            }
        }
    }

    /// Adds the gradient of some rows, ascending, of a table.
    func add(rows: [Int32], _ gradient: Tensor, to slot: Slot) {
        if case .parameter(let index) = slot.target { gradients.accumulate(index, rows: rows, gradient) }
    }
}
