public import ZooTensor

/// How far an import is.
public struct ImportProgress: Sendable, Equatable {
    /// The file that is being read.
    public let file: String
    /// The bytes read so far, of all files.
    public let done: Int
    /// The bytes of all files.
    public let total: Int
}

/// What an import gave.
public struct ImportResult: Sendable {
    /// The model as it is installed now.
    public let model: InstalledModel
    /// The files beside the model's that were left out, as code, pickles and other frameworks' weights.
    public let ignored: [String]
}

/// Brings models into the store: bundles, folders as Hugging Face lays them out, and archives that hold such a folder, Python wheels among
/// them.
///
/// Only files of an allow-list are taken, byte for byte; nothing is unpacked under a name that an archive chose, and nothing is executed.
/// Everything is read and checked before the first file is published, so an import that fails leaves the store as it was.
public struct Importer {
    let store: Store
    /// Called with the manifest before anything is installed; throws to refuse it, as for an unknown family.
    let checkManifest: (Manifest) throws -> Void
    /// The folder of runs, which share files with the contents of a store.
    let runsFolder: String
    /// Called with the manifest and the files when all are there, before anything is installed; throws to refuse a model that cannot be loaded.
    let checkModel: (Manifest, Assets) throws -> Void

    /// An importer into a store.
    ///
    /// - Parameters:
    ///   - checkManifest: throws to refuse a manifest, as that of an unknown family.
    ///   - checkModel: throws to refuse a model whose files do not fit each other.
    ///   - runsFolder: the folder of runs, which share files with the contents of a store; that of `store` unless given.
    public init(
        store: Store, runsFolder: String? = nil, checkManifest: @escaping (Manifest) throws -> Void = { _ in },
        checkModel: @escaping (Manifest, Assets) throws -> Void = { _, _ in }
    ) {
        self.store = store
        self.runsFolder = runsFolder ?? store.runsFolder
        self.checkManifest = checkManifest
        self.checkModel = checkModel
    }

    /// Imports a model.
    ///
    /// - Parameters:
    ///   - path: a `.zoo` bundle, a folder with `config.json` and `*.safetensors`, or a zip, wheel or tar archive with such a folder.
    ///   - name: the name to install it under; else the bundle's, or one made of the folder's or archive's name.
    ///   - tag: the tag; else `latest`.
    ///   - inside: the model's folder inside `path`, where there are several.
    ///   - replacing: whether another model of that name and tag gives way.
    ///   - archiveName: what an archive is called where it came from, if not as its file here.
    ///   - isDryRun: reads and checks everything, and installs nothing.
    ///   - family: the identifier of the family for an upstream `config.json`, and this document in the form of `transformers` (see
    ///     ``Registry/description(of:file:)``). Not asked for a bundle, whose manifest names it.
    ///   - progress: told now and then how far the import is.
    /// - Throws: `ImportError`, `BundleError`, `StoreError`, `FileError`, and what the closures throw.
    public func importModel(
        _ path: String, as name: String? = nil, tag: String? = nil, inside: String? = nil, replacing: Bool = true,
        isDryRun: Bool = false, archiveName: String? = nil, family: (JSON) throws -> (family: String, configuration: JSON),
        progress: @escaping (ImportProgress) -> Void = { _ in }
    ) throws -> ImportResult {
        // Wrong names before long work.
        _ = try ModelReference(name: name ?? "model", tag: tag ?? ModelReference.defaultTag)
        switch fileKind(path) {
        case nil: throw FileError.notFound(path: path)
        case .directory?:
            let folder = try FolderSource(path, sharing: runsFolder)
            return try importFolder(
                of: folder, name: name ?? ModelReference.sanitised(folder.name), tag: tag, inside: inside, replacing: replacing,
                isDryRun: isDryRun, origin: folder.origin, family: family, progress: progress)
        case .regular? where path.hasSuffix(".safetensors"): throw ImportError.notAModelFile(path: path)
        case .regular(let byteCount)?:
            let head = try OpenFile(path).read(at: 0, count: min(FileSignature.byteCount, byteCount))
            if !path.hasSuffix(".zoo"), let found = FileSignature.weights(head) { throw ImportError.otherFormat(path: path, found: found) }
            if try path.hasSuffix(".zoo") || isBundle(path) {
                return try importBundle(path, name: name, tag: tag, replacing: replacing, isDryRun: isDryRun, progress: progress)
            }
            let file = archiveName ?? path.split(separator: "/").last.map(String.init) ?? path
            return try importFolder(
                of: ArchiveSource(path: path), name: name ?? Self.modelName(ofArchive: file), tag: tag, inside: inside,
                replacing: replacing, isDryRun: isDryRun, origin: (file, nil), family: family, progress: progress)
        case .other(let found)?: throw FileError.notAFile(path: path, found: found)
        case .symbolicLink?: throw FileError.notAFile(path: path, found: "a symbolic link")
        }
    }

    private func isBundle(_ path: String) throws -> Bool {
        try ArchiveReader(path, mode: .foreign).next()?.path == FileRules.manifestName
    }

    private func importBundle(
        _ path: String, name: String?, tag: String?, replacing: Bool, isDryRun: Bool, progress: @escaping (ImportProgress) -> Void
    ) throws -> ImportResult {
        let reader = try BundleReader(path)
        let manifest = reader.manifest
        let reference = try ModelReference(name: name ?? manifest.name, tag: tag ?? ModelReference.defaultTag)
        try checkManifest(manifest)
        try store.prepare()
        let lock = StoreLock.shared(store.lockPath)
        defer { withExtendedLifetime(lock) {} }
        let total = manifest.byteCount
        let blobs = try reader.files(in: store.partialFolder) { file, done in
            progress(ImportProgress(file: file, done: done, total: total))
        }
        for blob in blobs { try Self.checkWeights(blob.path, named: blob.name, origin: path, entry: blob.name) }
        try checkModel(manifest, Self.assets(blobs.map { ($0.name, $0.path) }, name: path))
        return ImportResult(
            model: try store.install(manifest, as: reference, replacing: replacing, blobs: blobs, isDryRun: isDryRun), ignored: [])
    }

