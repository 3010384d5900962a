public import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A new empty folder that goes away, with all that is in it, when nobody holds it any more.
public final class TemporaryFolder: Sendable {
    /// Where it is. The name has a space, so that code which splits paths shows.
    public let path: String

    /// Makes a folder in `TMPDIR`, or else in `/tmp`.
    public init() throws(FileError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var generator = SystemRandomNumberGenerator()
        path = base + "/zoo testing-\(getpid())-" + String(generator.next(), radix: 36)
        try makeFolders(path)
    }

    deinit { deleteTree(path) }

    /// Writes a file and the folders that it needs.
    ///
    /// - Parameter name: relative to the folder.
    /// - Returns: the path of the file.
    @discardableResult
    public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws(FileError) -> String {
        if let slash = name.lastIndex(of: "/") { try makeFolders(path + "/" + name[..<slash]) }
        try writeFile(path + "/" + name, bytes)
        return path + "/" + name
    }
}
