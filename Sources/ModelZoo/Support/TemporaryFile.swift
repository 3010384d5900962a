import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file without a name, which only this process can read and which is gone when it ends, however it ends.
final class TemporaryFile: Sendable {
    /// The folder that it lies in, for messages.
    private let folder: String
    private let descriptor: Int32

    /// Makes an empty file in the folder that `TMPDIR` names, else in `/tmp`.
    init() throws(FileError) {
        folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/zoo-data-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .system("make a temporary file in", folder) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Writes bytes at a place; one thread at a time.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, min(bytes.count - done, 1 << 30), off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("write a temporary file in", folder) }
            done += count
        }
    }

    /// Fills a buffer from a place.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30), off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("read a temporary file in", folder) }
            done += count
        }
    }
}
