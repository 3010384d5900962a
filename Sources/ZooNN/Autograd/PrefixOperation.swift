internal import CKernels
import ZooTensor

/// Tokens of the model's own before those of each sequence, and a vector added for each position: how a vision transformer makes its input
/// (Dosovitskiy et al., 2021).
///
/// - Parameters:
///   - x: sequences of equal length one after the other, `[sequences * length, width]`.
///   - prefix: the tokens that come before each of them, `[…, width]` with `prefix count` rows.
///   - positions: `[…, width]` with `prefix count + length` rows.
///   - sequences: the number of sequences.
/// - Returns: `[sequences * (prefix count + length), width]`.
public func prefixed(_ x: Variable, with prefix: Variable, positions: Variable, sequences: Int) -> Variable {
    let pass = x.pass
    let width = x.value.columns
    let before = prefix.value.rows
    let length = sequences == 0 ? 0 : x.value.rows / sequences
    let total = before + length
    precondition(x.value.rows == sequences * length && prefix.value.columns == width)
    precondition(positions.value.columns == width && positions.value.rows == total, "\(total) positions are needed")
    let output = pass.allocate(sequences * total, width, .tokens)
    let (input, added, first) = (x.value, positions.value, prefix.value)
    Threads.forEach(sequences) { sequence in
        let target = output.mutablePointer + sequence * total * width
        target.update(from: first.pointer, count: before * width)
        (target + before * width).update(from: input.pointer + sequence * length * width, count: length * width)
        zk_add(target, added.pointer, total * width)
    }
    let slots = [x.slot, prefix.slot, positions.slot]
    return pass.record(output, from: slots) { gradient, sink in
        let source = gradient.pointer
        if slots[0].needsGradient {
            sink.accumulate(into: slots[0]) { target, keep in
                Threads.forEach(sequences) { sequence in
                    let rows = source + (sequence * total + before) * width
                    let place = target + sequence * length * width
                    if keep == 0 {
                        place.update(from: rows, count: length * width)
                    } else {
                        zk_add(place, rows, length * width)
                    }
                }
            }
        }
        // Sums over the sequences, in their order for every element.
        func sums(_ slot: Slot, rows: Int) {
            guard slot.needsGradient else { return }
            sink.accumulate(into: slot) { target, keep in
                if keep == 0 { target.update(repeating: 0, count: rows * width) }
                let tiles = (rows + 15) / 16
                Threads.forEach(tiles) { tile in
                    let part = tile * 16..<min((tile + 1) * 16, rows)
                    for sequence in 0..<sequences {
                        zk_add(
                            target + part.lowerBound * width, source + (sequence * total + part.lowerBound) * width, part.count * width)
                    }
                }
            }
        }
        sums(slots[1], rows: before)
        sums(slots[2], rows: total)
    }
}
