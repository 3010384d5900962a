/// The system has no memory, or this process may not use more.
///
/// What grows with inputs and files throws this: loading weights, decoding images, making batches and, before they begin, passes over them
/// (see ``MemoryReservation``). The process and everything else in it go on.
public struct OutOfMemoryError: ZooError, Equatable {
    /// How many bytes were asked for.
    public let byteCount: Int
    /// What they were for.
    public let purpose: String

    public init(byteCount: Int, purpose: String) {
        self.byteCount = byteCount
        self.purpose = purpose
    }

    /// Throws unless the system would give so many bytes now: for what is about to be taken in another way than as a tensor's memory, where
    /// too little would end the process.
    ///
    /// - Throws: `OutOfMemoryError`.
    package static func require(_ byteCount: Int, for purpose: String) throws(OutOfMemoryError) {
        guard hasMemory(byteCount) else { throw OutOfMemoryError(byteCount: byteCount, purpose: purpose) }
    }

    public var code: String { "memory.exhausted" }
    public var exitCode: ExitCode { .resources }
    public var message: String { "the system has no memory left: \(byteCount) bytes for \(purpose)" }
    public var hint: String? {
        "smaller batches, shorter sequences and smaller images need less (in zoo: --batch, --max-length, --img-size)"
    }
}
