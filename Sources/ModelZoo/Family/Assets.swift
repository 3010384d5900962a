public import ZooTensor

/// The files of one model by their upstream names, wherever they lie.
public struct Assets: Sendable {
    /// What messages call the model: a reference or a folder.
    public let name: String
    /// File names, relative to the model, to paths. Files of a transformer in a folder of its own, as `0_Transformer`, are there under their
    /// own names too.
    public let paths: [String: String]
    /// The transformer's folder, if it has one of its own.
    public let transformerFolder: String?
    /// Whether nobody changes the files, as in the store: then weights are mapped, not read.
    public let isImmutable: Bool

    public init(name: String, paths: [String: String], isImmutable: Bool = false) {
        self.name = name
        self.isImmutable = isImmutable
        let folder = Self.transformerFolder(paths, name)
        transformerFolder = folder
        guard let folder else {
            self.paths = paths
            return
        }
        // What lies beside that folder under the same names is not the transformer's.
        var own = paths.filter { !UpstreamFiles.isTransformers($0.key) }
        for (file, path) in paths where file.hasPrefix(folder + "/") { own[String(file.dropFirst(folder.utf8.count + 1))] = path }
        self.paths = own
    }

    /// The folder of the transformer as `modules.json` tells it. What is wrong with this file shows where vectors are made.
    private static func transformerFolder(_ paths: [String: String], _ name: String) -> String? {
        guard let path = paths["modules.json"], let bytes = try? readFile(path, limit: 1 << 20), let document = try? JSON.parse(bytes),
            let modules = try? SentenceModule.list(document, file: name), let folder = SentenceModule.transformerFolder(modules)
        else { return nil }
        return paths[folder + "/config.json"] == nil ? nil : folder
    }

    /// All files of a folder and of its direct sub-folders.
    ///
    /// - Throws: `ImportError.link` if one of the model's files is a symbolic link to a file outside the folder (but for the blobs of a
    ///   Hugging Face cache): it would go into what is made of the model unseen.
    public init(folder: String) throws {
        let source = try FolderSource(folder)
        var paths: [String: String] = [:]
        func add(_ name: String) throws {
            guard case .regular = fileKind(folder + "/" + name) else { return }
            if UpstreamFiles.isTaken(name) { _ = try source.target(of: name) }
            paths[name] = folder + "/" + name
        }
        for entry in try folderEntries(folder) {
            if case .directory = fileKind(folder + "/" + entry) {
                for inner in try folderEntries(folder + "/" + entry) { try add(entry + "/" + inner) }
            } else {
                try add(entry)
            }
        }
        self.init(name: folder, paths: paths)
    }

    /// Whether the model has a file.
    public func contains(_ file: String) -> Bool { paths[file] != nil }

    /// The contents of a file.
    ///
    /// - Parameter limit: the largest size in bytes.
    public func bytes(_ file: String, limit: Int = 64 << 20) throws -> [UInt8] {
        guard let path = paths[file] else { throw ModelError.missingFile(name: file, model: name, available: paths.keys.sorted()) }
        return try readFile(path, limit: limit)
    }

    /// A JSON file. What Python writes for numbers that are none, as `NaN`, is read, but in `tokenizer.json`, which is not Python's.
    public func json(_ file: String) throws -> JSON {
        try JSON.parse(bytes(file), limits: JSONLimits(allowsNonFinite: file != "tokenizer.json"), file: label(file))
    }

    /// What messages call a file of this model.
    public func label(_ file: String) -> String {
        guard let transformerFolder, paths[transformerFolder + "/" + file] != nil else { return name + "/" + file }
        return name + "/" + transformerFolder + "/" + file
    }
}
