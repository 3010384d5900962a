import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory that all images share while they are read, decoded and resized, on however many threads.
///
/// Who needs more than is left waits for the others to be done; each thread holds one lease at a time, so this always comes to an end.
package final class ImageMemory: Sendable {
    /// Half of what this process may use, for one image alone three quarters.
    package static let shared = ImageMemory(limit: MemoryLimit.bytes.map { $0 / 2 }, alone: MemoryLimit.bytes.map { $0 / 4 * 3 })

    /// How many bytes all images may take together; nil without limit.
    package let limit: Int?
    /// How many bytes one image may take; nil without limit.
    package let alone: Int?
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>
    // Guarded by the mutex.
    private nonisolated(unsafe) var used = 0
    private nonisolated(unsafe) var largest = 0
    /// Those who wait are served in the order in which they came, so that a large image gets its turn.
    private nonisolated(unsafe) var nextTicket = 0
    private nonisolated(unsafe) var served = 0

    package init(limit: Int?, alone: Int? = nil) {
        self.limit = limit
        self.alone = alone ?? limit
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// The most bytes that were ever leased at once.
    package var peak: Int { locked { largest } }

    /// A share of the memory, given back when nobody holds it any longer.
    package final class Lease: Sendable {
        private let memory: ImageMemory
        // Changed by the thread that holds the lease.
        fileprivate nonisolated(unsafe) var byteCount: Int

        fileprivate init(_ memory: ImageMemory, _ byteCount: Int) {
            self.memory = memory
            self.byteCount = byteCount
        }

        deinit { memory.giveBack(byteCount) }

        /// Enlarges the lease if that is possible without waiting.
        package func grow(to newCount: Int) -> Bool {
            guard newCount > byteCount else { return true }
            let isDone = memory.locked {
                guard memory.fits(newCount - byteCount) || memory.used == byteCount else { return false }
                memory.take(newCount - byteCount)
                return true
            }
            if isDone { byteCount = newCount }
            return isDone
        }
    }

    /// Whether a single image may take so much.
    package func allows(_ byteCount: Int) -> Bool { alone.map { byteCount <= $0 } ?? true }

    /// Waits until there is room, at most until all other leases have ended.
    package func lease(_ byteCount: Int) -> Lease {
        locked {
            let ticket = nextTicket
            nextTicket += 1
            while served != ticket || !(fits(byteCount) || used == 0) { pthread_cond_wait(condition, mutex) }
            served += 1
            take(byteCount)
            pthread_cond_broadcast(condition)
        }
        return Lease(self, byteCount)
    }

    private func fits(_ byteCount: Int) -> Bool { limit.map { byteCount <= $0 - used } ?? true }

    private func take(_ byteCount: Int) {
        used += byteCount
        largest = max(largest, used)
    }

    private func giveBack(_ byteCount: Int) {
        locked {
            used -= byteCount
            pthread_cond_broadcast(condition)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
