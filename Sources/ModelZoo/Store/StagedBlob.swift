package import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The whole content of a file, which is known to have a digest, before it is in the store.
package protocol CompleteContent {
    /// The size in bytes.
    var byteCount: Int { get }
    /// Where the bytes are until they are published.
    var path: String { get }
    /// Moves the content to its place, replacing what is there, with the mode 0644 less the umask.
    func publish(as path: String) throws(FileError)
    /// Deletes the content: the store has it already.
    func discard()
}

extension CompleteContent {
    package func discard() {}
}

/// A file on its way into the store: written and hashed under a temporary name in `partial/`, gone again unless it is published.
package final class StagedBlob: CompleteContent {
    /// The name that the manifest will give it.
    package let name: String
    /// The digest, once the content is complete.
    package private(set) var digest: Digest?
    private let writer: FileWriter
    private var hasher = DigestHasher()
    private var head: [UInt8] = []

    /// The bytes so far.
    package var byteCount: Int { writer.byteCount }
    /// Where the bytes are until they are published.
    package var path: String { writer.temporaryPath }

    package init(_ name: String, in folder: String) throws(FileError) {
        self.name = name
        writer = try FileWriter(in: folder)
    }

    /// Appends bytes.
    package func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        if head.count < FileSignature.byteCount { head.append(contentsOf: buffer.prefix(FileSignature.byteCount - head.count)) }
        hasher.update(buffer)
        try writer.write(buffer)
    }

    /// Ends the content; `origin` is the file or bundle that errors name.
    @discardableResult
    package func seal(origin: String) throws(BundleError) -> Manifest.File {
        if let found = FileRules.forbiddenContent(head, name: name) { throw .content(file: origin, entry: name, found: found) }
        let digest = hasher.finalize()
        self.digest = digest
        return Manifest.File(name: name, byteCount: byteCount, digest: digest)
    }

    /// Moves the file to its place. The mode is 0644 less the umask, whatever the umask is.
    package func publish(as path: String) throws(FileError) {
        var status = stat()
        if lstat(writer.temporaryPath, &status) == 0, status.st_mode & 0o777 & ~0o644 != 0 {
            chmod(writer.temporaryPath, status.st_mode & 0o644)
        }
        try writer.publish(as: path)
    }
}
