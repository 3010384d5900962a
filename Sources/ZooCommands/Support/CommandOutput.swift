import Synchronization
public import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a command writes text: a descriptor, or anything else.
///
/// When the reader goes away, everything after is dropped in silence; long-running commands look at ``isClosed``.
public final class CommandOutput: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var isClosed = false
        var failure: FileError?
    }

    /// Whether a person is looking at a terminal.
    public let isTerminal: Bool
    private let terminalColumns: @Sendable () -> Int?
    private let sink: @Sendable (UnsafeRawBufferPointer) throws(FileError) -> Bool
    private let state = Mutex(State())

    /// Whether nobody takes more.
    public var isClosed: Bool { state.withLock(\.isClosed) }
    /// Why writing failed, if it did for another reason than a reader that went away.
    public var failure: FileError? { state.withLock(\.failure) }

    /// - Parameters:
    ///   - columns: how many characters a row of the terminal has, if that is known.
    ///   - sink: takes bytes; returns false when nobody takes them any more.
    public init(
        isTerminal: Bool = false, columns: @escaping @Sendable () -> Int? = { nil },
        sink: @escaping @Sendable (UnsafeRawBufferPointer) throws(FileError) -> Bool
    ) {
        self.isTerminal = isTerminal
        terminalColumns = columns
        self.sink = sink
    }

    /// A descriptor of this process.
    public convenience init(descriptor: Int32, name: String) {
        self.init(isTerminal: isatty(descriptor) == 1, columns: { windowColumns(descriptor) }) { (bytes) throws(FileError) in
            var done = 0
            while done < bytes.count {
                let count = writeOnce(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]))
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EPIPE { return false }
                guard count > 0 else { throw FileError.system("write", name) }
                done += count
            }
            return true
        }
    }

    /// How many characters a row of the terminal has now; nil if that is not known.
    public var columns: Int? { terminalColumns() }

    /// Adds text; it is on its way after ``flush()`` at the latest.
    public func write(_ text: String) { write(bytes: Array(text.utf8)) }

    /// Adds bytes.
    public func write(bytes: [UInt8]) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.buffer.append(contentsOf: bytes)
            if state.buffer.count >= 1 << 16 { flush(&state) }
        }
    }

    /// Hands over what has been written.
    public func flush() { state.withLock { flush(&$0) } }

    /// Writes the last text and takes no more, from a thread beside the one that writes. Gives up after a second of a reader that does not
    /// take what is being written.
    func end(with text: String) {
        for _ in 0..<100 {
            let isDone: Void? = state.withLockIfAvailable { state in
                if !state.isClosed { state.buffer.append(contentsOf: text.utf8) }
                flush(&state)
                state.isClosed = true
            }
            if isDone != nil { return }
            usleep(10_000)
        }
    }

    private func flush(_ state: inout State) {
        guard !state.isClosed, !state.buffer.isEmpty else { return }
        var (isClosed, failure): (Bool, FileError?) = (false, nil)
        state.buffer.withUnsafeBytes { bytes in
            do throws(FileError) { isClosed = try !sink(bytes) } catch { (isClosed, failure) = (true, error) }
        }
        (state.isClosed, state.failure) = (isClosed, failure)
        state.buffer.removeAll(keepingCapacity: true)
    }
}

private func windowColumns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
}

private func writeOnce(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int { write(descriptor, buffer.baseAddress, buffer.count) }
