import ZooTensor

/// Bytes that may be many: in memory, or a part of a file that stays open.
struct StoredBytes: Sendable, Hashable {
    private enum Place: Sendable {
        case memory(ArraySlice<UInt8>)
        case file(OpenFile, offset: Int)
        case temporary(TemporaryFile, offset: Int)
    }

    private let place: Place
    let count: Int

    /// Bytes in memory.
    init(_ bytes: ArraySlice<UInt8>) {
        place = .memory(bytes)
        count = bytes.count
    }

    /// A part of a file, whose bytes are where they are told to be unless another process changes it.
    init(_ file: OpenFile, offset: Int = 0, count: Int) {
        place = .file(file, offset: offset)
        self.count = count
    }

    /// A part of a file of our own.
    init(_ file: TemporaryFile, offset: Int, count: Int) {
        place = .temporary(file, offset: offset)
        self.count = count
    }

    private init(_ place: Place, count: Int) {
        self.place = place
        self.count = count
    }

    /// The bytes, where they are in memory already.
    var inMemory: ArraySlice<UInt8>? { if case .memory(let bytes) = place { bytes } else { nil } }

    /// A part of the bytes.
    ///
    /// - Parameter range: counted from the first one.
    func part(_ range: Range<Int>) -> StoredBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return switch place {
        case .memory(let bytes):
            StoredBytes(bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound])
        case .file(let file, let offset): StoredBytes(.file(file, offset: offset + range.lowerBound), count: range.count)
        case .temporary(let file, let offset): StoredBytes(.temporary(file, offset: offset + range.lowerBound), count: range.count)
        }
    }

    /// Fills a buffer of at most ``count`` bytes with the first ones.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        switch place {
        case .memory(let bytes): buffer.copyBytes(from: bytes.prefix(buffer.count))
        case .file(let file, let offset): try file.read(into: buffer, at: offset)
        case .temporary(let file, let offset): try file.read(into: buffer, at: offset)
        }
    }

    /// A copy of some of the bytes; few of them.
    func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: range.count)
        var failure: FileError?
        result.withUnsafeMutableBytes { buffer in
            do throws(FileError) { try part(range).read(into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    /// An error of a file as one of a data set.
    static func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as FileError { throw ImageDatasetError.file(error) }
    }

    static func == (first: StoredBytes, second: StoredBytes) -> Bool {
        guard first.count == second.count else { return false }
        return switch (first.place, second.place) {
        case (.memory(let first), .memory(let second)): first == second
        case (.file(let first, let start), .file(let second, let other)): first === second && start == other
        case (.temporary(let first, let start), .temporary(let second, let other)): first === second && start == other
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        switch place {
        case .memory(let bytes): hasher.combine(bytes)
        case .file(let file, let offset):
            hasher.combine(ObjectIdentifier(file))
            hasher.combine(offset)
        case .temporary(let file, let offset):
            hasher.combine(ObjectIdentifier(file))
            hasher.combine(offset)
        }
    }
}
