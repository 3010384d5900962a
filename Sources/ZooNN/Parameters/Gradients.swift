internal import CKernels
public import ZooTensor

/// The gradients of a set of trainable parameters. Made once and reused, so that a step allocates nothing.
public final class Gradients {
    /// A parameter's gradient.
    package enum Value {
        case dense(Tensor)
        /// The rows of a table that were read, in ascending order, and their gradients `[rows.count, width]`.
        case rows([Int32], Tensor)
    }

    /// The schema that the gradients belong to.
    public let schema: Schema
    private let isTrainable: [Bool]
    private var buffers: [Tensor?]
    private var values: [Value?]

    /// - Parameter trainable: tells for each parameter whether its gradient is wanted.
    public init(_ schema: Schema, trainable: (Parameter) -> Bool) {
        self.schema = schema
        isTrainable = schema.parameters.map(trainable)
        buffers = Array(repeating: nil, count: schema.parameters.count)
        values = Array(repeating: nil, count: schema.parameters.count)
    }

    /// Whether the gradient of a parameter is wanted.
    public func isTrainable(_ parameter: Parameter) -> Bool { isTrainable[parameter.index] }

    /// The trainable parameters in the order of the schema.
    public var trainableParameters: [Parameter] { schema.parameters.filter { isTrainable[$0.index] } }

    /// Forgets all gradients and keeps the memory.
    public func reset() {
        for index in values.indices { values[index] = nil }
    }

    /// The trainable parameters that have received no gradient.
    public var missing: [Parameter] { schema.parameters.filter { isTrainable[$0.index] && values[$0.index] == nil } }

    /// A parameter's gradient, nil if it has received none.
    public func dense(_ parameter: Parameter) -> Tensor? {
        switch values[parameter.index] {
        case nil: return nil
        case .dense(let tensor): return tensor.copy()  // the buffer itself is written again by the next pass
        case .rows(let rows, let tensor):
            var result = Tensor(repeating: 0, parameter.shape)
            let width = tensor.columns
            result.withMutableElements { elements in
                for (place, row) in rows.enumerated() {
                    for column in 0..<width { elements[Int(row) * width + column] = tensor.pointer[place * width + column] }
                }
            }
            return result
        }
    }

    package func value(_ index: Int) -> Value? { values[index] }

    /// Lets `body` write (keep 0) or add to (keep 1) the gradient of a parameter.
    package func accumulate(_ index: Int, _ body: (_ pointer: UnsafeMutablePointer<Float>, _ keep: Float) -> Void) {
        var keep: Float = 0
        if case .rows? = values[index] {
            // A table that is read both by rows and as a whole: go on dense.
            let tensor = dense(schema.parameters[index])
            buffers[index] = tensor
            keep = 1
        } else if values[index] != nil {
            keep = 1
        } else if buffers[index] == nil {
            buffers[index] = Tensor(zeros: schema.parameters[index].shape)
        }
        guard let buffer = buffers[index] else { return }
        body(buffer.mutablePointer, keep)
        values[index] = .dense(buffer)
    }

    /// Adds the gradient of some rows of a table.
    package func accumulate(_ index: Int, rows: [Int32], _ tensor: Tensor) {
        let width = tensor.columns
        switch values[index] {
        case nil:
            values[index] = .rows(rows, tensor)
        case .dense(let dense):
            for (place, row) in rows.enumerated() {
                zk_add(dense.mutablePointer + Int(row) * width, tensor.pointer + place * width, width)
            }
        case .rows(let oldRows, let oldTensor):
            let union = Set(oldRows).union(rows).sorted()
            var place: [Int32: Int] = [:]
            for (index, row) in union.enumerated() { place[row] = index }
            // As much as both parts have, which is the same in every step: so the memory is used again.
            let most = min(schema.parameters[index].shape.count, oldTensor.capacity + tensor.capacity)
            let sum = Tensor(uninitialized: [union.count, width], capacity: most)
            sum.mutablePointer.update(repeating: 0, count: sum.count)
            for (list, values) in [(oldRows, oldTensor), (rows, tensor)] {
                for (index, row) in list.enumerated() {
                    zk_add(sum.mutablePointer + (place[row] ?? 0) * width, values.pointer + index * width, width)
                }
            }
            values[index] = .rows(union, sum)
        }
    }

    /// The Euclidean norm over all gradients. Summed in a fixed order.
    public func globalNorm() -> Double {
        var spans: [(UnsafePointer<Float>, Int)] = []
        let stretch = 1 << 16
        for value in values {
            switch value {
            case nil: continue
            case .dense(let tensor), .rows(_, let tensor):
                for start in stride(from: 0, to: tensor.count, by: stretch) {
                    spans.append((tensor.pointer + start, min(stretch, tensor.count - start)))
                }
            }
        }
        var parts = [Double](repeating: 0, count: spans.count)
        parts.withUnsafeMutableBufferPointer { parts in
            nonisolated(unsafe) let base = parts
            Threads.forEach(spans.count) { index in base[index] = zk_sum_squares(spans[index].0, spans[index].1) }
        }
        return parts.reduce(0, +).squareRoot()
    }
}
