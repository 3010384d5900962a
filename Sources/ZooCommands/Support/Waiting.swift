import Dispatch
import Synchronization
import ZooHub
import ZooTensor
import ZooTraining

extension Session {
    /// Waits for something that takes its time on the network, and tells meanwhile how far it is.
    ///
    /// - Parameters:
    ///   - phase: what is going on, in a word.
    ///   - body: the work; what it is given takes the progress.
    func waiting<T: Sendable>(
        _ phase: String, for body: @escaping @Sendable (@escaping @Sendable (FetchProgress) -> Void) async throws -> T
    ) throws -> T {
        let box = WaitingBox<T>()
        let done = DispatchSemaphore(value: 0)
        // On threads of its own: who waits here may hold one of the few that tasks share.
        Task(executorPreference: QueueExecutor.shared) {
            do {
                let value = try await body { progress in box.progress.withLock { $0 = progress } }
                box.result.withLock { $0 = .success(value) }
            } catch {
                box.result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        let start = ContinuousClock.now
        while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            guard let now = box.progress.withLock({ $0 }) else { continue }
            let rate = Double(now.done) / max((ContinuousClock.now - start).seconds, 0.001)
            let details = "\(byteSize(now.done)) of \(byteSize(now.total)), \(byteSize(Int(rate)))/s, \(now.file)"
            progress.update(phase, done: now.done, total: now.total, details: details)
        }
        guard let result = box.result.withLock({ $0 }) else { preconditionFailure("the work ended without a result") }
        return try result.get()
    }
}

/// Runs tasks on the threads of a dispatch queue.
private final class QueueExecutor: TaskExecutor {
    static let shared = QueueExecutor()
    private let queue = DispatchQueue(label: "zoo.network", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}

private final class WaitingBox<T: Sendable>: Sendable {
    let progress = Mutex<FetchProgress?>(nil)
    let result = Mutex<Result<T, any Error>?>(nil)
}
