import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file on its way into the store: written and hashed under a temporary name in `partial/`, gone again unless it is published.
final class StagedBlob {
    /// The name that the manifest will give it.
    let name: String
    /// The digest, once the content is complete.
    private(set) var digest: Digest?
    private let writer: FileWriter
    private var hasher = DigestHasher()
    private var head: [UInt8] = []

    /// The bytes so far.
    var byteCount: Int { writer.byteCount }
    /// Where the bytes are until they are published.
    var path: String { writer.temporaryPath }

    init(_ name: String, in folder: String) throws(FileError) {
        self.name = name
        writer = try FileWriter(in: folder)
    }

    /// Appends bytes.
    func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        if head.count < 16 { head.append(contentsOf: buffer.prefix(16 - head.count)) }
        hasher.update(buffer)
        try writer.write(buffer)
    }

    /// Ends the content; `origin` is the file or bundle that errors name.
    @discardableResult
    func seal(origin: String) throws(BundleError) -> Manifest.File {
        if let found = FileRules.forbiddenContent(head, name: name) { throw .content(file: origin, entry: name, found: found) }
        let digest = hasher.finalize()
        self.digest = digest
        return Manifest.File(name: name, byteCount: byteCount, digest: digest)
    }

    /// Moves the file to its place. The mode is 0644 less the umask, whatever the umask is.
    func publish(as path: String) throws(FileError) {
        var status = stat()
        if lstat(writer.temporaryPath, &status) == 0, status.st_mode & 0o777 & ~0o644 != 0 {
            chmod(writer.temporaryPath, status.st_mode & 0o644)
        }
        try writer.publish(as: path)
    }
}
