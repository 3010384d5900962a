extension SafetensorsError {
    /// `format.` and the rule that does not hold.
    public var code: String {
        switch self {
        case .otherFormat: "format.other"
        case .fileTooSmall: "format.file_too_small"
        case .headerTooLarge: "format.header_too_large"
        case .headerBeyondFile: "format.header_beyond_file"
        case .headerNotJSON(_, let reason), .indexNotJSON(_, let reason): reason.code
        case .headerNotObject: "format.header_not_object"
        case .metadataType: "format.metadata_type"
        case .metadataTooLarge: "format.metadata_too_large"
        case .missingField: "format.missing_field"
        case .unknownField: "format.unknown_field"
        case .invalidField: "format.invalid_field"
        case .unknownType: "format.unknown_type"
        case .unsupportedType: "format.unsupported_type"
        case .rankTooLarge: "format.rank_too_large"
        case .reversedRange: "format.reversed_range"
        case .shapeOverflow: "format.shape_overflow"
        case .partialByte: "format.partial_byte"
        case .sizeMismatch: "format.size_mismatch"
        case .overlap: "format.overlap"
        case .gap: "format.gap"
        case .dataLength: "format.data_length"
        case .missingTensor: "format.missing_tensor"
        case .duplicateTensor: "format.duplicate_tensor"
        case .reservedName: "format.reserved_name"
        case .noCheckpoint: "format.no_checkpoint"
        case .indexType: "format.index_type"
        case .shardName: "format.shard_name"
        case .missingShard: "format.missing_shard"
        case .tensorNotInShard: "format.tensor_not_in_shard"
        case .tensorInTwoShards: "format.tensor_in_two_shards"
        case .tensorNotIndexed: "format.tensor_not_indexed"
        }
    }

    /// Always ``ExitCode/format``.
    public var exitCode: ExitCode { .format }

    /// The rule, what was expected and what was found.
    public var message: String {
        switch self {
        case .otherFormat(_, let found): "expected a safetensors file, found \(found)"
        case .fileTooSmall(_, let bytes):
            "expected at least 8 bytes of a safetensors file, found \(bytes)"
        case .headerTooLarge(_, let bytes, let limit):
            "expected a header of at most \(limit) bytes, found a length of \(bytes)"
        case .headerBeyondFile(_, let header, let bytes):
            "expected a header of \(header) bytes after its length, found \(max(bytes - 8, 0)) bytes to the end of the file"
        case .headerNotJSON(_, let reason):
            "the header is not valid JSON: \(reason.message)"
        case .headerNotObject(_, let found):
            "expected the header to be a JSON object, found \(found)"
        case .metadataType(_, let key, let found):
            key.map { "expected the metadata \"\(printable($0))\" to be a string, found \(found)" }
                ?? "expected the metadata to be an object of strings, found \(found)"
        case .metadataTooLarge(_, let bytes, let limit):
            "expected at most \(limit) bytes of metadata, found \(bytes)"
        case .missingField(_, _, let field):
            "the field \"\(field)\" is missing; expected dtype, shape and data_offsets"
        case .unknownField(_, _, let field):
            "expected no fields but dtype, shape and data_offsets, found \"\(printable(field))\""
        case .invalidField(_, _, let field, let expected, let found):
            "expected \(field) to be \(expected), found \(found)"
        case .unknownType(_, _, let found):
            "unknown dtype \"\(printable(found))\"; expected one of \(Self.typeNames)"
        case .unsupportedType(_, _, let found):
            "the dtype \(printable(found)) is not supported; supported are \(Self.typeNames)"
        case .rankTooLarge(_, _, let rank, let limit):
            "expected a shape of at most \(limit) dimensions, found \(rank)"
        case .reversedRange(_, _, let begin, let end):
            "expected data_offsets to end at or after their begin, found [\(begin), \(end)]"
        case .shapeOverflow(_, _, let shape):
            "expected a shape whose size in bytes fits 64 bits, found \(shape)"
        case .partialByte(_, _, let type, let shape):
            "expected elements that fill whole bytes, found shape \(shape) of \(type)"
        case .sizeMismatch(_, _, let type, let shape, let expected, let found):
            "expected data_offsets over \(expected) bytes for shape \(shape) of \(type), found \(found)"
        case .overlap(_, _, let begin, let other, let end):
            "expected data from byte \(end) on, where \"\(printable(other))\" ends, found data_offsets from \(begin): the tensors overlap"
        case .gap(_, _, let begin, let expected):
            "expected data from byte \(expected) on, found data_offsets from \(begin): the bytes between belong to no tensor"
        case .dataLength(_, let expected, let found):
            found < expected
                ? "the file is cut off: expected \(expected) bytes of data after the header, found \(found)"
                : "expected \(expected) bytes of data after the header, found \(found): the last bytes belong to no tensor"
        case .missingTensor(_, _, let available):
            "no such tensor; available: \(Self.list(available))"
        case .duplicateTensor:
            "expected unique names, found two tensors of this name"
        case .reservedName:
            "expected the name of a tensor, found the name that the format reserves"
        case .noCheckpoint(_, let found):
            "expected \(Checkpoint.fileName) or \(Checkpoint.indexName), found \(Self.list(found))"
        case .indexNotJSON(_, let reason):
            "the index is not valid JSON: \(reason.message)"
        case .indexType(_, _, let expected, let found):
            "expected \(expected), found \(found)"
        case .shardName(_, _, let found):
            "expected the plain name of a .safetensors file, found \"\(printable(found))\""
        case .missingShard(_, let shard, let available):
            "the file \"\(printable(shard))\" is missing; available: \(Self.list(available))"
        case .tensorNotInShard(_, _, let shard):
            "expected the tensor in \"\(printable(shard))\", which does not hold it"
        case .tensorInTwoShards(_, _, let first, let second):
            "expected the tensor in one file, found it in \"\(printable(first))\" and in \"\(printable(second))\""
        case .tensorNotIndexed(_, _, let shard):
            "\"\(printable(shard))\" holds a tensor that the index does not list"
        }
    }

    /// The file and the tensor.
    public var place: Place? {
        switch self {
        case .otherFormat(let file, _), .fileTooSmall(let file, _), .headerTooLarge(let file, _, _), .headerBeyondFile(let file, _, _),
            .headerNotObject(let file, _),
            .metadataTooLarge(let file, _, _), .dataLength(let file, _, _), .noCheckpoint(let file, _):
            Place(file: file)
        case .headerNotJSON(let file, let reason):
            Place(file: file, entry: reason.place?.entry)
        case .indexNotJSON(let file, let reason):
            Place(file: file, entry: reason.place?.entry, line: reason.line)
        case .metadataType(let file, _, _):
            Place(file: file, entry: SafetensorsHeader.metadataName)
        case .missingField(let file, let tensor, _), .unknownField(let file, let tensor, _), .invalidField(let file, let tensor, _, _, _),
            .unknownType(let file, let tensor, _), .unsupportedType(let file, let tensor, _), .rankTooLarge(let file, let tensor, _, _),
            .reversedRange(let file, let tensor, _, _), .shapeOverflow(let file, let tensor, _), .partialByte(let file, let tensor, _, _),
            .sizeMismatch(let file, let tensor, _, _, _, _), .overlap(let file, let tensor, _, _, _), .gap(let file, let tensor, _, _),
            .missingTensor(let file, let tensor, _), .duplicateTensor(let file, let tensor), .reservedName(let file, let tensor),
            .indexType(let file, let tensor, _, _), .shardName(let file, let tensor, _), .missingShard(let file, let tensor, _),
            .tensorNotInShard(let file, let tensor, _), .tensorInTwoShards(let file, let tensor, _, _),
            .tensorNotIndexed(let file, let tensor, _):
            Place(file: file, entry: tensor)
        }
    }

    /// What may help.
    public var hint: String? {
        switch self {
        case .headerTooLarge(_, let bytes, _) where bytes <= UInt64(SafetensorsLimits.greatestHeader):
            "raise the header limit if the file comes from a source that you trust"
        case .headerTooLarge:
            "the file is probably not in the safetensors format"
        case .unsupportedType:
            "convert the checkpoint to F32, F16 or BF16 first"
        case .dataLength(_, let expected, let found) where found < expected:
            "fetch the file again"
        default: nil
        }
    }

    private static var typeNames: String { ElementType.allCases.map(\.rawValue).joined(separator: ", ") }

    /// The first few names of a list.
    private static func list(_ names: [String]) -> String {
        let shown = 8
        if names.isEmpty { return "none" }
        let text = names.prefix(shown).map { "\"\(printable($0))\"" }.joined(separator: ", ")
        return names.count > shown ? text + " and \(names.count - shown) more" : text
    }
}
