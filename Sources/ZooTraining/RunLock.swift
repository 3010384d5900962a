import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Held while a run writes to its folder. The kernel gives it back when its process ends, however it ends.
package final class RunLock {
    private let descriptor: Int32

    /// Whether somebody holds the lock of a run's folder.
    package static func isHeld(_ folder: String) -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Shared, so that two who look do not take each other for the run.
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Takes the lock of a run's folder.
    ///
    /// - Parameter waits: waits while somebody looks at the folder; else nil if somebody holds it.
    package init?(_ folder: String, waits: Bool = false) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { return nil }
        var result: Int32
        repeat { result = flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB)) } while result != 0 && errno == EINTR
        // Where a file system knows no locks, everybody gets it: the age of the log tells then.
        if result != 0 && errno == EWOULDBLOCK {
            close(descriptor)
            return nil
        }
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
