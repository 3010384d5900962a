import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the content of a model's file comes from.
public enum FileSource: Sendable {
    /// A regular file.
    case path(String)
    /// Bytes in memory.
    case bytes([UInt8])
    /// A file of a model that is installed already: nothing is copied.
    case installed(InstalledModel, file: String)
}

extension Store {
    /// Adds a model.
    ///
    /// The manifest's `files` are made of `files`; if it declares some, they must be the same.
    ///
    /// - Parameters:
    ///   - manifest: what the model is.
    ///   - reference: the name and tag to install it under; the manifest's name and `latest` unless given.
    ///   - replacing: whether another model of that name and tag gives way.
    ///   - files: the contents in the order of the bundle.
    /// - Throws: `StoreError.exists`, `BundleError` where a rule for files is broken, `FileError`.
    @discardableResult
    public func add(
        _ manifest: Manifest, as reference: ModelReference? = nil, replacing: Bool = true, files: [(name: String, source: FileSource)]
    ) throws -> InstalledModel {
        try prepare()
        let lock = StoreLock.shared(lockPath)
        defer { withExtendedLifetime(lock) {} }
        var manifest = manifest
        let declared = manifest.files
        manifest.files = []
        var staged: [StagedBlob] = []
        for (name, source) in files {
            var origin = manifest.name
            if case .installed(let model, let file) = source {
                let path = try model.path(of: file)
                guard model.home == home, let entry = model.manifest.file(named: file) else {
                    throw StoreError.noFile(reference: model.reference.description, file: file, available: [])
                }
                utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
                manifest.files.append(.init(name: name, byteCount: entry.byteCount, digest: entry.digest))
                continue
            }
            let blob = try StagedBlob(name, in: partialFolder)
            switch source {
            case .path(let path):
                origin = path
                try OpenFile(path).readPieces { (piece) throws(FileError) in try blob.write(piece) }
            case .bytes(let bytes): try bytes.withUnsafeBytes { try blob.write($0) }
            case .installed: break
            }
            manifest.files.append(try blob.seal(origin: origin))
            staged.append(blob)
        }
        for (expected, found) in zip(declared, manifest.files) where expected != found {
            guard expected.name == found.name else {
                throw BundleError.unexpected(file: manifest.name, entry: found.name, expected: expected.name)
            }
            guard expected.byteCount == found.byteCount else {
                throw BundleError.size(file: manifest.name, entry: found.name, expected: expected.byteCount, found: found.byteCount)
            }
            throw BundleError.hash(file: manifest.name, entry: found.name, expected: expected.digest, found: found.digest)
        }
        if !declared.isEmpty, declared.count != manifest.files.count {
            let count = manifest.files.count
            throw declared.count > count
                ? BundleError.missing(file: manifest.name, entry: declared[count].name)
                : BundleError.unexpected(file: manifest.name, entry: manifest.files[declared.count].name, expected: nil)
        }
        return try install(manifest, as: reference, replacing: replacing, blobs: staged)
    }

    /// Publishes sealed blobs and then the manifest. The caller holds the shared lock since before it looked at any blob.
    func install(
        _ manifest: Manifest, as reference: ModelReference?, replacing: Bool, blobs: [StagedBlob], isDryRun: Bool = false
    ) throws -> InstalledModel {
        var contents: [Digest: any CompleteContent] = [:]
        for blob in blobs {
            guard let digest = blob.digest else { preconditionFailure("a blob is published before it is sealed") }
            contents[digest] = blob
        }
        return try install(manifest, as: reference, replacing: replacing, contents: contents, isDryRun: isDryRun)
    }

    /// Publishes contents and then the manifest, or only looks whether it may. The caller holds the shared lock since before it looked at any
    /// content.
    func install(
        _ manifest: Manifest, as reference: ModelReference?, replacing: Bool, contents: [Digest: any CompleteContent],
        isDryRun: Bool = false
    ) throws -> InstalledModel {
        var place = try ModelReference(name: manifest.name)
        if let reference { place = try ModelReference(name: reference.name, tag: reference.tag) }
        try checkCase(of: place)
        let bytes = manifest.encoded()
        // What is written must be what can be read.
        _ = try Manifest(decoding: bytes, file: manifest.name)
        let digest = Digest(hashing: bytes)
        var replacing = replacing
        if !replacing {
            do throws(StoreError) {
                if let installed = try read(place), installed.digest != digest {
                    throw .exists(reference: place.description, installed: installed.digest)
                }
            } catch {
                // What cannot be read is nobody's model.
                guard case .manifest = error, error.exitCode == .format else { throw error }
                replacing = true
            }
        }
        if isDryRun { return InstalledModel(reference: place, manifest: manifest, digest: digest, home: home) }
        for (digest, content) in contents.sorted(by: { $0.key < $1.key }) {
            do {
                try publish(content, digest)
            } catch FileError.notFound {
                // Where locks do nothing, another process may have taken the empty folder away. That a content is missing shows below.
                continue
            }
        }
        return try publishManifest(manifest, bytes, as: place, replacing: replacing)
    }

