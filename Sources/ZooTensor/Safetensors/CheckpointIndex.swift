/// The index of a checkpoint of several files, `model.safetensors.index.json`: which tensor lies in which file.
struct CheckpointIndex {
    /// The name of each tensor's file.
    let shardOfTensor: KeyedList<String>
    /// The names of the files, sorted by their bytes.
    let shards: [String]

    /// Reads an index file.
    ///
    /// - Throws: `SafetensorsError`, `FileError`.
    init(_ path: String) throws {
        let limits = JSONLimits(depth: 8)
        let bytes = try readFile(path, limit: limits.byteCount)
        let document: JSON
        do throws(JSONError) {
            document = try JSON.parse(bytes, limits: limits, file: path)
        } catch {
            throw SafetensorsError.indexNotJSON(file: path, reason: error)
        }
        let expected = "an object that gives a file name for each tensor"
        guard let map = document["weight_map"] else {
            throw SafetensorsError.indexType(file: path, entry: "weight_map", expected: expected, found: "nothing")
        }
        guard let members = map.object?.members else {
            throw SafetensorsError.indexType(file: path, entry: "weight_map", expected: expected, found: map.brief)
        }
        var shardOfTensor = KeyedList<String>()
        var shards = KeyedList<Void>()
        for member in members {
            guard case .string(let shard) = member.value else {
                throw SafetensorsError.indexType(file: path, entry: member.key, expected: "a file name", found: member.value.brief)
            }
            guard CheckpointIndex.isPlainName(shard) else {
                throw SafetensorsError.shardName(file: path, tensor: member.key, found: shard)
            }
            _ = shardOfTensor.append(member.key, shard)
            _ = shards.append(shard, ())
        }
        self.shardOfTensor = shardOfTensor
        self.shards = shards.members.map(\.key).sorted(by: precedesByBytes)
    }

    /// True for the name of a file that can only lie beside the index, on any system, and ends in `.safetensors`.
    private static func isPlainName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        let suffix = Array(".safetensors".utf8)
        guard bytes.count > suffix.count, bytes.count <= 255, bytes.suffix(suffix.count).elementsEqual(suffix) else { return false }
        guard bytes[0] != UInt8(ascii: ".") else { return false }
        return bytes.allSatisfy { byte in
            byte >= 0x20 && byte != 0x7f && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: ":")
        }
    }
}
