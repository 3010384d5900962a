/// The weights of a model: one safetensors file, or several with an index that says which tensor lies in which.
public final class Checkpoint: Sendable {
    /// The name of the file of a checkpoint that consists of one.
    public static let fileName = "model.safetensors"
    /// The name of the index of a checkpoint that consists of several files.
    public static let indexName = "model.safetensors.index.json"

    /// The open files; several in the order of their names.
    public let files: [SafetensorsFile]
    /// For each tensor its file and its entry, in the order of files and data.
    private let tensors: KeyedList<(file: Int, entry: SafetensorsHeader.Entry)>
    /// What errors tell as the file.
    private let place: String

    /// Opens one file.
    ///
    /// - Throws: `SafetensorsError`, `FileError`.
    public convenience init(
        _ path: String, access: SafetensorsFile.Access = .copied, limits: SafetensorsLimits = SafetensorsLimits()
    ) throws {
        try self.init([(path, SafetensorsFile(path, access: access, limits: limits))], place: path, index: nil)
    }

    /// Opens what lies in a folder: `model.safetensors`, or else `model.safetensors.index.json` and the files that it names.
    ///
    /// - Throws: `SafetensorsError`, `FileError`.
    public convenience init(
        folder: String, access: SafetensorsFile.Access = .copied, limits: SafetensorsLimits = SafetensorsLimits()
    ) throws {
        var files: [String: String] = [:]
        for name in try folderEntries(folder) { files[name] = folder + "/" + name }
        try self.init(files: files, access: access, limits: limits, place: folder)
    }

    /// Opens `model.safetensors`, or else `model.safetensors.index.json` and the files that it names.
    ///
    /// - Parameter files: the path of each file by its name. Names in the index are only looked up here; they never become paths.
    /// - Throws: `SafetensorsError`, `FileError`.
    public convenience init(
        files: [String: String], access: SafetensorsFile.Access = .copied, limits: SafetensorsLimits = SafetensorsLimits()
    ) throws {
        try self.init(files: files, access: access, limits: limits, place: nil)
    }

    private convenience init(files: [String: String], access: SafetensorsFile.Access, limits: SafetensorsLimits, place: String?) throws {
        if let path = files[Checkpoint.fileName] {
            try self.init(path, access: access, limits: limits)
            return
        }
        let available = files.keys.sorted(by: precedesByBytes)
        guard let path = files[Checkpoint.indexName] else { throw SafetensorsError.noCheckpoint(file: place, found: available) }
        let index = try CheckpointIndex(path)
        var shards: [(name: String, file: SafetensorsFile)] = []
        for name in index.shards {
            guard let shard = files[name] else { throw SafetensorsError.missingShard(file: path, shard: name, available: available) }
            shards.append((name, try SafetensorsFile(shard, access: access, limits: limits)))
        }
        try self.init(shards, place: path, index: index)
    }

    private init(_ shards: [(name: String, file: SafetensorsFile)], place: String, index: CheckpointIndex?) throws {
        var tensors = KeyedList<(file: Int, entry: SafetensorsHeader.Entry)>()
        for (position, shard) in shards.enumerated() {
            for entry in shard.file.entries where !tensors.append(entry.name, (position, entry)) {
                let first = tensors[entry.name].map { shards[$0.file].name } ?? ""
                throw SafetensorsError.tensorInTwoShards(file: place, tensor: entry.name, first: first, second: shard.name)
            }
        }
        if let index {
            for member in index.shardOfTensor.members where tensors[member.key].map({ shards[$0.file].name }) != member.value {
                throw SafetensorsError.tensorNotInShard(file: place, tensor: member.key, shard: member.value)
            }
            for member in tensors.members where index.shardOfTensor[member.key] == nil {
                throw SafetensorsError.tensorNotIndexed(file: place, tensor: member.key, shard: shards[member.value.file].name)
            }
        }
        files = shards.map(\.file)
        self.tensors = tensors
        self.place = place
    }

    /// The names of all tensors, in the order of files and data.
    public var names: [String] { tensors.members.map(\.key) }

    /// True when there is a tensor of this name.
    public func contains(_ name: String) -> Bool { tensors.position(name) != nil }

    /// The dimensions of a tensor.
    ///
    /// - Throws: `SafetensorsError.missingTensor`.
    public func shape(of name: String) throws(SafetensorsError) -> Shape { try find(name).entry.shape }

    /// The type that the elements of a tensor have in the file.
    ///
    /// - Throws: `SafetensorsError.missingTensor`.
    public func dtype(of name: String) throws(SafetensorsError) -> ElementType { try find(name).entry.type }

    /// A tensor as `Float32` (see ``SafetensorsFile/tensor(_:)``).
    ///
    /// - Throws: `SafetensorsError.missingTensor`; `FileError.changed` when the file was cut since it was opened; `OutOfMemoryError`.
    public func tensor(_ name: String) throws -> Tensor { try files[find(name).file].tensor(name) }

    /// Reads all values and tells where infinite and undefined ones are.
    ///
    /// - Returns: one report for each tensor that has some.
    /// - Throws: `FileError.changed` when a file was cut since it was opened.
    public func nonFiniteValues() throws -> [NonFiniteReport] { try files.flatMap { try $0.nonFiniteValues() } }

    private func find(_ name: String) throws(SafetensorsError) -> (file: Int, entry: SafetensorsHeader.Entry) {
        if let found = tensors[name] { return found }
        throw .missingTensor(file: place, tensor: name, available: names)
    }
}
