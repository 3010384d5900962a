/// Writes safetensors files: equal tensors and metadata give equal bytes.
///
/// The order is that of the reference implementation: by the alignment of the element type, then by name. As all tensors are `F32`, it
/// is the order of the names' bytes. The header is padded with spaces to a multiple of 8, metadata is sorted by key.
public enum SafetensorsWriter {
    /// Writes a file in one step: it appears, or replaces another, when it is complete and on disk. The file that is replaced may be
    /// mapped; tensors that lie in it keep their values.
    ///
    /// - Parameters:
    ///   - limits: the header that is accepted, so that what is written can be read again.
    /// - Returns: the size of the file in bytes.
    /// - Throws: `SafetensorsError`, before anything is written; `FileError`, also when a file that tensors lie in was cut meanwhile.
    @discardableResult
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String,
        limits: SafetensorsLimits = SafetensorsLimits()
    ) throws -> Int {
        let (header, ordered) = try layout(tensors, metadata: metadata, limits: limits, file: path)
        let writer = try FileWriter(in: parentFolder(of: path))
        try writer.write(header)
        for tensor in ordered {
            do {
                try write(tensor) { try writer.write($0) }
            } catch {
                // The system refuses to write what a mapped file has lost.
                try tensor.watch?.check()
                throw error
            }
            try tensor.watch?.check()
        }
        let count = writer.byteCount
        try writer.publish(as: path)
        return count
    }

    /// The bytes of a file.
    ///
    /// - Throws: `SafetensorsError`.
    public static func encoded(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], limits: SafetensorsLimits = SafetensorsLimits()
    ) throws(SafetensorsError) -> [UInt8] {
        let (header, ordered) = try layout(tensors, metadata: metadata, limits: limits, file: nil)
        var bytes = header
        bytes.reserveCapacity(header.count + ordered.reduce(0) { $0 + 4 * $1.count })
        for tensor in ordered { write(tensor) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// The length, the header with its padding, and the tensors in the order of their data.
    private static func layout(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], limits: SafetensorsLimits, file: String?
    ) throws(SafetensorsError) -> (header: [UInt8], ordered: [Tensor]) {
        let ordered = tensors.sorted { precedesByBytes($0.name, $1.name) }
        var members = KeyedList<JSON>()
        if !metadata.isEmpty {
            let size = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
            guard size <= SafetensorsLimits.greatestMetadata else {
                throw .metadataTooLarge(file: file, bytes: size, limit: SafetensorsLimits.greatestMetadata)
            }
            var texts = KeyedList<JSON>()
            for (key, value) in metadata.sorted(by: { precedesByBytes($0.key, $1.key) }) { _ = texts.append(key, .string(value)) }
            _ = members.append(SafetensorsHeader.metadataName, .object(JSONObject(texts)))
        }
        var end = 0
        for (name, tensor) in ordered {
            if name == SafetensorsHeader.metadataName { throw .reservedName(file: file, tensor: name) }
            guard tensor.shape.rank <= SafetensorsLimits.greatestRank else {
                throw .rankTooLarge(file: file, tensor: name, rank: tensor.shape.rank, limit: SafetensorsLimits.greatestRank)
            }
            let begin = end
            end += 4 * tensor.count
            let entry: JSONObject = [
                "dtype": .string(ElementType.float32.rawValue),
                "shape": .array(tensor.shape.dimensions.map { .integer($0) }),
                "data_offsets": .array([.integer(begin), .integer(end)]),
            ]
            guard members.append(name, .object(entry)) else { throw .duplicateTensor(file: file, tensor: name) }
        }
        var json = JSON.object(JSONObject(members)).serialized()
        json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
        guard json.count <= limits.headerByteCount else {
            throw .headerTooLarge(file: file, bytes: UInt64(json.count), limit: limits.headerByteCount)
        }
        var header: [UInt8] = []
        header.reserveCapacity(8 + json.count)
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { header.append(contentsOf: $0) }
        header.append(contentsOf: json)
        return (header, ordered.map(\.tensor))
    }

    /// Hands out the bytes of a tensor, little-endian.
    private static func write<E: Error>(_ tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
        try tensor.withElements { elements throws(E) in
            #if _endian(little)
                try body(UnsafeRawBufferPointer(elements))
            #else
                let swapped = elements.map { $0.bitPattern.littleEndian }
                try swapped.withUnsafeBufferPointer { words throws(E) in try body(UnsafeRawBufferPointer(words)) }
            #endif
        }
    }
}
