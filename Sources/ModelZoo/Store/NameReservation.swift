import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Holds the name of a result that is still being made, so that a second run of that name ends at its start and not after its work.
///
/// It is a lock of the kernel on a file in `locks/`: a process that is killed gives it back. Where a file system knows no locks, everybody
/// gets it, and the second to end finds the name taken.
package final class NameReservation {
    private let path: String
    private let descriptor: Int32

    /// Reserves a name and tag, whatever the case of their letters.
    ///
    /// - Throws: `StoreError.reserved` if another process holds it, `StoreError.unusable` where the store cannot be written to.
    package init(_ reference: ModelReference, in store: Store) throws {
        try store.prepare()
        path = "\(store.home)/locks/\(reference.name.lowercased())+\(reference.tag.lowercased()).run"
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
            guard descriptor >= 0 else { throw FileError.system("write", path) }
            if FileFaults.observer?.locksHold ?? true, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                let owner = String(decoding: (try? readFile(path, limit: 64)) ?? [], as: UTF8.self)
                close(descriptor)
                throw StoreError.reserved(reference: reference.description, process: owner.split(separator: "\n").first.flatMap { Int($0) })
            }
            // Whoever held it before may have removed the file since it was opened.
            var (held, there) = (stat(), stat())
            if fstat(descriptor, &held) == 0, lstat(path, &there) == 0, held.st_ino == there.st_ino, held.st_dev == there.st_dev {
                self.descriptor = descriptor
                break
            }
            close(descriptor)
        }
        _ = ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit {
        unlink(path)
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
