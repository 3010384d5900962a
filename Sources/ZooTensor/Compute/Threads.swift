internal import CKernels
internal import COpenBLAS
internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The threads that operations run on.
///
/// Every operation cuts its output into tiles whose number and size depend on the shapes alone; threads take tiles one after the other. So
/// the result has the same bits for any number of threads.
public enum Threads {
    private static let limit = Atomic<Int>(defaultCount)

    /// How many threads operations use, at least 1. The default is the environment's `ZOO_THREADS`, else the number of processors at hand.
    public static var count: Int {
        get { limit.load(ordering: .relaxed) }
        set { limit.store(min(max(newValue, 1), 1024), ordering: .relaxed) }
    }

    private static let defaultCount: Int = {
        if let text = getenv("ZOO_THREADS"), let value = Int(String(cString: text)), value >= 1 { return min(value, 1024) }
        return max(1, [sysconf(Int32(_SC_NPROCESSORS_ONLN)), affinity, quota].compactMap { $0 }.min() ?? 1)
    }()

    /// The number of processors that this process may run on, as `taskset` restricts it; nil if that is not known.
    private static var affinity: Int? {
        let count = Int(zk_allowed_processors())
        return count > 0 ? count : nil
    }

    /// The processors' time that the control group allows, as `docker --cpus` restricts it, in whole processors; nil if it is not limited.
    private static var quota: Int? {
        // "200000 100000": microseconds of each period.
        guard let line = firstLine(of: "/sys/fs/cgroup/cpu.max") else { return nil }
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        return max(1, (numbers[0] + numbers[1] - 1) / numbers[1])
    }

    /// OpenBLAS computes on the calling thread alone; the tiles are ours.
    private static let singleThreadedProducts: Void = openblas_set_num_threads(1)

    /// Ends the threads that OpenBLAS starts as soon as it is loaded, one for each processor. They take time from others until they sleep.
    ///
    /// Only for a process of one's own, at its start: others may compute with OpenBLAS too.
    package static func endProductThreads() {
        _ = singleThreadedProducts
        zk_end_product_threads()
    }

    /// Calls `body` with 0 ..< count, on up to `Threads.count` threads, in no particular order.
    package static func forEach(_ count: Int, _ body: (Int) -> Void) {
        forEach(count, workers: Threads.count) { index, _ in body(index) }
    }

    /// Calls `body` with 0 ..< count and the number of the worker, below `workers`: for scratch memory of its own.
    package static func forEach(_ count: Int, workers: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
        _ = singleThreadedProducts
        let workers = min(workers, count)
        if workers <= 1 {
            for index in 0..<count { body(index, 0) }
            return
        }
        WorkerPool.shared.run(count, workers: workers, body)
    }
}

/// How many equal pieces to cut `count` into, aiming at pieces of `target`: an even number unless it is 1.
package func pieces(_ count: Int, target: Int) -> Int {
    let wanted = (count + target / 2) / target
    return wanted <= 1 ? (count > target + target / 4 ? 2 : 1) : (wanted + 1) / 2 * 2
}

/// The range of piece `index` when `count` is cut into `pieces`, each a multiple of `unit` but the last.
package func piece(_ index: Int, of pieces: Int, count: Int, unit: Int = 1) -> Range<Int> {
    let size = ((count + pieces - 1) / pieces + unit - 1) / unit * unit
    return min(index * size, count)..<min((index + 1) * size, count)
}
