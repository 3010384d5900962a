package import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A model on its way into the store from elsewhere: the files that are missing are staged one by one, then all appear at once.
///
/// It holds the store's shared lock, so that nothing it counts on is deleted meanwhile. One that goes away unfinished leaves nothing.
package final class Delivery {
    private let store: Store
    private let lock: StoreLock?
    private var contents: [Digest: any CompleteContent] = [:]

    /// Begins to take a model in.
    package init(into store: Store) throws {
        self.store = store
        try store.prepare()
        lock = StoreLock.shared(store.lockPath)
    }

    /// The files whose contents are neither in the store nor have been taken, each content once. What is there is read and compared, so what was
    /// damaged counts as missing.
    package func missing(of manifest: Manifest) -> [Manifest.File] {
        var seen: Set<Digest> = []
        return manifest.files.filter { seen.insert($0.digest).inserted && !isThere($0) }
    }

    /// Whether the content of a file is in the store, good, or has been taken.
    package func isThere(_ file: Manifest.File) -> Bool {
        if contents[file.digest] != nil { return true }
        let path = Store.blobPath(home: store.home, file.digest)
        guard fileKind(path, followingLinks: false) == .regular(byteCount: file.byteCount), (try? Digest.ofFile(path)) == file.digest
        else { return false }
        unlink(Store.damagePath(home: store.home, file.digest))
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
        return true
    }

    /// How many bytes of a file have still to come, as far as the disk tells without reading: none of one whose content seems to be there.
    package func missingByteCount(_ file: Manifest.File) -> Int {
        let path = Store.blobPath(home: store.home, file.digest)
        return fileKind(path, followingLinks: false) == .regular(byteCount: file.byteCount) ? 0 : file.byteCount
    }

    /// The content of a file that is there.
    package func bytes(of file: Manifest.File) throws -> [UInt8] {
        try readFile(place(of: file), limit: 64 << 20)
    }

    private func place(of file: Manifest.File) -> String {
        contents[file.digest]?.path ?? Store.blobPath(home: store.home, file.digest)
    }

    /// Throws unless the weights among some files, which are there, have good headers.
    package func checkWeights(_ files: [Manifest.File], origin: String) throws {
        for file in files {
            try Importer.checkWeights(place(of: file), named: file.name, origin: origin, entry: file.name)
        }
    }

    /// Files that are there, as those of a model.
    package func assets(_ files: [Manifest.File], name: String) -> Assets {
        Importer.assets(files.map { ($0.name, place(of: $0)) }, name: name)
    }

    /// A place for the content of a file.
    package func stage(_ name: String) throws(FileError) -> StagedBlob { try StagedBlob(name, in: store.partialFolder) }

    /// Takes a content that is complete.
    ///
    /// - Throws: `BundleError.size`, `BundleError.hash`, `BundleError.content`.
    package func take(_ blob: StagedBlob, for file: Manifest.File, origin: String) throws(BundleError) {
        let found = try blob.seal(origin: origin)
        try check(found.byteCount, found.digest, file, origin)
        contents[found.digest] = blob
    }

    /// Takes a content of which nothing was known before.
    ///
    /// - Throws: `BundleError.content`.
    package func take(_ blob: StagedBlob, origin: String) throws(BundleError) -> Manifest.File {
        let file = try blob.seal(origin: origin)
        contents[file.digest] = blob
        return file
    }

    /// Takes a content that was fetched in parts: all of it is read again, and compared.
    ///
    /// - Throws: `BundleError.hash`, `BundleError.content`, `FileError`.
    package func take(_ content: any CompleteContent, at path: String, for file: Manifest.File, origin: String) throws {
        let source = try OpenFile(path)
        var hasher = DigestHasher()
        var head: [UInt8] = []
        try source.readPieces { (piece) throws(FileError) in
            if head.isEmpty { head = Array(piece.prefix(FileSignature.byteCount)) }
            hasher.update(piece)
        }
        try check(source.byteCount, hasher.finalize(), file, origin)
        if let kind = FileRules.forbiddenContent(head, name: file.name) {
            throw BundleError.content(file: origin, entry: file.name, found: kind)
        }
        contents[file.digest] = content
    }

    private func check(_ byteCount: Int, _ digest: Digest, _ file: Manifest.File, _ origin: String) throws(BundleError) {
        guard byteCount == file.byteCount else {
            throw .size(file: origin, entry: file.name, expected: file.byteCount, found: byteCount)
        }
        guard digest == file.digest else { throw .hash(file: origin, entry: file.name, expected: file.digest, found: digest) }
    }

    /// Where unfinished files lie.
    package var partialFolder: String { store.partialFolder }

    /// Makes the contents that have been taken appear, without a model: what was damaged is mended.
    package func repair() throws { for (digest, content) in contents { try store.publish(content, digest) } }

    /// Makes the model appear.
    package func install(_ manifest: Manifest, as reference: ModelReference, replacing: Bool) throws -> InstalledModel {
        try store.install(manifest, as: reference, replacing: replacing, contents: contents)
    }
}
