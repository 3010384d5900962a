import Synchronization

/// What happens when the system refuses memory in the midst of a computation, where no error can be thrown.
///
/// What can grow with the user's files is compared with the memory limit before it begins, so this is met only when others use the memory, or
/// under a tight limit on the address space.
public enum OutOfMemory {
    /// Ends the process; it is given what the memory was for, and how many bytes.
    public typealias Ending = @Sendable (_ byteCount: Int, _ purpose: String) -> Never

    private static let ending = Mutex<Ending?>(nil)

    /// Chooses how the process ends. Without a choice it traps with a message.
    public static func whenItHappens(_ body: @escaping Ending) { ending.withLock { $0 = body } }

    /// Ends the process.
    package static func end(_ byteCount: Int, for purpose: String) -> Never {
        if let body = ending.withLock({ $0 }) { body(byteCount, purpose) }
        fatalError("out of memory: \(byteCount) bytes for \(purpose)")
    }
}
