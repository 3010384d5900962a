public import ZooTensor

/// The files of one model by their upstream names, wherever they lie.
public struct Assets: Sendable {
    /// What messages call the model: a reference or a folder.
    public let name: String
    /// File names, relative to the model, to paths.
    public let paths: [String: String]
    /// Whether nobody changes the files, as in the store: then weights are mapped, not read.
    public let isImmutable: Bool

    public init(name: String, paths: [String: String], isImmutable: Bool = false) {
        self.name = name
        self.paths = paths
        self.isImmutable = isImmutable
    }

    /// All files of a folder and of its direct sub-folders.
    public init(folder: String) throws(FileError) {
        var paths: [String: String] = [:]
        for entry in try folderEntries(folder) {
            let path = folder + "/" + entry
            switch fileKind(path) {
            case .regular: paths[entry] = path
            case .directory:
                for inner in try folderEntries(path) {
                    if case .regular = fileKind(path + "/" + inner) { paths[entry + "/" + inner] = path + "/" + inner }
                }
            default: continue
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

    /// A JSON file.
    public func json(_ file: String) throws -> JSON { try JSON.parse(bytes(file), file: label(file)) }

    /// What messages call a file of this model.
    public func label(_ file: String) -> String { name + "/" + file }
}
