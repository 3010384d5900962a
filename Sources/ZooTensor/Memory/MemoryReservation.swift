internal import Synchronization

/// Memory that a computation will need, kept free for it while it runs.
///
/// Operations inside a pass cannot throw. So whoever starts one says before how much it may take at most: where the system refuses that much,
/// an error is thrown and nothing has begun. What the pass then takes of the buffer pool comes out of the reservation, which nobody else can use
/// up meanwhile. A reservation is address space; it takes up no physical memory, and some microseconds.
///
/// Reservations belong to a task, or else a thread. Of two within each other the inner one takes part in the outer one where that suffices.
public final class MemoryReservation: Sendable {
    /// The reservation of what runs now.
    @TaskLocal static var current: MemoryReservation?

    /// What is left free beside a reservation for everything that takes no tensors' memory.
    private static let slack = 16 << 20

    private struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        var byteCount: Int
    }

    private let block: Mutex<Block?>

    private init(_ byteCount: Int, _ purpose: String) throws(OutOfMemoryError) {
        let pool = BufferPool.shared
        let statistics = pool.statistics
        let (total, isHuge) = (statistics.usedBytes + statistics.reservedBytes).addingReportingOverflow(byteCount)
        let count = roundedToPages(max(byteCount, 1))
        let (whole, overflow) = count.addingReportingOverflow(Self.slack)
        guard !isHuge, !overflow, total <= MemoryLimit.bytes ?? .max, let base = takePages(whole) ?? Self.trimming(pool, whole) else {
            throw OutOfMemoryError(byteCount: byteCount, purpose: purpose)
        }
        releasePages(base + count, Self.slack)
        pool.changeReserved(by: count)
        block = Mutex(Block(base: base, byteCount: count))
    }

    /// Runs `body` with memory reserved for it.
    ///
    /// - Parameters:
    ///   - byteCount: the most bytes that `body` takes for tensors.
    ///   - purpose: what they are for, as an error tells it.
    /// - Throws: `OutOfMemoryError`, before `body` is called, when the system refuses that much or this process may not use it; what `body`
    ///   throws.
    public static func hold<R>(_ byteCount: Int, for purpose: String, _ body: () throws -> R) throws -> R {
        if let current, current.byteCount >= byteCount { return try body() }
        let reservation = try MemoryReservation(byteCount, purpose)
        return try $current.withValue(reservation) { try body() }
    }

    /// The bytes that are left of it.
    private var byteCount: Int { block.withLock { $0?.byteCount ?? 0 } }

    /// A second try, without what the pool keeps.
    private static func trimming(_ pool: BufferPool, _ byteCount: Int) -> UnsafeMutableRawPointer? {
        pool.trim()
        return takePages(byteCount)
    }

    /// Gives some bytes back to the system, from which they are about to be taken.
    func spend(_ byteCount: Int) {
        block.withLock { block in
            guard var rest = block, rest.byteCount > 0 else { return }
            let part = min(roundedToPages(min(byteCount, rest.byteCount)), rest.byteCount)
            rest.byteCount -= part
            releasePages(rest.base + rest.byteCount, part)
            BufferPool.shared.changeReserved(by: -part)
            block = rest.byteCount > 0 ? rest : nil
        }
    }

    deinit {
        let rest = block.withLock { $0 }
        guard let rest else { return }
        releasePages(rest.base, rest.byteCount)
        BufferPool.shared.changeReserved(by: -rest.byteCount)
    }
}
