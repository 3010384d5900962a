import Synchronization

/// What fetching a model tells while it runs.
public struct FetchProgress: Sendable, Equatable {
    /// The file that is being fetched.
    public let file: String
    /// The bytes so far, of all files that are fetched.
    public let done: Int
    /// The bytes of all files that are fetched.
    public let total: Int
}

/// Adds up what has come.
final class FetchMeter: Sendable {
    /// The bytes of all files.
    let total: Int
    private let done = Mutex(0)
    private let progress: @Sendable (FetchProgress) -> Void

    init(_ total: Int, _ progress: @escaping @Sendable (FetchProgress) -> Void) {
        self.total = total
        self.progress = progress
    }

    func add(_ count: Int, of file: String) {
        let done = done.withLock { done in
            done += count
            return done
        }
        progress(FetchProgress(file: file, done: done, total: total))
    }
}
