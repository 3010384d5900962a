internal import CKernels
import ZooTensor

/// One block of output columns of a linear operation: weight `[columns, inner]`, bias `[columns]`.
struct LinearBlock {
    let parameter: Parameter
    let weight: Variable
    let bias: Variable?
}

/// What follows a product while its tile is in the cache: activation, dropout, residual, layer norm, in this order, each optional.
struct Epilogue {
    var activation: Activation = .identity
    var dropout: Float = 0
    var residual: Variable?
    var norm: (gain: Variable, bias: Variable, epsilon: Float)?
}

/// norm(dropout(activation(x Wᵀ + b)) + residual), with the outputs of several weights side by side.
///
/// - Parameters:
///   - x: `[rows, inner]`.
///   - blocks: the weights; an epilogue beyond the bias is for a single block.
/// - Returns: `[rows, sum of the blocks' columns]`.
func linear(_ x: Variable, _ blocks: [LinearBlock], _ epilogue: Epilogue = Epilogue(), rows kind: RowKind = .tokens) -> Variable {
    let operation = LinearOperation(x, blocks, epilogue, kind)
    return operation.forward()
}

private struct LinearOperation {
    /// Not owned: the tape, which belongs to the pass, holds this operation.
    unowned let pass: Pass
    let kind: RowKind
    let rows: Int
    let inner: Int
    let columns: Int
    private(set) var x: Tensor
    /// Makes x again for the backward pass, where it is not kept.
    let recomputeX: (() -> Tensor)?
    let xSlot: Slot
    let parameters: [Parameter]
    let weights: [Tensor]
    let weightSlots: [Slot]
    let biases: [Tensor?]
    let biasSlots: [Slot?]
    /// The first output column of each block.
    let starts: [Int]
    let activation: Activation
    let dropout: Dropout
    let residual: Tensor?
    let residualSlot: Slot?
    let gain: Tensor?
    let normBias: Tensor?
    let gainSlot: Slot?
    let normBiasSlot: Slot?
    let epsilon: Float

    init(_ x: Variable, _ blocks: [LinearBlock], _ epilogue: Epilogue, _ kind: RowKind) {
        pass = x.pass
        self.kind = kind
        rows = x.value.rows
        inner = x.value.columns
        self.x = x.value
        recomputeX = x.recompute
        xSlot = x.slot
        parameters = blocks.map(\.parameter)
        weights = blocks.map(\.weight.value)
        weightSlots = blocks.map(\.weight.slot)
        biases = blocks.map { $0.bias?.value }
        biasSlots = blocks.map { $0.bias?.slot }
        var start = 0
        starts = blocks.map { block in
            defer { start += block.weight.value.rows }
            return start
        }
        columns = start
        activation = epilogue.activation
        dropout = Dropout(epilogue.dropout, x.pass)
        residual = epilogue.residual?.value
        residualSlot = epilogue.residual?.slot
        gain = epilogue.norm?.gain.value
        normBias = epilogue.norm?.bias.value
        gainSlot = epilogue.norm?.gain.slot
        normBiasSlot = epilogue.norm?.bias.slot
        epsilon = epilogue.norm?.epsilon ?? 0
        precondition(weights.allSatisfy { $0.columns == x.value.columns }, "linear: input and weight widths differ")
        precondition(blocks.count == 1 || (activation == .identity && residual == nil && gain == nil && !dropout.isOn))
    }

    var hasTail: Bool { residual != nil || dropout.isOn }

    /// The row tiles when there are rows enough; else the product is cut by columns and the epilogue runs afterwards.
    ///
    /// The rows of a tile stay in the second-level cache while the weights pass; there must be tiles enough to share out evenly.
    var rowTiles: Int { rows >= 128 ? pieces(rows, target: LinearOperation.leastTile) : 1 }

    /// The least that is aimed at for the rows of a tile.
    static let leastTile = 192

