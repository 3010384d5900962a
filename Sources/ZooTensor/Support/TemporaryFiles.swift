import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The temporary files and folders of this process, so that a signal that ends it can take them away.
package enum TemporaryFiles {
    private static let paths = Mutex<Set<String>>([])

    /// Makes one, unless the process is about to end.
    package static func make<T>(_ path: String, _ body: () throws(FileError) -> T) throws(FileError) -> T {
        try paths.withLock { (paths) throws(FileError) in
            let result = try body()
            paths.insert(path)
            return result
        }
    }

    /// It has another name now, or is gone.
    package static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

    /// Deletes all that there are and ends the process, so that none is made after that.
    package static func deleteAll(exitingWith code: Int32) -> Never {
        // Who holds the lock is making a file, which may take long on a disk of another machine.
        for _ in 0..<100 {
            paths.withLockIfAvailable { paths in
                for path in paths { deleteTree(path) }
                _exit(code)
            }
            usleep(10_000)
        }
        _exit(code)
    }
}
