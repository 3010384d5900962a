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
/// What grows with the user's files throws ``OutOfMemoryError``, and passes have their memory reserved (see ``MemoryReservation``), so this is
/// met only by computations that are started without. The process then ends with the exit code ``ExitCode/resources``, after a line on the error
/// output.
public enum OutOfMemory {
    /// Ends the process; it is given what the memory was for, and how many bytes.
    public typealias Ending = @Sendable (_ byteCount: Int, _ purpose: String) -> Never

    private static let ending = Mutex<Ending?>(nil)

    /// Chooses how the process ends: what else is to be told, and where.
    public static func whenItHappens(_ body: @escaping Ending) { ending.withLock { $0 = body } }

    /// Ends the process.
    package static func end(_ byteCount: Int, for purpose: String) -> Never {
        if let body = ending.withLock({ $0 }) { body(byteCount, purpose) }
        let error = OutOfMemoryError(byteCount: byteCount, purpose: purpose)
        var text = "error: \(error.description)\n" + (error.hint.map { "hint: \($0)\n" } ?? "")
        // One call: so short a text is written whole or not at all.
        _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
        _exit(ExitCode.resources.rawValue)
    }
}
