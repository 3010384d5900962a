import ModelZoo
import ZooTensor

/// How a mirror lies in a folder or on a web server.
///
///     root.json  root/1.json  root/2.json …   the newest root, and all of them
///     index.json                              what there is
///     index.pending.json                      what there will be, once enough have signed it
///     manifests/<64 digits>.json              the manifests under their digests
///     blobs/sha256/ab/<64 digits>             the contents of the files under theirs
///     blobs/sha256/ab/<64 digits>.chunks      the digests of a content's parts of 1 MiB, a line each; nobody relies on them, but when a
///                                             content came wrong, they tell which part to fetch again
enum MirrorLayout {
    static let newestRoot = "root.json"
    static let index = "index.json"
    static let pendingIndex = "index.pending.json"
    static func root(_ version: Int) -> String { "root/\(version).json" }
    static func manifest(_ digest: Digest) -> String { "manifests/\(digest.hex).json" }
    static func chunks(_ digest: Digest) -> String { blob(digest) + ".chunks" }
    static func blob(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)" }
}

/// Reads a mirror. What it gives is not to be trusted before it is checked.
protocol MirrorAccess: Sendable {
    /// What errors name.
    var address: String { get }
    /// A small file; nil if there is none.
    ///
    /// - Throws: `TrustError.tooLarge` for more bytes than `limit`.
    func document(_ path: String, limit: Int) async throws -> [UInt8]?
    /// Brings the content of a file into a delivery.
    ///
    /// - Parameter progress: told the bytes that have come; a negative number takes some back.
    func deliver(_ file: Manifest.File, to delivery: Delivery, progress: @escaping @Sendable (Int) -> Void) async throws
}

extension MirrorAccess {
    /// The address of a file of the mirror.
    func location(_ path: String) -> String { address + "/" + path }
}

/// A mirror in a folder. Links that lead out of it are refused: the other end may be any file of this machine.
struct FolderMirror: MirrorAccess {
    let address: String
    private let root: String

    init(_ path: String) throws {
        guard let real = realPath(path), fileKind(real) == .directory else {
            throw SourceError.noMirror(address: path, missing: "folder")
        }
        address = path
        root = real == "/" ? "" : real
    }

    private func file(_ path: String) throws -> OpenFile? {
        guard let real = realPath(root + "/" + path) else { return nil }
        guard real.hasPrefix(root + "/") else {
            throw TrustError.mismatch(
                file: location(path), what: "file", expected: "a file in the mirror's folder", found: "a link out of it")
        }
        return try OpenFile(real)
    }

    func document(_ path: String, limit: Int) throws -> [UInt8]? {
        guard let file = try file(path) else { return nil }
        guard file.byteCount <= limit else { throw TrustError.tooLarge(file: location(path), limit: limit) }
        return try file.read(at: 0, count: file.byteCount)
    }

    func deliver(_ file: Manifest.File, to delivery: Delivery, progress: @escaping @Sendable (Int) -> Void) throws {
        let path = MirrorLayout.blob(file.digest)
        guard let source = try self.file(path) else { throw FileError.notFound(path: location(path)) }
        guard source.byteCount == file.byteCount else {
            throw BundleError.size(file: location(path), entry: file.name, expected: file.byteCount, found: source.byteCount)
        }
        let blob = try delivery.stage(file.name)
        try source.readPieces { (piece) throws(FileError) in
            try blob.write(piece)
            progress(piece.count)
        }
        try delivery.take(blob, for: file, origin: location(path))
    }
}
