import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A lock on the store: many may add at once, only one may delete blobs, and never while somebody adds.
///
/// The kernel gives it back when its process ends, however it ends. Where a file system knows no locks, everybody gets it: then the hour of
/// grace for young blobs protects (see ``Store/remove(_:)``), and the check after publication notices.
package final class StoreLock {
    private let descriptor: Int32

    /// Waits for a lock that others who add may hold too.
    static func shared(_ path: String) -> StoreLock? {
        let lock = StoreLock(path)
        guard FileFaults.observer?.locksHold ?? true else { return lock }
        while let lock, flock(lock.descriptor, LOCK_SH) != 0, errno == EINTR {}
        return lock
    }

    /// Waits for a lock that nobody else holds. Where a file system knows no locks, everybody gets it.
    package static func waiting(_ path: String) -> StoreLock? {
        let lock = StoreLock(path)
        guard FileFaults.observer?.locksHold ?? true else { return lock }
        while let lock, flock(lock.descriptor, LOCK_EX) != 0, errno == EINTR {}
        return lock
    }

    /// A lock that nobody else holds; nil at once if somebody does.
    static func exclusive(_ path: String) -> StoreLock? {
        guard let lock = StoreLock(path) else { return nil }
        guard FileFaults.observer?.locksHold ?? true else { return lock }
        return flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK ? lock : nil
    }

    private init?(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        if descriptor < 0 { return nil }
    }

    deinit {
        // A process that is just being started may have inherited the descriptor, and would hold the lock until it runs its own program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
