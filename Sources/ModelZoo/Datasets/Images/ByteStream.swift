import ZooTensor

/// The bytes of a file from front to back, without gzip or zstd if it is packed so; or bytes in memory.
struct ByteStream {
    private let stream: DecompressedStream?
    /// What the stream handed over last; it owns the memory until it is asked again.
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var rest: ArraySlice<UInt8> = []

    /// Opens a file.
    ///
    /// - Throws: `ImageDatasetError.file`, `.archive`.
    init(_ path: String) throws {
        stream = try Self.telling {
            let file = try OpenFile(path)
            // libarchive takes an empty file for a damaged one.
            guard file.byteCount > 0 else { return nil }
            return try DecompressedStream(path, head: file.read(at: 0, count: min(16, file.byteCount)))
        }
    }

    /// Bytes in memory.
    init(_ bytes: ArraySlice<UInt8>) {
        stream = nil
        rest = bytes
    }

    /// The next bytes: `count`, fewer only at the end. Memory is taken as they come, so `count` may be what a damaged file tells.
    mutating func read(_ count: Int) throws -> ArraySlice<UInt8> {
        guard let stream else {
            let result = rest.prefix(max(count, 0))
            rest = rest.dropFirst(result.count)
            return result
        }
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
