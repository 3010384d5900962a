internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Pieces of work that idle threads do between operations, as preparing the next batch's inputs during a training step.
///
/// A thread that is busy with a piece does not hold an operation up: the others do its tiles. What is left when the result is needed is done
/// then, by all threads.
package final class BackgroundWork: Sendable {
    private let count: Int
    private let body: @Sendable (Int) -> Void
    private let next = Atomic<Int>(0)
    private let done = Atomic<Int>(0)

    /// - Parameter body: called once with each of 0 ..< count, on any thread.
    package init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
    }

    /// Lets idle threads take pieces from now on. Of several works the one started last is taken from.
    package func start() { WorkerPool.shared.setBackground(self) }

    /// Does what is left, and returns when all is done.
    package func finish() {
        WorkerPool.shared.setBackground(nil, replacing: self)
        Threads.forEach(max(0, count - next.load(ordering: .relaxed))) { _ in _ = step() }
        while done.load(ordering: .acquiring) < count { sched_yield() }
    }

    /// Takes no more pieces; returns when those that are being worked on are done.
    package func cancel() {
        WorkerPool.shared.setBackground(nil, replacing: self)
        var taken = next.load(ordering: .relaxed)
        while taken < count {
            let (exchanged, original) = next.compareExchange(expected: taken, desired: count, ordering: .acquiringAndReleasing)
            if exchanged { break }
            taken = original
        }
        while done.load(ordering: .acquiring) < min(taken, count) { sched_yield() }
    }

    /// Does one piece, if there is one left.
    func step() -> Bool {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return false }
        body(index)
        done.add(1, ordering: .releasing)
        return true
    }
}