    func range(_ tile: Int) -> Range<Int> { piece(tile, of: rowTiles, count: rows, unit: 16) }

    /// The weights in the layout of products.
    func matrices(_ side: PackedWeights.Side) -> [PackedMatrix] {
        parameters.map { pass.weights.packed($0, side, inspects: pass.inspects) }
    }

    func forward() -> Variable {
        let slots = [xSlot] + weightSlots + biasSlots.compactMap { $0 } + [residualSlot, gainSlot, normBiasSlot].compactMap { $0 }
        let records = pass.records(slots)
        let output = pass.allocate(rows, columns, kind)
        // What the pullback reads: the input of the activation, and the input of the norm.
        let pre = records && activation != .identity ? pass.allocate(rows, columns, kind) : output
        let sum = records && gain != nil ? pass.allocate(rows, columns, kind) : output
        let statistics = records && gain != nil ? pass.allocate(rows, 2, kind) : nil

        let matrices = matrices(.transposed)
        if rowTiles > 1 {
            Threads.forEach(rowTiles) { tile in
                let range = range(tile)
                product(range, matrices, into: activation != .identity ? pre : sum)
                finish(range, pre: pre, sum: sum, output: output, statistics: statistics)
            }
        } else {
            productByColumns(matrices, into: activation != .identity ? pre : sum, output: sum)
            if hasTail || gain != nil {
                let pieces = rows * columns < 1 << 14 ? 1 : min(rows, 8)
                Threads.forEach(pieces) { index in
                    finishRows(piece(index, of: pieces, count: rows), bias: nil, sum: sum, output: output, statistics: statistics)
                }
            }
        }
        guard records else { return pass.constant(output) }
        let preKept = activation != .identity ? pre : nil
        let sumKept = gain != nil ? sum : nil
        var kept = self
        if recomputeX != nil { kept.x = Tensor([], [0]) }
        return pass.record(output, from: slots, recompute: recomputation(preKept)) { [kept] gradient, sink in
            kept.backward(&gradient, sink, pre: preKept, sum: sumKept, statistics: statistics)
        }
    }

    /// How the output follows from the activation's input, if nothing comes after it.
    private func recomputation(_ pre: Tensor?) -> (() -> Tensor)? {
        guard let pre, !hasTail, gain == nil else { return nil }
        let (code, kind, rows, columns) = (activation.code, kind, rows, columns)
        return { [unowned pass] in
            let output = pass.allocate(rows, columns, kind)
            let tiles = rows > 64 ? pieces(rows, target: 128) : 1
            Threads.forEach(tiles) { tile in
                let range = piece(tile, of: tiles, count: rows)
                let first = range.lowerBound * columns
                zk_bias_activation(code, pre.mutablePointer + first, nil, output.mutablePointer + first, range.count, columns)
            }
            return output
        }
    }

    private func product(_ range: Range<Int>, _ matrices: [PackedMatrix], into target: Tensor) {
        for (block, matrix) in matrices.enumerated() {
            matrix.multiply(
                x.pointer + range.lowerBound * inner, stride: inner, count: range.count, columns: 0..<matrix.columns,
                into: target.mutablePointer + range.lowerBound * columns + starts[block], stride: columns)
        }
    }

    /// The products of all blocks with bias and activation, cut by columns: for few rows.
    private func productByColumns(_ matrices: [PackedMatrix], into target: Tensor, output: Tensor) {
        forEachPiece(matrices) { block, part in
            let first = starts[block] + part.lowerBound
            matrices[block].multiply(
                x.pointer, stride: inner, count: rows, columns: part, into: target.mutablePointer + first, stride: columns)
            let bias = biases[block].map { $0.pointer + part.lowerBound }
            if activation != .identity {
                for row in 0..<rows {
                    let place = first + row * columns
                    zk_bias_activation(activation.code, target.mutablePointer + place, bias, output.mutablePointer + place, 1, part.count)
                }
            } else if let bias {
                zk_add_bias(target.mutablePointer + first, bias, rows, part.count, columns)
            }
        }
    }

