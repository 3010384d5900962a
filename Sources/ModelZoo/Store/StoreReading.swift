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
        // Only what is surely not there counts as nothing: whoever deletes contents relies on the list.
        if try isAbsent(manifestsFolder) { return listing }
        let names = try folderEntries(manifestsFolder)
        // Hundreds of manifests are read on all threads.
        for part in try concurrentMap(names.count, { list(name: names[$0]) }) {
            listing.models += part.models
            listing.broken += part.broken
        }
        return listing
    }

    /// The models of one name, ordered by tag.
    private func list(name: String) -> StoreListing {
        var listing = StoreListing()
        let folder = manifestsFolder + "/" + name
        let entries: [String]
        do throws(FileError) {
            entries = try folderEntries(folder)
        } catch {
            // A file there is no model, and the last of a folder may have been removed at this moment.
            if case .regular? = fileKind(folder) { return listing }
            if (try? isAbsent(folder)) != true { listing.broken.append(.unusable(path: folder, reason: error.message)) }
            return listing
        }
        for entry in entries where entry.hasSuffix(".json") {
            guard let reference = try? ModelReference(name: name, tag: String(entry.dropLast(5))) else { continue }
            do throws(StoreError) {
                if let model = try read(reference) { listing.models.append(model) }
            } catch {
                listing.broken.append(error)
            }
        }
        return listing
    }

    /// The files of each model whose contents are missing, of another size, or were found to be damaged. The contents are not read, and one that
    /// several models share is looked at once.
    public func damagedFiles(of models: [InstalledModel]) -> [[String]] {
        var seen: [Manifest.File: Bool] = [:]
        return models.map { model in
            model.manifest.files.filter { file in
                // The same content under another name is the same.
                let content = Manifest.File(name: "", byteCount: file.byteCount, digest: file.digest)
                if let isDamaged = seen[content] { return isDamaged }
                var isDamaged = false
                do throws(StoreError) { _ = try model.path(of: file.name) } catch { isDamaged = true }
                seen[content] = isDamaged
                return isDamaged
            }.map(\.name)
        }
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
    /// - Throws: `StoreError.damaged` with every file that is missing, of another size or of other content; `StoreError.notFound` when another
    ///   process removed or replaced the model meanwhile.
    public func verify(_ model: InstalledModel, progress: (String, Int) -> Void = { _, _ in }) throws {
        var problems = self.problems(of: model.manifest.files, model, marking: false, progress: progress)
        // Another process may have mended or removed it meanwhile.
        if !problems.isEmpty {
            let files = problems.compactMap { model.manifest.file(named: $0.file) }
            problems = self.problems(of: files, model, marking: true) { _, _ in }
        }
        if problems.isEmpty { return }
        guard try read(model.reference)?.digest == model.digest else { throw try notFound(model.reference) }
        throw StoreError.damaged(reference: model.reference.description, problems: problems.map(\.error))
    }

    /// Reads some files of a model.
    ///
    /// - Parameter marking: whether what is wrong is remembered.
    private func problems(
        of files: [Manifest.File], _ model: InstalledModel, marking: Bool, progress: (String, Int) -> Void
    ) -> [(file: String, error: StoreError)] {
        var problems: [(file: String, error: StoreError)] = []
        var done = 0
        for file in files {
            defer { done += file.byteCount }
            var place = ""
            func wrong(_ reason: String) -> StoreError {
                .blob(reference: model.reference.description, file: file.name, path: place, reason: reason)
            }
            do {
                place = try model.path(of: file.name, trusting: true)
                var hasher = DigestHasher()
                var count = 0
                try OpenFile(place).readPieces { (piece) throws(FileError) in
                    hasher.update(piece)
                    count += piece.count
                    progress(file.name, done + count)
                }
                let found = hasher.finalize()
                guard found != file.digest else {
                    unlink(Self.damagePath(home: home, file.digest))
                    continue
                }
                if marking { markDamaged(file.digest) }
                problems.append((file.name, wrong("expected \(file.digest), found \(found)")))
            } catch let error as StoreError {
                problems.append((file.name, error))
            } catch {
                problems.append((file.name, wrong((error as? any ZooError)?.message ?? "\(error)")))
            }
        }
        return problems
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
        let name = (try? ModelReference(name: reference.name, tag: reference.tag)) ?? reference
        let cause: BundleError
        do {
            let bytes = try readFile(path, limit: FileRules.maximumManifestBytes, followingLinks: false)
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

    /// Throws when the name of a model, or its tag, differs from that of an installed one only in the case of letters: a disk that does not
    /// tell these apart would show one for the other.
    ///
    /// - Throws: `StoreError.otherCase`.
    public func checkCase(of reference: ModelReference) throws(StoreError) {
        // What stands beside it already may stay.
        if fileKind(manifestPath(reference), followingLinks: false) != nil { return }
        try checkOthers(than: reference)
    }

    /// Throws when an installed model has the name or the tag of another one in other letters.
    func checkOthers(than reference: ModelReference) throws(StoreError) {
        func others(than name: String, in folder: String) -> [String] {
            ((try? folderEntries(folder)) ?? []).filter { $0 != name && $0.lowercased() == name.lowercased() }
        }
        for name in others(than: reference.name, in: manifestsFolder)
        where ((try? folderEntries(manifestsFolder + "/" + name)) ?? []).contains(where: { $0.hasSuffix(".json") }) {
            throw .otherCase(reference: reference.description, installed: name)
        }
        if let file = others(than: reference.tag + ".json", in: manifestsFolder + "/" + reference.name).first {
            throw .otherCase(reference: reference.description, installed: "\(reference.name):\(file.dropLast(5))")
        }
    }

    func notFound(_ reference: ModelReference) throws -> StoreError {
        let installed = try list().models.map(\.reference.description)
        let asked = reference.tag == ModelReference.defaultTag ? reference.name : "\(reference.name):\(reference.tag)"
        let tagged = installed.filter { $0.split(separator: ":").first.map(String.init) == reference.name }
        return .notFound(reference: asked, near: tagged.isEmpty ? nearNames(asked, among: installed) : tagged, installed: installed)
    }
}
