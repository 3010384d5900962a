import ModelZoo
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Copies a regular file, piece by piece.
///
/// - Returns: the digest of what was copied.
@discardableResult
func copyFile(_ source: String, to target: String) throws -> Digest {
    let file = try OpenFile(source)
    let writer = try FileWriter(in: parentFolder(of: target))
    var hasher = DigestHasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < file.byteCount {
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, file.byteCount - offset)])
        try file.read(into: piece, at: offset)
        hasher.update(UnsafeRawBufferPointer(piece))
        try writer.write(UnsafeRawBufferPointer(piece))
        offset += piece.count
    }
    try writer.publish(as: target)
    return hasher.finalize()
}

/// A new empty folder that goes away, with all that is in it, when nobody holds it any more.
final class TemporaryFolder {
    let path: String

    /// Makes a folder with a name of its own in another folder.
    init(in folder: String) throws(FileError) {
        var generator = SystemRandomNumberGenerator()
        let path = folder + "/.zoo-\(getpid())-" + String(generator.next(), radix: 36)
        self.path = path
        try TemporaryFiles.make(path) { () throws(FileError) in try makeFolders(path) }
    }

    deinit {
        TemporaryFiles.forget(path)
        deleteTree(path)
    }

    /// Gives the folder its name for good: an empty folder of that name gives way.
    func rename(to target: String) throws(FileError) {
        #if canImport(Glibc)
            let status = Glibc.rename(path, target)
        #elseif canImport(Musl)
            let status = Musl.rename(path, target)
        #else
            let status = Darwin.rename(path, target)
        #endif
        guard status == 0 else { throw .system("rename to", target) }
    }
}

/// The most memory that this process has held, in bytes.
func peakMemory() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, which the libraries declare with different types.
    getrusage(0, &usage)
    #if canImport(Darwin)
        return usage.ru_maxrss
    #else
        return usage.ru_maxrss * 1024
    #endif
}