    /// Calls `body` with the pieces of all matrices' columns, on all threads.
    private func forEachPiece(_ matrices: [PackedMatrix], _ body: (_ block: Int, _ columns: Range<Int>) -> Void) {
        let counts = matrices.map(\.columnPieces)
        Threads.forEach(counts.reduce(0, +)) { index in
            var index = index
            var block = 0
            while index >= counts[block] {
                index -= counts[block]
                block += 1
            }
            let part = matrices[block].columns(index)
            if !part.isEmpty { body(block, part) }
        }
    }

    /// Bias, activation, dropout, residual and norm of some rows.
    private func finish(_ range: Range<Int>, pre: Tensor, sum: Tensor, output: Tensor, statistics: Tensor?) {
        if range.isEmpty { return }
        let first = range.lowerBound * columns
        if activation != .identity {
            zk_bias_activation(
                activation.code, pre.mutablePointer + first, biases[0]?.pointer, sum.mutablePointer + first, range.count, columns)
        } else if !hasTail {
            for (block, bias) in biases.enumerated() {
                guard let bias else { continue }
                zk_add_bias(sum.mutablePointer + first + starts[block], bias.pointer, range.count, weights[block].rows, columns)
            }
        }
        finishRows(range, bias: activation == .identity ? biases[0] : nil, sum: sum, output: output, statistics: statistics)
    }

    /// Dropout, residual and norm of some rows.
    ///
    /// - Parameter bias: added first if anything but the norm follows.
    private func finishRows(_ range: Range<Int>, bias: Tensor?, sum: Tensor, output: Tensor, statistics: Tensor?) {
        if range.isEmpty { return }
        let first = range.lowerBound * columns
        if hasTail {
            zk_bias_dropout_residual(
                sum.mutablePointer + first, bias?.pointer, residual.map { $0.pointer + first }, dropout.settings, range.lowerBound,
                range.count,
                columns)
        }
        if let gain, let normBias {
            zk_layer_norm(
                sum.pointer + first, gain.pointer, normBias.pointer, epsilon, output.mutablePointer + first,
                statistics.map { $0.mutablePointer + range.lowerBound }, statistics.map { $0.mutablePointer + rows + range.lowerBound },
                range.count, columns)
        }
    }

