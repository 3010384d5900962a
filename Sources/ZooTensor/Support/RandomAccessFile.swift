#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that is written in any order, by any number of threads, and appears under its name when it is complete.
///
/// Unlike with ``FileWriter`` what was written stays when nobody publishes it, so that a later process can go on with it.
package final class RandomAccessFile: Sendable {
    /// Where the bytes are until they are published.
    package let path: String
    private let descriptor: Int32

    /// Makes a file, which must not exist.
    package init(_ path: String) throws(FileError) {
        self.path = path
        try FileFaults.will(.create(path))
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw .system("write", path) }
    }

    /// Goes on with a file that another process has left.
    package init(existing path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system("write", path) }
    }

    deinit { close(descriptor) }

    /// Writes bytes at a place.
    package func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try FileFaults.will(.write(path, offset: offset, bytes: Array(buffer)))
        var done = 0
        while done < buffer.count {
            let count = pwrite(descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30), off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("write", path) }
            done += count
        }
    }

    /// Cuts off what lies beyond a length, if anything does.
    package func cut(to byteCount: Int) throws(FileError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("look at", path) }
        if status.st_size <= off_t(byteCount) { return }
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw .system("write", path) }
    }

    /// Brings the bytes to the disk and makes the file appear as `target`, replacing what was there, in one step.
    package func publish(as target: String) throws(FileError) {
        try FileFaults.will(.synchronise(path))
        guard fsync(descriptor) == 0 else { throw .system("synchronise", path) }
        try FileFaults.will(.rename(path, to: target))
        guard rename(path, target) == 0 else { throw .system("rename to", target) }
        try synchroniseFolder(parentFolder(of: target))
    }
}