    /// Gives an installed model another name and tag; its contents are shared.
    ///
    /// - Parameter replacing: whether another model of that name and tag gives way.
    /// - Throws: `StoreError.exists`, `StoreError.blob` when a content is missing, `FileError`.
    @discardableResult
    public func tag(_ model: InstalledModel, as reference: ModelReference, replacing: Bool = false) throws -> InstalledModel {
        try prepare()
        let lock = StoreLock.shared(lockPath)
        defer { withExtendedLifetime(lock) {} }
        for file in model.manifest.files {
            utimensat(AT_FDCWD, try model.path(of: file.name, trusting: true), nil, AT_SYMLINK_NOFOLLOW)
        }
        let place = try ModelReference(name: reference.name, tag: reference.tag)
        try checkCase(of: place)
        return try publishManifest(model.manifest, model.manifest.encoded(), as: place, replacing: replacing)
    }

    /// Makes a manifest appear, whose contents are there. The caller holds the shared lock.
    private func publishManifest(
        _ manifest: Manifest, _ bytes: [UInt8], as place: ModelReference, replacing: Bool
    ) throws -> InstalledModel {
        // Of two that come at one moment, and differ only in the case of letters, one is first.
        let names = StoreLock.waiting(home + "/locks/names")
        defer { withExtendedLifetime(names) {} }
        try checkCase(of: place)
        return try publishManifest(manifest, bytes, as: place, replacing: replacing, attempts: 10)
    }

    private func publishManifest(
        _ manifest: Manifest, _ bytes: [UInt8], as place: ModelReference, replacing: Bool, attempts: Int
    ) throws -> InstalledModel {
        let path = manifestPath(place)
        let digest = Digest(hashing: bytes)
        // A manifest never appears before its contents.
        if let file = missingFile(of: manifest) { throw StoreError.removedMeanwhile(reference: place.description, file: file) }
        var before: [UInt8]?
        let isNew = fileKind(path, followingLinks: false) == nil
        do {
            try makeFolders(parentFolder(of: path))
            let writer = try FileWriter(in: partialFolder)
            try writer.write(bytes)
            if replacing, let inTheWay = fileKind(path, followingLinks: false) {
                // A folder in the way gives way if it is empty.
                if inTheWay == .directory { rmdir(path) }
                before = try? readFile(path, limit: FileRules.maximumManifestBytes)
                try writer.publish(as: path)
            } else if try !writer.publish(asNew: path) {
                // Somebody was faster: that one gives way in the next attempt.
                guard !replacing, let installed = try read(place) else { throw FileError.notFound(path: path) }
                guard installed.digest == digest else {
                    throw StoreError.exists(reference: place.description, installed: installed.digest)
                }
            }
        } catch FileError.notFound where attempts > 1 {
            // Another process removed the last other tag, and with it the folder, or the model that was in the way, in between.
            return try publishManifest(manifest, bytes, as: place, replacing: replacing, attempts: attempts - 1)
        }
        // Where locks do nothing, a content may have been removed since; then what was there before comes back.
        func withdraw() {
            guard let now = try? readFile(path, limit: FileRules.maximumManifestBytes), now == bytes else { return }
            if let before, before != bytes {
                try? writeFile(path, before)
            } else {
                unlink(path)
                rmdir(parentFolder(of: path))
            }
        }
        if let file = missingFile(of: manifest) {
            withdraw()
            throw StoreError.removedMeanwhile(reference: place.description, file: file)
        }
        if isNew {
            do throws(StoreError) {
                try checkOthers(than: place)
            } catch {
                withdraw()
                throw error
            }
        }
        return InstalledModel(reference: place, manifest: manifest, digest: digest, home: home)
    }

