public import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a command reads from that takes its standard input.
public final class CommandInput {
    /// Whether a person types at a terminal.
    public let isTerminal: Bool
    private let source: () throws(FileError) -> [UInt8]

    /// - Parameter source: gives the next bytes, and none at the end.
    public init(isTerminal: Bool = false, source: @escaping () throws(FileError) -> [UInt8]) {
        self.isTerminal = isTerminal
        self.source = source
    }

    /// A descriptor of this process.
    public convenience init(descriptor: Int32, name: String) {
        self.init(isTerminal: isatty(descriptor) == 1) { () throws(FileError) in
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = bytes.withUnsafeMutableBytes { readOnce(descriptor, $0) }
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw FileError.system("read", name) }
                bytes.removeLast(bytes.count - count)
                return bytes
            }
        }
    }

    /// The next bytes; none at the end.
    public func read() throws(FileError) -> [UInt8] { try source() }
}

private func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
