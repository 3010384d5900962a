import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps freed buffers for reuse, in size classes four to each power of two, so that repeated work allocates nothing from the system.
///
/// AddressSanitizer is told that buffers which are kept may not be touched, nor what a size class has beyond what was asked for.
public final class BufferPool: Sendable {
    /// The pool that tensors use unless told otherwise.
    public static let shared = BufferPool()

    /// What the pool has done so far.
    public struct Statistics: Sendable, Equatable {
        /// Buffers requested from the system since the start.
        public var systemAllocations = 0
        /// Bytes now held from the system: in use and kept.
        public var heldBytes = 0
        /// Bytes now in use.
        public var usedBytes = 0
        /// Bytes that are reserved for computations and not in use yet.
        public var reservedBytes = 0
        /// The largest value of `usedBytes` since the start.
        public var peakUsedBytes = 0

        fileprivate mutating func use(_ size: Int) {
            usedBytes += size
            peakUsedBytes = max(peakUsedBytes, usedBytes)
        }
    }

    private struct Address: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private struct State {
        var free: [Int: [Address]] = [:]
        var statistics = Statistics()
    }

    private let state = Mutex(State())

    public init() {}

    /// The counters at this moment.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Gives the buffers not in use back to the system.
    public func trim() {
        let freed = state.withLock { state in
            let all = state.free
            for (size, list) in all { state.statistics.heldBytes -= size * list.count }
            state.free = [:]
            return all
        }
        for (size, list) in freed {
            for address in list { BufferPool.release(address.pointer, size) }
        }
    }

    /// The size in bytes of the class that `byteCount` falls in.
    static func sizeClass(_ byteCount: Int) -> Int {
        let least = max(byteCount, 256)
        let power = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)
        let step = power / 4
        return (least + step - 1) / step * step
    }

    /// Blocks from this size on come from the system as pages of their own, which are zero when fresh.
    private static let pageBlock = 1 << 20

    /// What no system has, and sums with it do not overflow.
    private static let largestBlock = 1 << 60

    /// A block, and whether it is known to hold zeros; nil when the system has no memory left.
    ///
    /// - Parameter lasting: takes the block from the system, not from those that are kept: what stays for long must not use up the buffers that
    ///   the next step needs again.
    func take(_ byteCount: Int, lasting: Bool = false) -> (base: UnsafeMutableRawPointer, byteCount: Int, isZero: Bool)? {
        guard byteCount <= BufferPool.largestBlock else { return nil }
        let size = BufferPool.sizeClass(byteCount)
        let kept: Address? = state.withLock { state in
            guard !lasting, let address = state.free[size]?.popLast() else { return nil }
            state.statistics.use(size)
            return address
        }
        if let kept {
            zk_allow(kept.pointer, byteCount)
            return (kept.pointer, size, false)
        }
        guard let fresh = fresh(size) else { return nil }
        state.withLock { state in
            state.statistics.systemAllocations += 1
            state.statistics.heldBytes += size
            state.statistics.use(size)
        }
        zk_forbid(fresh + byteCount, size - byteCount)
        return (fresh, size, size >= BufferPool.pageBlock)
    }

    /// A block from the system: out of what is reserved, or what the system has beside, or what this pool keeps for nothing.
    private func fresh(_ size: Int) -> UnsafeMutableRawPointer? {
        let reservation = MemoryReservation.current
        reservation?.spend(size)
        if let block = BufferPool.allocate(size) { return block }
        trim()
        if let block = BufferPool.allocate(size) { return block }
        guard let reservation else { return nil }
        // Small blocks come in pieces of the allocator's own size.
        reservation.spend(size + 1 << 20)
        if let block = BufferPool.allocate(size) { return block }
        reservation.spend(.max)
        return BufferPool.allocate(size)
    }

    /// Counts what is reserved.
    func changeReserved(by byteCount: Int) { state.withLock { $0.statistics.reservedBytes += byteCount } }

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        if size >= pageBlock { return takePages(size) }
        var pointer: UnsafeMutableRawPointer?
        return posix_memalign(&pointer, 64, size) == 0 ? pointer : nil
    }

    private static func release(_ base: UnsafeMutableRawPointer, _ size: Int) {
        zk_allow(base, size)
        if size >= pageBlock {
            releasePages(base, size)
        } else {
            free(base)
        }
    }

    /// Takes a block back: to be used again, but for a lasting one, which goes to the system that it came from.
    func give(_ base: UnsafeMutableRawPointer, _ byteCount: Int, lasting: Bool = false) {
        let address = Address(pointer: base)
        if !lasting { zk_forbid(base, byteCount) }
        state.withLock { state in
            state.statistics.usedBytes -= byteCount
            if lasting {
                state.statistics.heldBytes -= byteCount
            } else {
                state.free[byteCount, default: []].append(address)
            }
        }
        if lasting { BufferPool.release(base, byteCount) }
    }
}
