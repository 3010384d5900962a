internal import CKernels
import ZooTensor

/// Packed multi-head attention: every sequence attends to itself, with no padding and no mask (Vaswani et al., 2017).
///
/// The probabilities are not kept: the backward pass computes them again from the row log-sum-exp (as Dao et al., 2022).
///
/// - Parameters:
///   - projected: queries, keys and values side by side, `[tokens, 3 * width]`; without the queries, `[tokens, 2 * width]`, if those are given.
///   - queries: queries of some positions only, `[query rows, width]`.
///   - keySegments: the sequences of `projected`.
///   - querySegments: the sequences of the queries.
/// - Returns: `[query rows, width]`.
func attention(
    _ projected: Variable, queries: Variable? = nil, querySegments: Segments, keySegments: Segments, heads: Int, dropout: Float
) -> Variable {
    AttentionOperation(projected, queries, querySegments, keySegments, heads, dropout).forward()
}

private struct AttentionOperation {
    /// Not owned: the tape, which belongs to the pass, holds this operation.
    unowned let pass: Pass
    let heads: Int
    let width: Int
    let headWidth: Int
    let scale: Float
    let projected: Tensor
    let projectedSlot: Slot
    let queries: Tensor?
    let queriesSlot: Slot?
    let querySegments: Segments
    let keySegments: Segments
    let dropout: Dropout
    /// How many query rows are done at once, so that a block of scores stays in the second-level cache.
    let block: Int
    /// How many heads one task does.
    let headsPerTask: Int
    let longest: Int

    init(_ projected: Variable, _ queries: Variable?, _ querySegments: Segments, _ keySegments: Segments, _ heads: Int, _ dropout: Float) {
        let rows = queries?.value.rows ?? projected.value.rows
        precondition(
            projected.value.rows == keySegments.rowCount && rows == querySegments.rowCount && querySegments.count == keySegments.count,
            "the sequences are not those of keys and queries")
        pass = projected.pass
        self.heads = heads
        width = projected.value.columns / (queries == nil ? 3 : 2)
        headWidth = width / heads
        scale = 1 / Float(headWidth).squareRoot()
        self.projected = projected.value
        projectedSlot = projected.slot
        self.queries = queries?.value
        queriesSlot = queries?.slot
        self.querySegments = querySegments
        self.keySegments = keySegments
        self.dropout = Dropout(dropout, projected.pass)
        longest = max(keySegments.longest, pass.capacity?.longest ?? 0)
        block = max(16, min(128, 65536 / max(longest, 1) / 16 * 16))
        headsPerTask = keySegments.longest <= 64 ? heads : 1
    }

    var taskCount: Int { keySegments.count * ((heads + headsPerTask - 1) / headsPerTask) }

    /// Calls `body` with sequence and head, for all of a task.
    func forEachHead(_ task: Int, _ body: (_ sequence: Int, _ head: Int) -> Void) {
        let tasksPerSequence = (heads + headsPerTask - 1) / headsPerTask
        let first = task % tasksPerSequence * headsPerTask
        for head in first..<min(first + headsPerTask, heads) { body(task / tasksPerSequence, head) }
    }

    var stride: Int { projected.columns }
    var queryStride: Int { queries?.columns ?? stride }
    var queryBase: UnsafePointer<Float> { queries?.pointer ?? projected.pointer }
    var keyColumn: Int { queries == nil ? width : 0 }
    var scratchCount: Int { block * longest }
    /// The elements of a head's keys or values in panels, either way round.
    var panelCount: Int {
        max(
            PackedMatrix.elementCount(rows: headWidth, columns: longest), PackedMatrix.elementCount(rows: longest, columns: headWidth))
    }

    /// The elements of a block of a head's queries, or of the gradient of its output, in panels.
    var rowPanelCount: Int { PackedMatrix.elementCount(rows: block, columns: headWidth) }

