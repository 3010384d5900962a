import ZooTensor

/// The results of `body` for 0 ..< count, computed on all threads, in order.
///
/// - Throws: the error of the first place that has one.
package func concurrentMap<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
    try concurrentResults(count, body).map { try $0.get() }
}

/// The same with an error for each place.
package func concurrentResults<Success>(_ count: Int, _ body: (Int) throws -> Success) -> [Result<Success, any Error>] {
    Array(unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let start = buffer.baseAddress else { return }
        // Every place is written once, by one thread.
        nonisolated(unsafe) let base = start
        Threads.forEach(count) { index in (base + index).initialize(to: Result { try body(index) }) }
        initialized = count
    }
}
