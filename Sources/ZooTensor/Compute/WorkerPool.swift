internal import CKernels
internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that share the tiles of one operation at a time.
///
/// A pass of a small batch is hundreds of operations of some ten microseconds; waking a thread for each costs as much as the operation. So a
/// worker that has nothing to do looks for work for a short while before it sleeps. A caller that finds the pool busy, as when a server
/// answers several requests at once, does its tiles alone.
final class WorkerPool: Sendable {
    static let shared = WorkerPool()

    /// What the workers do. Written by the caller while the job is closed, read by workers that have joined.
    private struct Job: @unchecked Sendable {
        let count: Int
        let workers: Int
        let body: (Int, Int) -> Void
    }

    /// How often an idle worker looks for work, about 40 ns apart, before it sleeps.
    private static let looks = 5000
    private static let closed = Int.min / 2

    private let isBusy = Atomic<Bool>(false)
    private let generation = Atomic<Int>(0)
    /// The number of workers in the job, or `closed`.
    private let members = Atomic<Int>(closed)
    private let next = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let threadCount = Atomic<Int>(0)
    private let hasBackground = Atomic<Bool>(false)
    private let background = Mutex<BackgroundWork?>(nil)
    /// Guarded by the protocol of `members`: see ``run(_:workers:_:)``.
    private nonisolated(unsafe) var job = Job(count: 0, workers: 0) { _, _ in }
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>

    private init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    /// Calls `body` with 0 ..< count on up to `workers` threads, this one being number 0, and returns when all is done.
    func run(_ count: Int, workers: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
            for index in 0..<count { body(index, 0) }
            return
        }
        start(workers - 1)
        withoutActuallyEscaping(body) { body in
            job = Job(count: count, workers: workers, body: body)
            next.store(0, ordering: .relaxed)
            members.store(0, ordering: .releasing)
            generation.add(1, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(condition)
                pthread_mutex_unlock(mutex)
            }
            take(job, worker: 0)
            // Workers that have not joined by now need not.
            var looks = 0
            while !members.compareExchange(expected: 0, desired: WorkerPool.closed, ordering: .acquiring).exchanged {
                looks += 1
                if looks < 2000 { zk_pause() } else { sched_yield() }
            }
            job = Job(count: 0, workers: 0) { _, _ in }
        }
        isBusy.store(false, ordering: .releasing)
    }

    private func take(_ job: Job, worker: Int) {
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            if index >= job.count { return }
            job.body(index, worker)
        }
    }

    /// Makes threads until there are that many. Called while busy.
    private func start(_ wanted: Int) {
        while threadCount.load(ordering: .relaxed) < wanted {
            let number = threadCount.add(1, ordering: .relaxed).newValue
            #if canImport(Darwin)
                var thread: pthread_t?
            #else
                var thread = pthread_t()
            #endif
            let argument = UnsafeMutableRawPointer(bitPattern: number)
            let result = pthread_create(
                &thread, nil,
                { argument in
                    WorkerPool.shared.work(Int(bitPattern: argument))
                    return nil
                }, argument)
            guard result == 0 else {
                // Fewer threads: the callers do more of the work, and the next job may try again.
                threadCount.subtract(1, ordering: .relaxed)
                return
            }
            #if canImport(Darwin)
                if let thread { pthread_detach(thread) }
            #else
                pthread_detach(thread)
            #endif
        }
    }

    /// The life of worker `number`, counted from 1.
    private func work(_ number: Int) {
        var seen = 0
        while true {
            waitForWork(after: seen)
            seen = generation.load(ordering: .acquiring)
            // Join, unless the job is over already.
            var current = members.load(ordering: .relaxed)
            while current >= 0 {
                let (exchanged, original) = members.compareExchange(
                    expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
                if exchanged { break }
                current = original
            }
            if current < 0 { continue }
            if number < job.workers { take(job, worker: number) }
            members.subtract(1, ordering: .releasing)
        }
    }

    /// Sets or, if it is still the one given, clears what workers do between operations.
    func setBackground(_ work: BackgroundWork?, replacing old: BackgroundWork? = nil) {
        background.withLock { current in
            if old != nil && current !== old { return }
            current = work
            hasBackground.store(work != nil, ordering: .relaxed)
        }
    }

    /// How often an idle worker looks before it takes a piece of the background's work.
    private static let patience = 100

    private func waitForWork(after seen: Int) {
        var look = 0
        while look < WorkerPool.looks {
            if generation.load(ordering: .relaxed) != seen { return }
            zk_pause()
            look += 1
            if look % WorkerPool.patience == 0, hasBackground.load(ordering: .relaxed), let work = background.withLock({ $0 }), work.step()
            {
                look = 0
            }
        }
        pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(condition, mutex) }
        sleepers.subtract(1, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
    }
}