    /// Calls `body` with the block's number, its first row and its number of rows.
    func forEachBlock(_ rows: Range<Int>, _ body: (_ number: Int, _ first: Int, _ count: Int) -> Void) {
        var number = 0
        for first in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
            body(number, first, min(block, rows.upperBound - first))
            number += 1
        }
    }

    func forward() -> Variable {
        let slots = [projectedSlot, queriesSlot].compactMap { $0 }
        let records = pass.records(slots)
        let kind: RowKind = queries == nil ? .tokens : .sequences
        let output = pass.allocate(querySegments.rowCount, width, kind)
        let logSums = records ? pass.allocate(querySegments.rowCount, heads, kind) : nil
        let workers = Threads.count
        let scratch = Tensor(uninitialized: [workers, scratchCount + 2 * panelCount])
        Threads.forEach(taskCount, workers: workers) { task, worker in
            let scores = scratch.mutablePointer + worker * (scratchCount + 2 * panelCount)
            forEachHead(task) { sequence, head in
                let keys = keySegments[sequence]
                let column = head * headWidth
                let k = projected.pointer + keys.lowerBound * stride + keyColumn + column
                let keyPanels = PackedPanels(
                    MatrixPointer(k, stride: stride, transposed: true), rows: headWidth, columns: keys.count, scale: scale,
                    in: scores + scratchCount)
                let valuePanels = PackedPanels(
                    MatrixPointer(k + width, stride: stride), rows: keys.count, columns: headWidth, in: scores + scratchCount + panelCount)
                forEachBlock(querySegments[sequence]) { number, first, count in
                    keyPanels.multiply(
                        MatrixPointer(queryBase + first * queryStride + column, stride: queryStride), count: count, into: scores,
                        stride: keys.count)
                    zk_softmax(
                        scores, logSums.map { $0.mutablePointer + first * heads + head }, heads, dropout.stream(sequence * heads + head),
                        number,
                        count, keys.count)
                    valuePanels.multiply(
                        MatrixPointer(scores, stride: keys.count), count: count, into: output.mutablePointer + first * width + column,
                        stride: width)
                }
            }
        }
        guard let logSums else { return pass.constant(output) }
        return pass.record(output, from: slots) { [self] gradient, sink in
            backward(gradient, sink, output: output, logSums: logSums)
        }
    }

    private func backward(_ gradient: Tensor, _ sink: Pullback, output: Tensor, logSums: Tensor) {
        func run(
            _ projectedGradient: UnsafeMutablePointer<Float>, _ keep: Float, _ queryGradient: UnsafeMutablePointer<Float>,
            _ queryKeep: Float
        ) {
            let workers = Threads.count
            let scratchOfWorker = 2 * scratchCount + block + 3 * panelCount + rowPanelCount
            let scratch = Tensor(uninitialized: [workers, scratchOfWorker])
            Threads.forEach(taskCount, workers: workers) { task, worker in
                let scores = scratch.mutablePointer + worker * scratchOfWorker
                let scoreGradients = scores + scratchCount
                let delta = scoreGradients + scratchCount
                let panels = delta + block
                let rowPanels = panels + 3 * panelCount
                forEachHead(task) { sequence, head in
                    let keys = keySegments[sequence]
                    let column = head * headWidth
                    let keyOffset = keys.lowerBound * stride + keyColumn + column
                    let k = projected.pointer + keyOffset
                    let transposedKeys = PackedPanels(
                        MatrixPointer(k, stride: stride, transposed: true), rows: headWidth, columns: keys.count, scale: scale, in: panels)
                    let transposedValues = PackedPanels(
                        MatrixPointer(k + width, stride: stride, transposed: true), rows: headWidth, columns: keys.count,
                        in: panels + panelCount)
                    let keyPanels = PackedPanels(
                        MatrixPointer(k, stride: stride), rows: keys.count, columns: headWidth, in: panels + 2 * panelCount)
                    forEachBlock(querySegments[sequence]) { number, first, count in
                        let q = MatrixPointer(queryBase + first * queryStride + column, stride: queryStride)
                        let upstream = MatrixPointer(gradient.pointer + first * width + column, stride: width)
                        transposedKeys.multiply(q, count: count, into: scores, stride: keys.count)
                        transposedValues.multiply(upstream, count: count, into: scoreGradients, stride: keys.count)
                        zk_row_dots(output.pointer + first * width + column, upstream.pointer, delta, count, headWidth, width)
                        zk_softmax_backward(
                            scores, logSums.pointer + first * heads + head, heads, scoreGradients, delta, scale,
                            dropout.stream(sequence * heads + head), number, count, keys.count)
                        let adds = number > 0 || keep != 0
                        PackedPanels(upstream, rows: count, columns: headWidth, in: rowPanels).multiply(
                            MatrixPointer(scores, stride: keys.count, transposed: true), count: keys.count,
                            into: projectedGradient + keyOffset + width, stride: stride, adds: adds)
                        PackedPanels(q, rows: count, columns: headWidth, in: rowPanels).multiply(
                            MatrixPointer(scoreGradients, stride: keys.count, transposed: true), count: keys.count,
                            into: projectedGradient + keyOffset, stride: stride, adds: adds)
                        keyPanels.multiply(
                            MatrixPointer(scoreGradients, stride: keys.count), count: count,
                            into: queryGradient + first * queryStride + column, stride: queryStride, adds: queryKeep != 0)
                    }
                }
            }
        }
        // A gradient that is not wanted is computed into memory that is thrown away: the case is rare (frozen projections).
        func withTarget(_ slot: Slot, _ kind: RowKind, _ body: (UnsafeMutablePointer<Float>, Float) -> Void) {
            if slot.needsGradient {
                sink.accumulate(into: slot, kind, body)
            } else {
                let unwanted = pass.allocate(slot.shape.rows, slot.shape.columns, kind)
                withExtendedLifetime(unwanted) { body(unwanted.mutablePointer, 0) }
            }
        }
        withTarget(projectedSlot, .tokens) { target, keep in
            if let queriesSlot {
                withTarget(queriesSlot, .sequences) { queryTarget, queryKeep in run(target, keep, queryTarget, queryKeep) }
            } else {
                run(target, keep, target, keep)
            }
        }
    }
}
