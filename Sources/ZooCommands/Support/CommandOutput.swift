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
public final class CommandOutput {
    /// Whether a person is looking at a terminal.
    public let isTerminal: Bool
    /// Whether nobody takes more.
    public private(set) var isClosed = false
    /// Why writing failed, if it did for another reason than a reader that went away.
    public private(set) var failure: FileError?
    private let terminalColumns: () -> Int?
    private let sink: (UnsafeRawBufferPointer) throws(FileError) -> Bool
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - columns: how many characters a row of the terminal has, if that is known.
    ///   - sink: takes bytes; returns false when nobody takes them any more.
    public init(
        isTerminal: Bool = false, columns: @escaping () -> Int? = { nil },
        sink: @escaping (UnsafeRawBufferPointer) throws(FileError) -> Bool
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
        guard !isClosed else { return }
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 16 { flush() }
    }

    /// Hands over what has been written.
    public func flush() {
        guard !isClosed, !buffer.isEmpty else { return }
        buffer.withUnsafeBytes { bytes in
            do throws(FileError) {
                isClosed = try !sink(bytes)
            } catch {
                failure = error
                isClosed = true
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

private func windowColumns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
}

private func writeOnce(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int { write(descriptor, buffer.baseAddress, buffer.count) }
