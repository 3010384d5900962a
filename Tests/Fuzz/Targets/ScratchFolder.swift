import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder for inputs that are read from files, in memory where the system has such a place.
final class ScratchFolder {
    let path: String

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? (fileKind("/dev/shm") == .directory ? "/dev/shm" : "/tmp")
        path = base + "/zoo-fuzz-\(getpid())"
        try makeFolders(path)
    }

    deinit { delete() }

    /// Deletes it.
    func delete() { Self.delete(path) }

    /// Writes a file as it is, without synchronisation.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Finding("cannot write \(file)") }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, off_t(done)) }
            guard count > 0 else { throw Finding("cannot write \(file)") }
            done += count
        }
        return file
    }

    /// Deletes what is inside a folder of this one.
    func clear(_ name: String) { Self.delete(path + "/" + name) }

    private static func delete(_ path: String) {
        if fileKind(path, followingLinks: false) == .directory {
            for name in (try? folderEntries(path)) ?? [] { delete(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