    /// The first file of a manifest whose content is not there, or has another size.
    private func missingFile(of manifest: Manifest) -> String? {
        manifest.files.first { file in
            fileKind(Self.blobPath(home: home, file.digest), followingLinks: false) != .regular(byteCount: file.byteCount)
        }?.name
    }

    /// Moves a blob to its place. If it is there already with the same content, only its time is renewed; if that is damaged, it is
    /// replaced.
    func publish(_ content: any CompleteContent, _ digest: Digest) throws {
        let path = Self.blobPath(home: home, digest)
        let folder = parentFolder(of: path)
        if fileKind(path, followingLinks: false) == .regular(byteCount: content.byteCount), (try? Digest.ofFile(path)) == digest {
            utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
            // Whoever put it there may have been killed before its name was on the disk.
            try synchroniseFolder(folder)
            content.discard()
        } else {
            try makeFolders(folder)
            // A folder in the way gives way if it is empty; anything else is replaced by the renaming.
            if fileKind(path, followingLinks: false) == .directory { rmdir(path) }
            try content.publish(as: path)
        }
        try synchroniseFolder(parentFolder(of: folder))
        unlink(Self.damagePath(home: home, digest))
    }

    /// Removes a model, and the blobs that only it used.
    ///
    /// The manifest goes first, so the model is never listed without its contents. Then, unless another process is adding a model at this
    /// moment, all blobs that no manifest names are deleted: those of the removed model at once, others only when they are older than an
    /// hour, since on a file system without locks they may belong to a model that another process is about to publish. (One that finds a
    /// blob in place renews its time.) While any other manifest cannot be read, no blob is deleted: it might be that model's.
    ///
    /// - Returns: what was deleted, and why something was kept.
    @discardableResult
    public func remove(_ reference: ModelReference) throws -> Removal {
        let path = manifestPath(reference)
        guard let kind = fileKind(path, followingLinks: false) else { throw try notFound(reference) }
        // A manifest that cannot be read can be removed too, but only where no digest is asked for.
        var own: Set<Digest> = []
        do {
            own = Set(try resolve(reference).manifest.files.map(\.digest))
        } catch let error as StoreError {
            guard case .manifest = error, reference.digest == nil, error.exitCode == .format else { throw error }
        }
        try FileFaults.will(.remove(path))
        guard (kind == .directory ? rmdir(path) : unlink(path)) == 0 else {
            // Another process removed it since.
            throw errno == ENOENT ? try notFound(reference) : FileError.system("remove", path)
        }
        let folder = parentFolder(of: path)
        try? synchroniseFolder(folder)  // What is removed twice is removed.
        rmdir(folder)
        return try collectGarbage(olderThan: Self.grace, exceptFor: own, isDryRun: false)
    }

    /// Deletes the blobs that no manifest names and what killed processes left.
    ///
    /// - Parameters:
    ///   - seconds: only what was not touched for so long; on a file system whose locks do nothing a younger one may be about to be used.
    ///   - includesFetches: also deletes what has come of models whose fetching was broken off, and could go on.
    ///   - isDryRun: only tells what would be deleted.
    @discardableResult
    public func collectGarbage(
        olderThan seconds: Int = Store.grace, includesFetches: Bool = false, isDryRun: Bool = false
    ) throws -> Removal {
        try collectGarbage(olderThan: seconds, exceptFor: [], includesFetches: includesFetches, isDryRun: isDryRun)
    }

    private func collectGarbage(
        olderThan seconds: Int, exceptFor own: Set<Digest>, includesFetches: Bool = false, isDryRun: Bool
    ) throws -> Removal {
        var removal = Removal()
        let blobs = home + "/blobs/sha256"
        guard fileKind(blobs) == .directory else { return removal }
        guard let lock = StoreLock.exclusive(lockPath) else {
            removal.kept = "another process is adding a model; files that are no longer needed go with the next removal"
            return removal
        }
        defer { withExtendedLifetime(lock) {} }
        let listing = try list()
        guard listing.broken.isEmpty else {
            removal.kept = "\(listing.broken.count) other models cannot be read, and the files may be theirs"
            return removal
        }
        let needed = Set(listing.models.flatMap { $0.manifest.files.map(\.digest) })
        defer {
            // A folder that still holds something stays.
            if !isDryRun { for folder in (try? folderEntries(blobs)) ?? [] { rmdir(blobs + "/" + folder) } }
        }
        var candidates: [Digest] = []
        for folder in try folderEntries(blobs) {
            for name in (try? folderEntries(blobs + "/" + folder)) ?? [] {
                guard let digest = Digest("sha256:" + name), !needed.contains(digest) else { continue }
                guard own.contains(digest) || (fileAge(Self.blobPath(home: home, digest)) ?? 0) >= seconds else { continue }
                candidates.append(digest)
            }
        }
        try delete(candidates, isDryRun, &removal)
        let left = leftovers(olderThan: seconds, includesFetches: includesFetches)
        removal.partialFiles += left.count
        removal.bytes += left.reduce(0) { $0 + byteCount(ofTree: $1) }
        if !isDryRun { sweep(left) }
        return removal
    }

