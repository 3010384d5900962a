import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Store {
    /// All models, ordered by name and tag. A manifest that cannot be read is reported beside them.
    public func list() throws -> StoreListing {
        var listing = StoreListing()
        guard fileKind(manifestsFolder) == .directory else { return listing }
        for name in try folderEntries(manifestsFolder) {
            guard fileKind(manifestsFolder + "/" + name, followingLinks: false) == .directory else { continue }
            let entries: [String]
            do throws(FileError) {
                entries = try folderEntries(manifestsFolder + "/" + name)
            } catch .notFound {
                continue  // Its last model has just been removed.
            }
            for entry in entries where entry.hasSuffix(".json") {
                guard let reference = try? ModelReference(name: name, tag: String(entry.dropLast(5))) else { continue }
                do throws(StoreError) {
                    if let model = try read(reference) { listing.models.append(model) }
                } catch {
                    listing.broken.append(error)
                }
            }
        }
        return listing
    }

    /// The model of a reference.
    ///
    /// - Throws: `StoreError.notFound` with names that are near, `StoreError.digestMismatch` when the reference pins another digest,
    ///   `StoreError.manifest` when the manifest cannot be read.
    public func resolve(_ reference: ModelReference) throws -> InstalledModel {
        guard let model = try read(reference) else { throw try notFound(reference) }
        if let pinned = reference.digest, pinned != model.digest {
            throw StoreError.digestMismatch(reference: "\(reference.name):\(reference.tag)", expected: pinned, found: model.digest)
        }
        return model
    }

    /// Reads all of a model and compares the digests.
    ///
    /// - Parameter progress: told the file and the bytes of the model that have been read.
    /// - Throws: `StoreError.damaged` with every file that is missing, of another size or of other content.
    public func verify(_ model: InstalledModel, progress: (String, Int) -> Void = { _, _ in }) throws {
        var problems: [StoreError] = []
        var done = 0
        for file in model.manifest.files {
            defer { done += file.byteCount }
            do {
                let path = try model.path(of: file.name, trusting: true)
                var hasher = DigestHasher()
                var count = 0
                try OpenFile(path).readPieces { (piece) throws(FileError) in
                    hasher.update(piece)
                    count += piece.count
                    progress(file.name, done + count)
                }
                let found = hasher.finalize()
                guard found != file.digest else {
                    unlink(Self.damagePath(home: home, file.digest))
                    continue
                }
                markDamaged(file.digest)
                problems.append(
                    .blob(
                        reference: model.reference.description, file: file.name, path: path,
                        reason: "expected \(file.digest), found \(found)"))
            } catch let error as StoreError {
                problems.append(error)
            } catch let error as FileError where error.exitCode == .format {
                problems.append(
                    .blob(
                        reference: model.reference.description, file: file.name, path: error.place?.file ?? "",
                        reason: error.message))
            }
        }
        if !problems.isEmpty { throw StoreError.damaged(reference: model.reference.description, problems: problems) }
    }

    /// Remembers that a content is wrong, so that it is shown and not used. A store that cannot be written to forgets it.
    private func markDamaged(_ digest: Digest) {
        let path = Self.damagePath(home: home, digest)
        try? makeFolders(parentFolder(of: path))
        try? writeFile(path, [])
    }

    /// The model of a name and tag; nil if there is no manifest.
    func read(_ reference: ModelReference) throws(StoreError) -> InstalledModel? {
        let path = manifestPath(reference)
        guard let kind = fileKind(path, followingLinks: false) else { return nil }
        let name = (try? ModelReference(name: reference.name, tag: reference.tag)) ?? reference
        let cause: BundleError
        do {
            guard case .regular = kind else {
                throw BundleError.manifest(file: path, key: nil, reason: "expected a regular file, found something else")
            }
            let bytes = try readFile(path, limit: FileRules.maximumManifestBytes)
            let manifest = try Manifest(decoding: bytes, file: path)
            return InstalledModel(reference: name, manifest: manifest, digest: Digest(hashing: bytes), home: home)
        } catch let error as BundleError {
            cause = error
        } catch FileError.notFound {
            return nil
        } catch {
            cause = .manifest(file: path, key: nil, reason: (error as? any ZooError)?.message ?? "\(error)")
        }
        throw .manifest(reference: name.description, path: path, cause: cause)
    }

    func notFound(_ reference: ModelReference) throws -> StoreError {
        let installed = try list().models.map(\.reference.description)
        let asked = reference.tag == ModelReference.defaultTag ? reference.name : "\(reference.name):\(reference.tag)"
        let tagged = installed.filter { $0.split(separator: ":").first.map(String.init) == reference.name }
        return .notFound(reference: asked, near: tagged.isEmpty ? nearNames(asked, among: installed) : tagged, installed: installed)
    }
}
