import ZooTensor

/// Reads a bundle from front to back. The archive chooses nothing: every entry must be the one that the manifest declares next.
final class BundleReader {
    /// The manifest, which is the first entry.
    let manifest: Manifest
    private let archive: ArchiveReader

    /// Opens a bundle and reads its manifest.
    ///
    /// - Throws: `BundleError.manifestMissing` when the first entry is another, and what ``Manifest/init(decoding:file:)`` throws.
    init(_ path: String) throws {
        archive = try ArchiveReader(path, mode: .bundle)
        guard let first = try archive.next() else { throw BundleError.manifestMissing(file: path, found: nil) }
        guard first.path == FileRules.manifestName else {
            try Self.checkName(of: first, in: path)
            throw BundleError.manifestMissing(file: path, found: first.name)
        }
        guard first.kind == .file else { throw Self.kindError(of: first, in: path) }
        manifest = try Manifest(decoding: try archive.bytes(of: first, limit: FileRules.maximumManifestBytes), file: path)
    }

    /// Reads all files, each under a temporary name in `folder`; call once.
    ///
    /// - Parameter progress: told the name of each file and the bytes of all files so far.
    func files(in folder: String, progress: (String, Int) -> Void) throws -> [StagedBlob] {
        let path = archive.path
        var blobs: [StagedBlob] = []
        var done = 0
        for file in manifest.files {
            guard let entry = try archive.next() else { throw BundleError.missing(file: path, entry: file.name) }
            try Self.checkName(of: entry, in: path)
            guard entry.kind == .file else { throw Self.kindError(of: entry, in: path) }
            guard entry.path == file.name else { throw BundleError.unexpected(file: path, entry: entry.name, expected: file.name) }
            guard entry.byteCount == file.byteCount else {
                throw BundleError.size(file: path, entry: file.name, expected: file.byteCount, found: entry.byteCount)
            }
            let blob = try StagedBlob(file.name, in: folder)
            progress(file.name, done)
            try archive.read(entry, byteCount: file.byteCount) { piece in
                try blob.write(piece)
                progress(file.name, done &+ blob.byteCount)
            }
            done += file.byteCount
            let found = try blob.seal(origin: path).digest
            guard found == file.digest else {
                throw BundleError.hash(file: path, entry: file.name, expected: file.digest, found: found)
            }
            blobs.append(blob)
        }
        if let extra = try archive.next() {
            try Self.checkName(of: extra, in: path)
            throw BundleError.unexpected(file: path, entry: extra.name, expected: nil)
        }
        try archive.finish()
        return blobs
    }

    private static func checkName(of entry: ArchiveReader.Entry, in file: String) throws(BundleError) {
        guard let path = entry.path else { throw .entryName(file: file, entry: entry.name, rule: "is not valid UTF-8") }
        if let rule = FileRules.violation(ofPath: path) { throw .entryName(file: file, entry: path, rule: rule) }
    }

    private static func kindError(of entry: ArchiveReader.Entry, in file: String) -> BundleError {
        let found = if case .other(let name) = entry.kind { name } else { "a folder" }
        return .entryKind(file: file, entry: entry.name, found: found)
    }
}

extension Manifest {
    /// The manifest of a bundle; no other entry is read.
    public init(ofBundle path: String) throws {
        self = try BundleReader(path).manifest
    }
}
