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
        /// How many more must sign before clients see the index; 0 when they see it.
        public var missingSignatures = 0
    }

    private let folder: String

    /// A writer for a folder, which is made if it is not there.
    public init(_ folder: String) {
        var folder = folder
        while folder.utf8.count > 1 && folder.hasSuffix("/") { folder.removeLast() }
        self.folder = folder
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    /// The root, if the mirror has one. Its signatures are checked: whoever can write to the folder must not choose whose count.
    ///
    /// - Throws: `TrustError`.
    public func root() throws -> Root? {
        let file = path(MirrorLayout.newestRoot)
        guard fileKind(file) != nil else { return nil }
        let document = try SignedDocument(decoding: readFile(file, limit: Root.maximumBytes), file: file)
        let root = try Root(document, file: file)
        try document.check(root.root, named: "the root", file: file)
        return root
    }

    /// An index with its signatures, if the mirror has one.
    ///
    /// - Parameter pending: the one that waits for signatures.
    private func index(pending: Bool = false) throws -> (index: Index, document: SignedDocument)? {
        let file = path(pending ? MirrorLayout.pendingIndex : MirrorLayout.index)
        guard fileKind(file) != nil else { return nil }
        let document = try SignedDocument(decoding: readFile(file, limit: Index.maximumBytes), file: file)
        return (try Index(document, file: file), document)
    }

    /// The index that a new one goes on from: the one that waits for signatures if one of some keys has signed it, else the one that clients see,
    /// if enough have signed that. Nobody signs what somebody else wrote into the folder.
    private func base(_ root: Root, _ keys: Set<PublicKey>) throws -> (index: Index, document: SignedDocument)? {
        if let pending = try index(pending: true),
            (try? pending.document.check(Root.Role(keys, threshold: 1), named: "the index", file: path(MirrorLayout.pendingIndex))) != nil
        {
            return pending
        }
        guard let published = try index() else { return nil }
        try published.document.check(root.index, named: "the index", file: path(MirrorLayout.index))
        return published
    }

    /// Adds models and signs the new index.
    ///
    /// A new mirror's root gives both roles to the keys, and asks for all of them. Where a root asks for more keys than sign here, the new index waits
    /// for the others, and clients go on seeing the one before.
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
        let lock = isDryRun && fileKind(folder) == nil ? nil : try self.lock()
        defer { withExtendedLifetime(lock) {} }
        let names = Set(keys.map(\.publicKey))
        var root = try self.root()
        let isNew = root == nil && !keys.isEmpty
        var before: Index?
        if let root {
            guard !keys.isEmpty else { throw TrustError.unsigned(file: path(MirrorLayout.index)) }
            try check(keys, root)
            before = try base(root, names)?.index
        } else if keys.isEmpty {
            before = try index()?.index
        } else {
            // Anybody may have written what nobody has signed.
            guard try index() == nil else { throw TrustError.unsigned(file: path(MirrorLayout.index)) }
            let role = try Root.Role(names, threshold: names.count)
            root = Root(version: 1, expiry: Timestamp.now.adding(seconds: 5 * 365 * 86400), root: role, index: role)
        }
        var report = Report(version: try next(before?.version ?? 0, MirrorLayout.index))
        var entries = before?.entries ?? []
        for model in models {
            let entry = Index.Entry(model.manifest, as: model.reference)
            if entries.contains(entry) { continue }
            entries.removeAll { $0.reference == entry.reference }
            entries.append(entry)
            report.models.append(model.reference.description)
        }
        report.signers = keys.map(\.publicKey).sorted()
        report.missingSignatures = max(0, (root?.index.threshold ?? 0) - report.signers.count)
        for model in models { try copy(model, &report, isDryRun, progress) }
        guard !isDryRun else { return report }
        if isNew, let root {
            var document = root.document
            for key in keys { document.sign(key) }
            try write(MirrorLayout.root(1), document.encoded())
            try write(MirrorLayout.newestRoot, document.encoded())
        }
        var document = Index(version: report.version, expiry: expiry, entries: entries).document
        for key in keys { document.sign(key) }
        try publish(document, root)
        return report
    }

    /// Writes an index where clients see it if enough have signed it, and else where it waits for the others.
    private func publish(_ document: SignedDocument, _ root: Root?) throws {
        if let root, (try? document.check(root.index, named: "the index", file: path(MirrorLayout.index))) == nil {
            return try write(MirrorLayout.pendingIndex, document.encoded())
        }
        try write(MirrorLayout.index, document.encoded())
        unlink(path(MirrorLayout.pendingIndex))
    }

    private func check(_ keys: [SigningKey], _ root: Root) throws {
        for key in keys where !root.index.keys.contains(key.publicKey) {
            throw TrustError.threshold(
                file: path(MirrorLayout.newestRoot), role: "the index (\(key.publicKey) is none of them)", needed: root.index.threshold,
                found: 0)
        }
    }

    /// Keeps other processes from changing the mirror meanwhile, and takes away what killed ones have left.
    private func lock() throws -> StoreLock? {
        try makeSharedFolders(folder)
        let lock = StoreLock.waiting(path(".lock"))
        let blobs = (try? folderEntries(path("blobs/sha256"))) ?? []
        for name in ["", "root", "manifests"] + blobs.map({ "blobs/sha256/" + $0 }) {
            for file in (try? folderEntries(path(name))) ?? [] where file.hasPrefix(FileWriter.temporaryPrefix) {
                if !FileWriter.isOwnerRunning(file) && (fileAge(path(name) + "/" + file) ?? 0) > Store.otherMachineGrace {
                    unlink(path(name) + "/" + file)
                }
            }
        }
        return lock
    }

    /// Adds signatures to the index as it is: for those who keep their keys on other machines.
    ///
    /// - Returns: the index, and what is new in it against the one that clients saw.
    /// - Throws: `TrustError` for a key that does not count, and for an index that nobody has signed whose key does.
    public func sign(_ keys: [SigningKey]) throws -> (report: Report, changes: [Index.Entry]) {
        let lock = try self.lock()
        defer { withExtendedLifetime(lock) {} }
        guard let root = try root() else { throw SourceError.noMirror(address: folder, missing: MirrorLayout.newestRoot) }
        try check(keys, root)
        let published = try index()
        let pending = try index(pending: true)
        let file = path(pending == nil ? MirrorLayout.index : MirrorLayout.pendingIndex)
        guard let (index, found) = pending ?? published else {
            throw SourceError.noMirror(address: folder, missing: MirrorLayout.index)
        }
        var document = found
        // What is signed must come from one of those who may, not from anybody who can write here.
        try document.check(Root.Role(root.index.keys, threshold: 1), named: "the index", file: file)
        for key in keys { document.sign(key) }
        try publish(document, root)
        var report = Report(version: index.version)
        report.signers = document.signers.filter(root.index.keys.contains)
        report.missingSignatures = max(0, root.index.threshold - report.signers.count)
        report.models = index.entries.map(\.reference.description)
        let known = Set(published?.index.entries ?? [])
        return (report, index.entries.filter { !known.contains($0) })
    }

    /// Hands the mirror over to other keys: a new root, signed with enough of the old keys and of the new ones. The index is signed with the new
    /// keys too, so that it holds for clients before and after.
    ///
    /// - Parameters:
    ///   - root: who may sign the next root.
    ///   - index: who may sign the index.
    ///   - keys: the keys to sign with, old and new ones.
    ///   - isDryRun: only checks that clients would follow.
    /// - Throws: `TrustError` when clients would not follow.
    public func rotate(
        root: Root.Role, index: Root.Role, signing keys: [SigningKey], expiry: Timestamp, isDryRun: Bool = false
    ) throws -> Root {
        let lock = try self.lock()
        defer { withExtendedLifetime(lock) {} }
        let file = path(MirrorLayout.newestRoot)
        guard let old = try self.root() else { throw SourceError.noMirror(address: folder, missing: MirrorLayout.newestRoot) }
        let next = Root(version: try next(old.version, MirrorLayout.newestRoot), expiry: expiry, root: root, index: index)
        var document = next.document
        for key in keys { document.sign(key) }
        try document.check(old.root, named: "the root before it", file: file)
        try document.check(next.root, named: "the root", file: file)
        let indexFile = path(MirrorLayout.index)
        var signed = try self.index()?.document
        try signed?.check(old.index, named: "the index", file: indexFile)
        for key in keys { signed?.sign(key) }
        try signed?.check(index, named: "the index", file: indexFile)
        if isDryRun { return next }
        if let signed { try write(MirrorLayout.index, signed.encoded()) }
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
        try makeSharedFolders(parentFolder(of: path))
        let writer = try FileWriter(in: parentFolder(of: path))
        chmod(writer.temporaryPath, 0o644)
        try body(writer)
        try writer.publish(as: path)
    }

    /// Makes folders that everybody may look into.
    private func makeSharedFolders(_ place: String) throws {
        if fileKind(place) != nil { return try makeFolders(place) }
        if place.utf8.count > folder.utf8.count { try makeSharedFolders(parentFolder(of: place)) }
        try makeFolders(place)
        chmod(place, 0o755)
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
