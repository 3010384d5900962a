public import ModelZoo
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes a mirror in a folder, or adds models to one. The folder can be served by any web server, or carried away on a disk.
///
/// Contents appear before the manifests that name them, and those before the index, each by renaming a complete file; so a client that reads
/// meanwhile sees the mirror as it was or as it will be.
public struct MirrorWriter {
    /// What a push did, or would do.
    public struct Report: Sendable, Equatable {
        /// The index's version.
        public var version = 0
        /// The models that are new or changed.
        public var models: [String] = []
        /// The number of contents that were copied.
        public var files = 0
        /// The sum of their sizes in bytes.
        public var bytes = 0
        /// The keys whose signatures the index has.
        public var signers: [PublicKey] = []
    }

    private let folder: String

    /// A writer for a folder, which is made if it is not there.
    public init(_ folder: String) {
        var folder = folder
        while folder.utf8.count > 1 && folder.hasSuffix("/") { folder.removeLast() }
        self.folder = folder
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    /// The root, if the mirror has one.
    ///
    /// - Throws: `TrustError`.
    public func root() throws -> Root? {
        guard fileKind(path(MirrorLayout.newestRoot)) != nil else { return nil }
        let bytes = try readFile(path(MirrorLayout.newestRoot), limit: Root.maximumBytes)
        return try Root(SignedDocument(decoding: bytes, file: path(MirrorLayout.newestRoot)), file: path(MirrorLayout.newestRoot))
    }

    /// The index with its signatures, if the mirror has one.
    private func index() throws -> (index: Index, document: SignedDocument)? {
        guard fileKind(path(MirrorLayout.index)) != nil else { return nil }
        let bytes = try readFile(path(MirrorLayout.index), limit: Index.maximumBytes)
        let document = try SignedDocument(decoding: bytes, file: path(MirrorLayout.index))
        return (try Index(document, file: path(MirrorLayout.index)), document)
    }

    /// Adds models and signs the new index.
    ///
    /// A new mirror's root gives both roles to the keys, and asks for all of them.
    ///
    /// - Parameters:
    ///   - models: the models, under their names and tags; those that are there already under other names stay.
    ///   - keys: the keys to sign with; none leaves the mirror unsigned, and clients must know the digests of what they fetch.
    ///   - expiry: until when the index is good.
    ///   - isDryRun: only tells what would be done.
    ///   - progress: told the file and the bytes copied so far.
    /// - Throws: `StoreError` for a damaged model, `TrustError` when the mirror's root does not know a key, `FileError`.
    public func push(
        _ models: [InstalledModel], signing keys: [SigningKey], expiry: Timestamp, isDryRun: Bool = false,
        progress: (String, Int) -> Void = { _, _ in }
    ) throws -> Report {
        let before = try index()
        var newRoot: Root?
        if let root = try root() {
            for key in keys where !root.index.keys.contains(key.publicKey) {
                throw TrustError.threshold(
                    file: path(MirrorLayout.newestRoot), role: "the index (\(key.publicKey) is none of them)", needed: root.index.threshold,
                    found: 0)
            }
            guard keys.count >= 1 else { throw TrustError.unsigned(file: path(MirrorLayout.index)) }
        } else if !keys.isEmpty {
            let role = try Root.Role(Set(keys.map(\.publicKey)), threshold: Set(keys.map(\.publicKey)).count)
            newRoot = Root(version: 1, expiry: Timestamp.now.adding(seconds: 5 * 365 * 86400), root: role, index: role)
        }
        var report = Report(version: try next(before?.index.version ?? 0, MirrorLayout.index))
        var entries = before?.index.entries ?? []
        for model in models {
            let entry = Index.Entry(model.manifest, as: model.reference)
            if entries.contains(entry) { continue }
            entries.removeAll { $0.reference == entry.reference }
            entries.append(entry)
            report.models.append(model.reference.description)
        }
        report.signers = keys.map(\.publicKey).sorted()
        if !isDryRun { for name in ["", "root", "manifests"] { try makeFolders(path(name)) } }
        for model in models { try copy(model, &report, isDryRun, progress) }
        guard !isDryRun else { return report }
        if let newRoot {
            var document = newRoot.document
            for key in keys { document.sign(key) }
            try write(MirrorLayout.root(1), document.encoded())
            try write(MirrorLayout.newestRoot, document.encoded())
        }
        var document = Index(version: report.version, expiry: expiry, entries: entries).document
        for key in keys { document.sign(key) }
        try write(MirrorLayout.index, document.encoded())
        return report
    }

    /// Adds signatures to the index as it is: for those who keep their keys on other machines.
    ///
    /// - Returns: the keys whose signatures it has now.
    public func sign(_ keys: [SigningKey]) throws -> [PublicKey] {
        guard var (_, document) = try index() else { throw SourceError.noMirror(address: folder, missing: MirrorLayout.index) }
        for key in keys { document.sign(key) }
        try write(MirrorLayout.index, document.encoded())
        return document.signers
    }

    /// Hands the mirror over to other keys: a new root, signed with enough of the old keys and of the new ones.
    ///
    /// - Parameters:
    ///   - root: who may sign the next root.
    ///   - index: who may sign the index.
    ///   - keys: the keys to sign with, old and new ones.
    /// - Throws: `TrustError` when clients would not follow.
    public func rotate(root: Root.Role, index: Root.Role, signing keys: [SigningKey], expiry: Timestamp) throws -> Root {
        let file = path(MirrorLayout.newestRoot)
        guard let old = try self.root() else { throw SourceError.noMirror(address: folder, missing: MirrorLayout.newestRoot) }
        let next = Root(version: try next(old.version, MirrorLayout.newestRoot), expiry: expiry, root: root, index: index)
        var document = next.document
        for key in keys { document.sign(key) }
        try document.check(old.root, named: "the root before it", file: file)
        try document.check(next.root, named: "the root", file: file)
        try write(MirrorLayout.root(next.version), document.encoded())
        try write(MirrorLayout.newestRoot, document.encoded())
        return next
    }

    /// The version after another.
    private func next(_ version: Int, _ name: String) throws(TrustError) -> Int {
        let (next, overflow) = version.addingReportingOverflow(1)
        guard !overflow else { throw .document(file: path(name), key: "version", reason: "there is none after \(version)") }
        return next
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws { try publish(to: path(name)) { try $0.write(bytes) } }

    /// A file that everybody may read, whatever the umask: a web server runs as somebody else.
    private func publish(to path: String, _ body: (FileWriter) throws -> Void) throws {
        try makeFolders(parentFolder(of: path))
        let writer = try FileWriter(in: parentFolder(of: path))
        chmod(writer.temporaryPath, 0o644)
        try body(writer)
        try writer.publish(as: path)
    }

    private func copy(_ model: InstalledModel, _ report: inout Report, _ isDryRun: Bool, _ progress: (String, Int) -> Void) throws {
        for file in model.manifest.files {
            let target = path(MirrorLayout.blob(file.digest))
            let source = try model.path(of: file.name)
            if fileKind(target, followingLinks: false) == .regular(byteCount: file.byteCount), try Digest.ofFile(target) == file.digest {
                continue
            }
            report.files += 1
            report.bytes += file.byteCount
            if isDryRun { continue }
            let before = report.bytes - file.byteCount
            var chunks: [String] = []
            try publish(to: target) { writer in
                var hasher = DigestHasher()
                try OpenFile(source).readPieces { (piece) throws(FileError) in
                    // A piece is a chunk: both have 1 MiB, but for the last.
                    chunks.append(Digest(hashing: piece).description)
                    hasher.update(piece)
                    try writer.write(piece)
                    progress(file.name, before + writer.byteCount)
                }
                let found = hasher.finalize()
                guard found == file.digest else {
                    throw StoreError.blob(
                        reference: model.reference.description, file: file.name, path: source,
                        reason: "expected \(file.digest), found \(found)")
                }
            }
            if chunks.count > 1 { try write(MirrorLayout.chunks(file.digest), Array((chunks.joined(separator: "\n") + "\n").utf8)) }
        }
        if !isDryRun { try write(MirrorLayout.manifest(model.digest), model.manifest.encoded()) }
    }
}
