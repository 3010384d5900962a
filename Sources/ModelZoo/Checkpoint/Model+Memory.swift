package import ZooNN
import ZooTensor

/// How much memory passes take, for reservations: operations inside of them cannot throw.
extension Model {
    /// The most bytes that a pass without gradients over a batch takes, beside the batch itself.
    ///
    /// - Parameter segments: the sequences of the batch.
    package func passByteCount(_ segments: Segments) -> Int {
        let width = configuration.width
        // One layer's values, its input and output, and those of the norms: what lies behind is given back.
        let layer = configuration.activationsPerToken / max(configuration.layerCount, 1) + 1
        let tokens = segments.rowCount * (layer + 3 * width)
        let sequences = segments.count * (8 * width + 2 * labels.count)
        // What each thread works in: a block of scores, and the keys and values of a head.
        let longest = segments.longest + 64
        let scratch = Threads.count * (65_536 + 128 * 64 + 16 * longest + 2 * (width + 64) * longest)
        // Weights in the layout of products, made by the first pass; a pooler's are not told by the configuration.
        let products = configuration.weightsPerToken + width * width + labels.count * (width + 64)
        let packed = max(0, 4 * products - weights.packedByteCount)
        // The buffer pool rounds up by a quarter at most.
        return (4 * (tokens + sequences + scratch) + packed) / 4 * 5 + (1 << 20)
    }

    /// Runs `body`, which makes a pass without gradients over a batch, with memory reserved for it.
    ///
    /// - Throws: `OutOfMemoryError` before anything is computed; what `body` throws.
    package func reserving<R>(_ batch: Family.InputTokenizer.Batch, _ body: () throws -> R) throws -> R {
        let segments = batch.segments
        return try MemoryReservation.hold(
            passByteCount(segments), for: "a batch of \(segments.count) inputs with \(segments.rowCount) tokens", body)
    }
}
