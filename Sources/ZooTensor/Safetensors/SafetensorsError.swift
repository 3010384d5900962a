/// Why a safetensors file or a checkpoint is not read, or not written.
///
/// `file` is nil for bytes in memory.
public enum SafetensorsError: ZooError, Equatable {
    /// The file is of another format, told by its first bytes.
    case otherFormat(file: String?, found: String)
    /// The file is too short for the length of a header.
    case fileTooSmall(file: String?, bytes: Int)
    /// The header is longer than the limit.
    case headerTooLarge(file: String?, bytes: UInt64, limit: Int)
    /// The header ends behind the end of the file.
    case headerBeyondFile(file: String?, header: Int, bytes: Int)
    /// The header is not JSON; offsets and lines of `reason` count from its start.
    case headerNotJSON(file: String?, reason: JSONError)
    /// The header is JSON but no object.
    case headerNotObject(file: String?, found: String)
    /// The metadata, or the value of one of its keys, is of the wrong type.
    case metadataType(file: String?, key: String?, found: String)
    /// The metadata is longer than the limit.
    case metadataTooLarge(file: String?, bytes: Int, limit: Int)
    /// A tensor lacks a field.
    case missingField(file: String?, tensor: String, field: String)
    /// A tensor has a field that the format does not define.
    case unknownField(file: String?, tensor: String, field: String)
    /// A field of a tensor, or the tensor's whole entry, has the wrong type or an impossible value.
    case invalidField(file: String?, tensor: String, field: String, expected: String, found: String)
    /// The element type is none of the format.
    case unknownType(file: String?, tensor: String, found: String)
    /// The element type is one of the format that we do not read.
    case unsupportedType(file: String?, tensor: String, found: String)
    /// A tensor has more axes than the limit.
    case rankTooLarge(file: String?, tensor: String, rank: Int, limit: Int)
    /// A range ends before it begins.
    case reversedRange(file: String?, tensor: String, begin: Int, end: Int)
    /// The number of elements or bytes of a shape cannot be represented.
    case shapeOverflow(file: String?, tensor: String, shape: [Int])
    /// The elements do not fill whole bytes.
    case partialByte(file: String?, tensor: String, type: String, shape: [Int])
    /// The range has another size than shape and element type say.
    case sizeMismatch(file: String?, tensor: String, type: String, shape: [Int], expected: Int, found: Int)
    /// Two tensors share bytes.
    case overlap(file: String?, tensor: String, begin: Int, other: String, end: Int)
    /// Bytes between two tensors belong to none.
    case gap(file: String?, tensor: String, begin: Int, expected: Int)
    /// The file ends before the last tensor does, or after it.
    case dataLength(file: String?, expected: Int, found: Int)
    /// No tensor has this name.
    case missingTensor(file: String?, tensor: String, available: [String])
    /// Two tensors to be written have one name.
    case duplicateTensor(file: String?, tensor: String)
    /// A tensor to be written has the name of the metadata.
    case reservedName(file: String?, tensor: String)
    /// There is neither a single file nor an index.
    case noCheckpoint(file: String?, found: [String])
    /// The index is not JSON.
    case indexNotJSON(file: String?, reason: JSONError)
    /// The index has a value of the wrong type.
    case indexType(file: String?, entry: String, expected: String, found: String)
    /// The index names a file that is not a plain name ending in `.safetensors`.
    case shardName(file: String?, tensor: String, found: String)
    /// A file that the index names is not there.
    case missingShard(file: String?, shard: String, available: [String])
    /// A file lacks a tensor that the index says it holds.
    case tensorNotInShard(file: String?, tensor: String, shard: String)
    /// A tensor lies in two files.
    case tensorInTwoShards(file: String?, tensor: String, first: String, second: String)
    /// A file holds a tensor that the index does not list.
    case tensorNotIndexed(file: String?, tensor: String, shard: String)
}