    private func importFolder(
        of source: any ModelSource, name: String?, tag: String?, inside: String?, replacing: Bool, isDryRun: Bool,
        origin: (source: String, revision: String?)?, family: (JSON) throws -> (family: String, configuration: JSON),
        progress: @escaping (ImportProgress) -> Void
    ) throws -> ImportResult {
        let path = source.path
        let entries = try source.entries()
        let selection = try ModelSelection(of: entries, path: path, inside: inside, modules: try Self.modules(source, entries))
        guard let name else { throw ImportError.noName(path: path) }
        let reference = try ModelReference(name: name, tag: tag ?? ModelReference.defaultTag)

        guard selection.files.count <= FileRules.maximumFiles else {
            throw BundleError.limit(
                file: path, entry: nil, what: "number of files", found: selection.files.count, limit: FileRules.maximumFiles)
        }

        try store.prepare()
        let lock = StoreLock.shared(store.lockPath)
        defer { withExtendedLifetime(lock) {} }
        var blobs: [StagedBlob] = []
        var small: [String: [UInt8]] = [:]
        var done = 0
        try source.read(Set(selection.files.map { selection.prefix + $0 })) { entry, byteCount, content in
            let file = String(entry.dropFirst(selection.prefix.count))
            let left = FileRules.maximumBytes - done
            let limit = UpstreamFiles.isWeights(file) ? left : min(left, UpstreamFiles.maximumSideFileBytes)
            guard byteCount <= limit else {
                throw BundleError.limit(file: path, entry: entry, what: "size in bytes", found: byteCount, limit: limit)
            }
            let keeps = UpstreamDescription.reads(file, byteCount: byteCount)
            var bytes: [UInt8] = []
            let blob = try StagedBlob(file, in: store.partialFolder)
            try content { piece in
                try blob.write(piece)
                if keeps { bytes.append(contentsOf: piece) }
                progress(ImportProgress(file: file, done: done &+ blob.byteCount, total: selection.byteCount))
            }
            done += blob.byteCount
            try blob.seal(origin: path)
            if keeps { small[file] = bytes }
            blobs.append(blob)
        }
        let files = blobs.compactMap { blob in blob.digest.map { Manifest.File(name: blob.name, byteCount: blob.byteCount, digest: $0) } }
        let manifest = try UpstreamDescription(path: path, prefix: selection.prefix, contents: small).manifest(
            named: reference.name, files: files, source: origin?.source, revision: origin?.revision, family: family)
        try checkManifest(manifest)
        for blob in blobs { try Self.checkWeights(blob.path, named: blob.name, origin: path, entry: selection.prefix + blob.name) }
        try checkModel(manifest, Self.assets(blobs.map { ($0.name, $0.path) }, name: Self.place(path, selection.prefix)))
        let model = try store.install(manifest, as: reference, replacing: replacing, blobs: blobs, isDryRun: isDryRun)
        return ImportResult(model: model, ignored: selection.ignored)
    }

    /// The folders that each `modules.json` names, by the folder it lies in.
    private static func modules(_ source: any ModelSource, _ entries: [SourceEntry]) throws -> [String: Set<String>] {
        let name = "modules.json"
        let files = entries.filter { ($0.name == name || $0.name.hasSuffix("/" + name)) && $0.special == nil }.map(\.name)
        guard !files.isEmpty else { return [:] }
        var result: [String: Set<String>] = [:]
        try source.read(Set(files)) { file, byteCount, content in
            var bytes: [UInt8] = []
            try content { if bytes.count < 1 << 20 { bytes.append(contentsOf: $0) } }
            guard let document = try? JSON.parse(bytes), let modules = try? SentenceModule.list(document, file: file) else { return }
            result[String(file.dropLast(name.utf8.count))] = Set(modules.map(\.path).filter { !$0.isEmpty })
        }
        return result
    }

    /// Files that are not installed yet.
    package static func assets(_ files: [(name: String, path: String)], name: String) -> Assets {
        Assets(name: name, paths: Dictionary(files.map { ($0.name, $0.path) }) { first, _ in first })
    }

    /// What messages call the model's folder in a folder or archive.
    private static func place(_ path: String, _ prefix: String) -> String {
        let folder = prefix.isEmpty ? path : path.hasSuffix("/") ? path + prefix : path + "/" + prefix
        return folder.utf8.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }

    /// Throws unless a safetensors file has a good header.
    package static func checkWeights(_ path: String, named name: String, origin: String, entry: String) throws {
        guard name.hasSuffix(".safetensors") else { return }
        do {
            _ = try SafetensorsFile(path)
        } catch let error as SafetensorsError {
            throw ImportError.weights(path: origin, entry: entry, cause: error)
        }
    }

    /// A model's name out of an archive's: without the suffixes, and of a wheel the distribution's name only.
    package static func modelName(ofArchive file: String) -> String? {
        if file.hasSuffix(".whl") { return file.split(separator: "-").first.flatMap { ModelReference.sanitised(String($0)) } }
        let suffixes = [".tar.gz", ".tar.zst", ".tgz", ".tzst", ".tar", ".zip"]
        let stem = suffixes.first { file.hasSuffix($0) }.map { String(file.dropLast($0.count)) }
        return ModelReference.sanitised(stem ?? file)
    }
}
