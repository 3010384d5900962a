import ZooNN
import ZooTensor

/// The batches of each epoch: a new order every time, decided by seed and epoch alone.
struct EpochOrder {
    let count: Int
    let batchSize: Int
    let seed: UInt64

    /// The places of the examples of each batch.
    ///
    /// - Parameter epoch: counted from 1.
    func batches(_ epoch: Int) -> [[Int]] {
        var random = SplitMix64(RandomKey(seed: seed).derived("order").derived(epoch))
        var order = Array(0..<count)
        random.shuffle(&order)
        return stride(from: 0, to: count, by: batchSize).map { Array(order[$0..<min($0 + batchSize, count)]) }
    }
}
