import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What happens when the system refuses memory in the midst of a computation, where no error can be thrown.
///
/// What can grow with the user's files is compared with the memory limit before it begins, so this is met only when others use the memory, or
/// under a tight limit on the address space. The process then ends with the exit code ``ExitCode/resources``, after a line on the error output.
public enum OutOfMemory {
    /// Ends the process; it is given what the memory was for, and how many bytes.
    public typealias Ending = @Sendable (_ byteCount: Int, _ purpose: String) -> Never

    private static let ending = Mutex<Ending?>(nil)

    /// Chooses how the process ends: what else is to be told, and where.
    public static func whenItHappens(_ body: @escaping Ending) { ending.withLock { $0 = body } }

    /// Ends the process.
    package static func end(_ byteCount: Int, for purpose: String) -> Never {
        if let body = ending.withLock({ $0 }) { body(byteCount, purpose) }
        let text =
            "error: the system has no memory left: \(byteCount) bytes for \(purpose)\n"
            + "hint: make the batches or the longest length smaller (--batch, --max-length)\n"
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { break }
            rest = rest.dropFirst(max(count, 0))
        }
        _exit(ExitCode.resources.rawValue)
    }
}
