import Synchronization
package import ZooTensor

/// Notes what is done to files, and lets operations fail.
package final class FileWatcher: FileObserver {
    private let state = Mutex<[FileOperation]>([])
    private let error: FileError?
    private let refuses: @Sendable (_ number: Int, _ operation: FileOperation) -> Bool
    package let locksHold: Bool
    private let available: Int?
    private let before: @Sendable (_ number: Int, _ operation: FileOperation) -> Void

    /// - Parameters:
    ///   - number: the operation that fails, counted from 0, and all after it; none for a negative number.
    ///   - error: what it fails with.
    ///   - locksHold: whether locks do anything.
    ///   - available: how many bytes the disk has; what it really has unless given.
    ///   - before: called before each operation, with its number.
    package init(
        failing number: Int = -1, with error: FileError? = nil, locksHold: Bool = true, available: Int? = nil,
        before: @escaping @Sendable (_ number: Int, _ operation: FileOperation) -> Void = { _, _ in }
    ) {
        self.error = error
        refuses = { place, _ in number >= 0 && place >= number }
        self.locksHold = locksHold
        self.available = available
        self.before = before
    }

    /// Lets the operations fail that a closure chooses.
    package init(refusing error: FileError, where refuses: @escaping @Sendable (FileOperation) -> Bool) {
        self.error = error
        self.refuses = { _, operation in refuses(operation) }
        locksHold = true
        available = nil
        before = { _, _ in }
    }

    /// All that was done, or tried.
    package var operations: [FileOperation] { state.withLock { $0 } }

    package func availableByteCount(at path: String) -> Int? { available }

    package func will(_ operation: FileOperation) throws(FileError) {
        let number = state.withLock { operations in
            operations.append(operation)
            return operations.count - 1
        }
        before(number, operation)
        if let error, refuses(number, operation) { throw error }
    }
}
