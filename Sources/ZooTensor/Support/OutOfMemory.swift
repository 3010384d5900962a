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
        var text =
            "error: the system has no memory left: \(byteCount) bytes for \(purpose)\n"
            + "hint: smaller batches and shorter sequences need less (in zoo: --batch, --max-length)\n"
        // One call: so short a text is written whole or not at all.
        _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
        _exit(ExitCode.resources.rawValue)
    }
}