    private func backward(_ gradient: inout Tensor, _ sink: Pullback, pre: Tensor?, sum: Tensor?, statistics: Tensor?) {
        gradient.makeUnique()
        let upstream = gradient
        // With dropout the residual's gradient and the product's differ and need a buffer each.
        let inProduct =
            residualSlot?.needsGradient == true && (dropout.isOn || activation != .identity) ? pass.allocate(rows, columns, kind) : upstream
        let tiles = rowTiles
        let width = columns * 3
        let parts = pass.allocateParts(tiles, width, target: LinearOperation.leastTile)  // bias, gain, norm bias
        let needsInput = xSlot.needsGradient
        let matrices = needsInput ? matrices(.plain) : []

        func throughEpilogue(_ tile: Int, _ range: Range<Int>) {
            if range.isEmpty { return }
            let first = range.lowerBound * columns
            let part = parts.mutablePointer + tile * width
            let g = upstream.mutablePointer + first
            if let sum, let gain, let statistics {
                zk_layer_norm_backward(
                    g, sum.pointer + first, gain.pointer, statistics.pointer + range.lowerBound,
                    statistics.pointer + rows + range.lowerBound,
                    part + columns, part + 2 * columns, range.count, columns)
            }
            let d = inProduct.mutablePointer + first
            if dropout.isOn {
                zk_dropout_rows(g, d, dropout.settings, range.lowerBound, range.count, columns)
            } else if d != g {
                d.update(from: g, count: range.count * columns)
            }
            if let pre {
                zk_activation_backward(activation.code, pre.pointer + first, d, part, range.count, columns)
            } else {
                zk_column_sums(d, part, range.count, columns, columns)
            }
        }

        func inputGradient(_ range: Range<Int>, _ target: UnsafeMutablePointer<Float>, _ keep: Float) {
            for (block, matrix) in matrices.enumerated() {
                matrix.multiply(
                    inProduct.pointer + range.lowerBound * columns + starts[block], stride: columns, count: range.count, columns: 0..<inner,
                    into: target + range.lowerBound * inner, stride: inner, adds: block > 0 || keep != 0)
            }
        }

        if tiles > 1 {
            if needsInput {
                sink.accumulate(into: xSlot, kind) { target, keep in
                    Threads.forEach(tiles) { tile in
                        throughEpilogue(tile, range(tile))
                        inputGradient(range(tile), target, keep)
                    }
                }
            } else {
                Threads.forEach(tiles) { tile in throughEpilogue(tile, range(tile)) }
            }
        } else {
            throughEpilogue(0, 0..<rows)
            if needsInput {
                sink.accumulate(into: xSlot, kind) { target, keep in
                    for (block, matrix) in matrices.enumerated() {
                        forEachPiece([matrix]) { _, part in
                            matrix.multiply(
                                inProduct.pointer + starts[block], stride: columns, count: rows, columns: part,
                                into: target + part.lowerBound, stride: inner, adds: block > 0 || keep != 0)
                        }
                    }
                }
            }
        }
        parameterGradients(sink, inProduct, recomputeX?() ?? x, parts, tiles, width)
        if let residualSlot { sink.add(upstream, to: residualSlot) }
    }

    /// The gradients of weights, biases and norm, all tiles of all blocks in one go.
    private func parameterGradients(
        _ sink: Pullback, _ inProduct: Tensor, _ x: Tensor, _ parts: Tensor, _ tiles: Int, _ width: Int
    ) {
        var work: [(_ tile: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void] = []
        var counts: [Int] = []
        var scratchCount = 0
        func vector(_ slot: Slot?, _ part: Int, _ count: Int) {
            guard let slot, slot.needsGradient else { return }
            sink.accumulate(into: slot) { target, keep in
                if keep == 0 { target.update(repeating: 0, count: count) }
                for tile in 0..<tiles { zk_add(target, parts.pointer + tile * width + part, count) }
            }
        }
        for (block, slot) in biasSlots.enumerated() { vector(slot, starts[block], weights[block].rows) }
        vector(gainSlot, columns, columns)
        vector(normBiasSlot, 2 * columns, columns)
        var targets: Set<UnsafeMutablePointer<Float>> = []
        for (block, slot) in weightSlots.enumerated() where slot.needsGradient {
            sink.accumulate(into: slot) { target, keep in
                let grid = ProductGrid(rows: weights[block].rows, columns: inner, inner: rows)
                let a = inProduct.pointer + starts[block]
                let (rowStride, stride) = (columns, inner)
                counts.append(grid.count)
                scratchCount = max(scratchCount, grid.scratchCount)
                // The tiles of all blocks are computed side by side below.
                precondition(targets.insert(target).inserted, "two blocks share one weight")
                work.append { tile, scratch in
                    grid.multiplyTransposed(
                        tile, a, stride: rowStride, x.pointer, stride: stride, into: target, stride: stride, adds: keep != 0,
                        scratch: scratch)
                }
            }
        }
        if work.isEmpty { return }
        let workers = Threads.count
        let scratch = Tensor(uninitialized: [workers, scratchCount])
        Threads.forEach(counts.reduce(0, +), workers: workers) { index, worker in
            var index = index
            for (block, count) in counts.enumerated() {
                if index < count { return work[block](index, scratch.mutablePointer + worker * scratchCount) }
                index -= count
            }
        }
    }
}
