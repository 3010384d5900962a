import ZooTensor

/// The bytes of a file from front to back, without gzip or zstd if it is packed so.
struct ByteStream {
    private let stream: DecompressedStream?
    /// What the stream handed over last; it owns the memory until it is asked again.
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Opens a file.
    ///
    /// - Throws: `ImageDatasetError.file`, `.archive`.
    init(_ path: String) throws {
        let content = try StoredBytes.reading {
            let file = try OpenFile(path)
            return StoredBytes(file, count: file.byteCount)
        }
        try self.init(path, content)
    }

    /// Bytes that are known already, as of an entry of an archive.
    ///
    /// - Parameter name: what messages call them.
    init(_ name: String, _ content: StoredBytes) throws {
        // libarchive takes an empty file for a damaged one.
        stream = try content.count == 0 ? nil : Self.telling { try DecompressedStream(name, content) }
    }

    /// Whether a file that starts so is packed with gzip or zstd.
    static func isPacked(_ head: [UInt8]) -> Bool { head.starts(with: [0x1F, 0x8B]) || head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) }

    /// The next bytes: `count`, fewer only at the end. Memory is taken as they come, so `count` may be what a damaged file tells.
    mutating func read(_ count: Int) throws -> ArraySlice<UInt8> {
        guard let stream else { return [] }
        var result: [UInt8] = []
        result.reserveCapacity(max(0, min(count, 64 << 20)))
        while result.count < count {
            if block.isEmpty {
                var pointer: UnsafeRawPointer?
                let found = stream.next(&pointer)
                if let failure = stream.failure { try Self.telling { throw failure } }
                guard found > 0 else { break }
                block = UnsafeRawBufferPointer(start: pointer, count: found)
            }
            let piece = block.prefix(count - result.count)
            result.append(contentsOf: piece)
            block = UnsafeRawBufferPointer(rebasing: block.dropFirst(piece.count))
        }
        return result[...]
    }

    private static func telling<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as BundleError {
            throw ImageDatasetError.archive(error)
        } catch let error as FileError {
            throw ImageDatasetError.file(error)
        }
    }
}
