import ZooTensor

/// Keeps the contents of an archive's entries and of packed files: in memory as long as they are few, then in a temporary file.
final class ByteKeeper {
    private var memoryLeft: Int
    private var file: TemporaryFile?
    private var end = 0

    /// - Parameter memory: how many bytes may stay in memory.
    init(memory: Int) { memoryLeft = memory }

    /// Keeps bytes.
    ///
    /// - Parameters:
    ///   - count: how many there are; where they are fewer, as a header may tell anything, `source` throws.
    ///   - source: hands them over, piece after piece.
    /// - Throws: `FileError` when there is no space for them, and what `source` throws.
    func keep(_ count: Int, _ source: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws -> StoredBytes {
        if count <= memoryLeft {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(min(count, 1 << 20))
            try source { bytes.append(contentsOf: $0) }
            memoryLeft -= bytes.count
            return StoredBytes(bytes[...])
        }
        let file = try self.file ?? TemporaryFile()
        self.file = file
        let start = end
        try source { piece in
            try file.write(piece, at: end)
            end += piece.count
        }
        return StoredBytes(file, offset: start, count: end - start)
    }
}
