import ZooTensor

/// Packs a model into a bundle `name.zoo`: a pax tar archive of `manifest.json` and the files that it declares, in this order.
public enum BundleWriter {
    /// Packs an installed model. The contents are checked against the manifest while they are written; the bundle appears complete or not
    /// at all.
    ///
    /// - Throws: `StoreError.blob` when a file is missing, `BundleError.hash` when its content has changed, `FileError`.
    public static func write(_ model: InstalledModel, to path: String, compression: ArchiveCompression = .none) throws {
        let writer = try ArchiveWriter(path, compression: compression)
        let bytes = model.manifest.encoded()
        try writer.add(FileRules.manifestName, byteCount: bytes.count)
        try bytes.withUnsafeBytes { try writer.write($0) }
        for file in model.manifest.files {
            let source = try OpenFile(try model.path(of: file.name))
            guard source.byteCount == file.byteCount else {
                throw BundleError.size(file: source.path, entry: file.name, expected: file.byteCount, found: source.byteCount)
            }
            try writer.add(file.name, byteCount: file.byteCount)
            var hasher = DigestHasher()
            var failure: (any Error)?
            try source.readPieces { (piece) throws(FileError) in
                hasher.update(piece)
                do { if failure == nil { try writer.write(piece) } } catch { failure = error }
            }
            if let failure { throw failure }
            let found = hasher.finalize()
            guard found == file.digest else {
                throw BundleError.hash(file: source.path, entry: file.name, expected: file.digest, found: found)
            }
        }
        try writer.finish()
    }
}
