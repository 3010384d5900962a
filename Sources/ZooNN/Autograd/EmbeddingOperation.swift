internal import CKernels
import ZooTensor

/// The sum of rows of several tables: out[i] = Σ table[indices[i]].
///
/// The gradient of a table is kept as the rows that were read.
///
/// - Parameter lookups: tables `[rows, width]`, and for each as many row numbers as there are tokens.
/// - Returns: `[tokens, width]`.
func embeddingSum(_ pass: Pass, _ lookups: [(table: Parameter, indices: [Int32])]) -> Variable {
    let tables = lookups.map { pass.table($0.table) }
    let count = lookups[0].indices.count
    let width = lookups[0].table.shape.columns
    for (lookup, table) in zip(lookups, tables) {
        precondition(lookup.indices.count == count && table.value.columns == width)
        precondition(lookup.indices.allSatisfy { $0 >= 0 && $0 < table.value.rows }, "a row number is outside of \(lookup.table.path)")
    }
    let output = pass.allocate(count, width, .tokens)
    let tiles = (count + 255) / 256
    let inspects = pass.inspects
    Threads.forEach(tiles) { tile in
        for row in tile * 256..<min((tile + 1) * 256, count) {
            let target = output.mutablePointer + row * width
            for (number, table) in tables.enumerated() {
                let index = Int(lookups[number].indices[row])
                let source = table.value.pointer + index * width
                let factor = table.factor(index)
                if number == 0 {
                    zk_copy_scaled(target, source, factor, width)
                } else if factor == 1 {
                    zk_add(target, source, width)
                } else {
                    zk_add_scaled(target, source, factor, width)
                }
            }
            if inspects && !areFinite(target, count: width) {
                for (lookup, table) in zip(lookups, tables) {
                    let source = table.value.pointer + Int(lookup.indices[row]) * width
                    if !areFinite(source, count: width) { pass.weights.noteNonFinite(lookup.table.index) }
                }
            }
        }
    }
    let slots = tables.map(\.slot)
    return pass.record(output, from: slots) { [unowned pass] gradient, sink in
        for (slot, lookup) in zip(slots, lookups) where slot.needsGradient {
            let groups = RowGroups(lookup.indices)
            let sums = pass.allocate(groups.rows.count, width, .tokens).reshaped([groups.rows.count, width])
            let source = gradient.pointer
            Threads.forEach((groups.rows.count + 63) / 64) { tile in
                for group in tile * 64..<min((tile + 1) * 64, groups.rows.count) {
                    let target = sums.mutablePointer + group * width
                    let places = groups.places[groups.starts[group]..<groups.starts[group + 1]]
                    for (number, place) in places.enumerated() {
                        if number == 0 {
                            target.update(from: source + Int(place) * width, count: width)
                        } else {
                            zk_add(target, source + Int(place) * width, width)
                        }
                    }
                }
            }
            sink.add(rows: groups.rows, sums, to: slot)
        }
    }
}

/// The places at which each row number occurs: rows ascending, places ascending.
private struct RowGroups {
    var rows: [Int32] = []
    var starts: [Int] = []
    let places: [Int32]

    init(_ indices: [Int32]) {
        let keys = indices.enumerated().map { UInt64(UInt32(bitPattern: $1)) << 32 | UInt64($0) }.sorted()
        places = keys.map { Int32(truncatingIfNeeded: $0 & 0xFFFF_FFFF) }
        for (place, key) in keys.enumerated() {
            let row = Int32(truncatingIfNeeded: key >> 32)
            if rows.last != row {
                rows.append(row)
                starts.append(place)
            }
        }
        starts.append(indices.count)
    }
}
