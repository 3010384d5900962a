import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A new empty folder that goes away, with all that is in it, when nobody holds it any more. Its name has a space.
final class TemporaryFolder {
    let path: String

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var generator = SystemRandomNumberGenerator()
        path = base + "/zoo tests-\(getpid())-" + String(generator.next(), radix: 36)
        try makeFolders(path)
    }

    deinit { TemporaryFolder.remove(path) }

    private static func remove(_ path: String) {
        if fileKind(path, followingLinks: false) == .directory {
            for name in (try? folderEntries(path)) ?? [] { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
