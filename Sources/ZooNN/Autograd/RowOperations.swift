internal import CKernels
import ZooTensor

/// dropout(norm(x)), row by row (Ba et al., 2016).
///
/// - Returns: the shape of `x`, `[rows, width]`.
func layerNorm(_ x: Variable, gain: Variable, bias: Variable, epsilon: Float, dropout: Float = 0, rows kind: RowKind = .tokens) -> Variable
{
    let pass = x.pass
    let rows = x.value.rows
    let width = x.value.columns
    let drop = Dropout(dropout, pass)
    let slots = [x.slot, gain.slot, bias.slot]
    let records = pass.records(slots)
    let output = pass.allocate(rows, width, kind)
    let statistics = records ? pass.allocate(rows, 2, kind) : nil
    let tiles = rows > 64 ? pieces(rows, target: 128) : 1
    let input = x.value
    Threads.forEach(tiles) { tile in
        let range = piece(tile, of: tiles, count: rows)
        let first = range.lowerBound * width
        zk_layer_norm(
            input.pointer + first, gain.value.pointer, bias.value.pointer, epsilon, output.mutablePointer + first,
            statistics.map { $0.mutablePointer + range.lowerBound }, statistics.map { $0.mutablePointer + rows + range.lowerBound },
            range.count,
            width)
        if drop.isOn {
            zk_dropout_rows(output.pointer + first, output.mutablePointer + first, drop.settings, range.lowerBound, range.count, width)
        }
    }
    guard let statistics else { return pass.constant(output) }
    let (gainValue, biasValue) = (gain.value, bias.value)
    // Not holding the pass, which holds the tape.
    let recomputed: (Pass) -> Tensor = { pass in
        let output = pass.allocate(rows, width, kind)
        Threads.forEach(tiles) { tile in
            let range = piece(tile, of: tiles, count: rows)
            let first = range.lowerBound * width
            zk_layer_norm(
                input.pointer + first, gainValue.pointer, biasValue.pointer, epsilon, output.mutablePointer + first, nil, nil, range.count,
                width)
        }
        return output
    }
    return pass.record(output, from: slots, recompute: drop.isOn ? nil : { [unowned pass] in recomputed(pass) }) {
        [unowned pass] gradient, sink in
        gradient.makeUnique()
        let g = gradient.mutablePointer
        let parts = pass.allocateParts(tiles, 2 * width, target: 128)
        Threads.forEach(tiles) { tile in
            let range = piece(tile, of: tiles, count: rows)
            let first = range.lowerBound * width
            if drop.isOn { zk_dropout_rows(g + first, g + first, drop.settings, range.lowerBound, range.count, width) }
            let part = parts.mutablePointer + tile * 2 * width
            zk_layer_norm_backward(
                g + first, input.pointer + first, gainValue.pointer, statistics.pointer + range.lowerBound,
                statistics.pointer + rows + range.lowerBound, part, part + width, range.count, width)
        }
        for (number, slot) in [slots[1], slots[2]].enumerated() where slot.needsGradient {
            sink.accumulate(into: slot) { target, keep in
                if keep == 0 { target.update(repeating: 0, count: width) }
                for tile in 0..<tiles { zk_add(target, parts.pointer + (2 * tile + number) * width, width) }
            }
        }
        sink.add(gradient, to: slots[0])
    }
}

/// Some rows of `x`, ascending: `[rows.count, width]`.
func gatherRows(_ x: Variable, _ rows: [Int]) -> Variable {
    let pass = x.pass
    let width = x.value.columns
    precondition(rows.allSatisfy { $0 >= 0 && $0 < x.value.rows }, "a row number is outside of the \(x.value.rows) rows")
    let output = pass.allocate(rows.count, width, .sequences)
    for (place, row) in rows.enumerated() {
        (output.mutablePointer + place * width).update(from: x.value.pointer + row * width, count: width)
    }
    let slot = x.slot
    return pass.record(output, from: [slot]) { gradient, sink in
        let source = gradient.pointer
        sink.accumulate(into: slot) { target, keep in
            if keep == 0 { target.update(repeating: 0, count: slot.shape.count) }
            for (place, row) in rows.enumerated() { zk_add(target + row * width, source + place * width, width) }
        }
    }
}

/// The mean over the rows of each sequence but the first `skipped`: `[sequences, width]`.
func meanRows(_ x: Variable, _ segments: Segments, skipping skipped: Int = 0) -> Variable {
    let pass = x.pass
    let width = x.value.columns
    precondition(x.value.rows == segments.rowCount, "\(x.value.rows) rows for sequences of \(segments.rowCount)")
    precondition(skipped >= 0 && segments.lengths.allSatisfy { $0 > skipped }, "a mean over no rows")
    let input = x.value
    let output = pass.allocate(segments.count, width, .sequences)
    Threads.forEach(segments.count) { sequence in
        let rows = segments[sequence].dropFirst(skipped)
        let target = output.mutablePointer + sequence * width
        target.update(repeating: 0, count: width)
        zk_column_sums(input.pointer + rows.lowerBound * width, target, rows.count, width, width)
        zk_scale(target, 1 / Float(rows.count), width)
    }
    let slot = x.slot
    return pass.record(output, from: [slot]) { gradient, sink in
        let source = gradient.pointer
        sink.accumulate(into: slot) { target, keep in
            Threads.forEach(segments.count) { sequence in
                let rows = segments[sequence].dropFirst(skipped)
                let factor = 1 / Float(rows.count)
                if keep == 0 {
                    (target + segments[sequence].lowerBound * width).update(
                        repeating: 0, count: (segments[sequence].count - rows.count) * width)
                }
                for row in rows {
                    if keep == 0 {
                        zk_copy_scaled(target + row * width, source + sequence * width, factor, width)
                    } else {
                        zk_add_scaled(target + row * width, source + sequence * width, factor, width)
                    }
                }
            }
        }
    }
}

/// Dropout on its own (Srivastava et al., 2014): elements become 0 with the probability, the others grow in proportion.
///
/// - Parameters:
///   - x: `[rows, width]`.
///   - kind: what the rows stand for.
public func dropout(_ x: Variable, _ probability: Float, rows kind: RowKind) -> Variable {
    let drop = Dropout(probability, x.pass)
    guard drop.isOn else { return x }
    let rows = x.value.rows
    let width = x.value.columns
    let output = x.pass.allocate(rows, width, kind)
    zk_dropout_rows(x.value.pointer, output.mutablePointer, drop.settings, 0, rows, width)
    let slot = x.slot
    return x.pass.record(output, from: [slot]) { gradient, sink in
        gradient.makeUnique()
        zk_dropout_rows(gradient.pointer, gradient.mutablePointer, drop.settings, 0, rows, width)
        sink.add(gradient, to: slot)
    }
}
