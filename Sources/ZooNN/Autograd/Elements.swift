internal import CKernels
import ZooTensor

/// The length of the stretches that element-wise work is cut into.
private let stretch = 1 << 15

/// x += y, on all threads.
func addElements(_ x: UnsafeMutablePointer<Float>, _ y: Tensor) {
    let count = y.count
    Threads.forEach((count + stretch - 1) / stretch) { index in
        let start = index * stretch
        zk_add(x + start, y.pointer + start, min(stretch, count - start))
    }
}

/// Sums per-tile partial results `[tiles, columns]` in their order into `target`.
func reduceTiles(_ parts: UnsafePointer<Float>, tiles: Int, columns: Int, into target: UnsafeMutablePointer<Float>, keep: Float) {
    if keep == 0 { target.update(repeating: 0, count: columns) }
    for tile in 0..<tiles { zk_add(target, parts + tile * columns, columns) }
}

/// Dropout at one place of a pass.
struct Dropout {
    let settings: zk_dropout

    /// Off when `probability` is 0 or the pass does not train.
    init(_ probability: Float, _ pass: Pass) {
        let threshold = pass.isTraining && probability > 0 ? UInt32((probability * 65536).rounded()) : 0
        settings = zk_dropout(
            key: pass.random.bits, site: threshold == 0 ? 0 : pass.nextDropoutSite(), stream: 0, threshold: threshold,
            scale: threshold >= 65536 ? 0 : 65536 / Float(65536 - threshold))
    }

    var isOn: Bool { settings.threshold > 0 }

    /// The same place for one attention head of one sequence.
    func stream(_ number: Int) -> zk_dropout {
        var result = settings
        result.stream = UInt32(truncatingIfNeeded: number)
        return result
    }
}