    /// Deletes blobs that no manifest named.
    ///
    /// Where locks do nothing, somebody may have published a manifest that names one of them since. So they are put aside first, where that
    /// one's last check misses them, and come back if a manifest names them now.
    private func delete(_ digests: [Digest], _ isDryRun: Bool, _ removal: inout Removal) throws {
        guard !digests.isEmpty else { return }
        let aside = partialFolder + "/" + FileWriter.temporaryName()
        func place(_ digest: Digest) -> String { "\(aside)\(Self.asideMark)\(digest.hex)" }
        var moved: [(digest: Digest, byteCount: Int, isHeld: Bool)] = []
        for digest in digests {
            let path = Self.blobPath(home: home, digest)
            let isHeld = ((try? OpenFile(path, followingLinks: false))?.linkCount ?? 1) > 1
            let bytes = if case .regular(let count)? = fileKind(path, followingLinks: false) { count } else { 0 }
            if !isDryRun {
                utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
                try? FileFaults.will(.rename(path, to: place(digest)))
            }
            if isDryRun || rename(path, place(digest)) == 0 { moved.append((digest, bytes, isHeld)) }
        }
        if isDryRun {
            removal.files += moved.count
            removal.bytes += moved.reduce(0) { $0 + ($1.isHeld ? 0 : $1.byteCount) }
            removal.heldBytes += moved.reduce(0) { $0 + ($1.isHeld ? $1.byteCount : 0) }
            return
        }
        // What cannot be read may name any of them.
        let listing = try? list()
        let isKnown = listing?.broken.isEmpty == true
        let needed = Set(listing?.models.flatMap { $0.manifest.files.map(\.digest) } ?? [])
        for (digest, byteCount, isHeld) in moved {
            if !isKnown || needed.contains(digest) {
                restore(place(digest), digest)
                continue
            }
            try? FileFaults.will(.remove(place(digest)))
            deleteTree(place(digest))
            unlink(Self.damagePath(home: home, digest))
            removal.files += 1
            if isHeld { removal.heldBytes += byteCount } else { removal.bytes += byteCount }
        }
    }

    /// Stands in the name of a blob that is put aside before it is deleted, and before the blob's digest.
    private static let asideMark = "-aside-"

    /// Puts a blob back that was put aside. One that is there again is as good.
    private func restore(_ aside: String, _ digest: Digest) {
        let path = Self.blobPath(home: home, digest)
        let folder = parentFolder(of: path)
        try? makeFolders(folder)
        if fileKind(path, followingLinks: false) == nil { rename(aside, path) } else { unlink(aside) }
        try? synchroniseFolder(folder)
    }

    /// Deletes what killed processes have left. A blob among it that was about to be deleted, and that a manifest names, is put back.
    func sweep(_ leftovers: [String]) {
        let asides = leftovers.filter { $0.contains(Self.asideMark) }
        let listing = asides.isEmpty ? nil : try? list()
        let needed = Set(listing?.models.flatMap { $0.manifest.files.map(\.digest) } ?? [])
        for path in leftovers {
            if asides.contains(path), let digest = Digest("sha256:" + path.suffix(64)) {
                guard let listing, listing.broken.isEmpty else { continue }
                if needed.contains(digest) {
                    restore(path, digest)
                    continue
                }
            }
            deleteTree(path)
        }
    }

    private func byteCount(ofTree path: String) -> Int {
        switch fileKind(path, followingLinks: false) {
        case .regular(let count)?: count
        case .directory?: ((try? folderEntries(path)) ?? []).reduce(0) { $0 + byteCount(ofTree: path + "/" + $1) }
        default: 0
        }
    }
}
