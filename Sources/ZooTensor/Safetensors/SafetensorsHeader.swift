/// What the header of a safetensors file says, after every rule of the format has been checked.
///
/// The file begins with the header's length, 8 bytes little-endian, and the header, a JSON object; the data follows. Beyond the
/// reference implementation (`safetensors/src/tensor.rs`) duplicate names, unknown fields, more than 8 axes and numbers above 2^48 are
/// refused. Names of tensors are arbitrary text and never used as paths.
public struct SafetensorsHeader: Sendable {
    /// Where one tensor lies.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name.
        public let name: String
        /// The type of its elements in the file.
        public let type: ElementType
        /// Its dimensions.
        public let shape: Shape
        /// Its bytes, counted from the start of the data.
        public let range: Range<Int>
    }

    /// The name that the format reserves for metadata.
    public static let metadataName = "__metadata__"

    /// The tensors in the order of their data.
    public let entries: [Entry]
    /// The metadata: any strings.
    public let metadata: [String: String]
    /// Where in the file the data begins.
    public let dataOffset: Int
    private let positions: KeyedList<Int>

    /// Reads and checks the header of a file.
    ///
    /// - Parameters:
    ///   - bytes: the file from its start, at least to the end of the header.
    ///   - fileByteCount: the size of the whole file.
    ///   - file: the name that errors tell.
    public init(
        _ bytes: UnsafeRawBufferPointer, fileByteCount: Int, limits: SafetensorsLimits = SafetensorsLimits(), file: String? = nil
    ) throws(SafetensorsError) {
        let count = try SafetensorsHeader.headerByteCount(
            UnsafeRawBufferPointer(rebasing: bytes.prefix(8)), fileByteCount: fileByteCount, limits: limits, file: file)
        // The caller has promised the header; a shorter buffer would be read beyond its end.
        guard bytes.count - 8 >= count else { throw .headerBeyondFile(file: file, header: count, bytes: bytes.count) }
        try self.init(json: UnsafeRawBufferPointer(rebasing: bytes[8..<8 + count]), fileByteCount: fileByteCount, file: file)
    }

    /// Reads and checks the header of an open file.
    ///
    /// - Throws: `SafetensorsError`; `FileError` when reading fails.
    public init(_ file: OpenFile, limits: SafetensorsLimits = SafetensorsLimits()) throws {
        let start = try file.read(at: 0, count: min(8, file.byteCount))
        let count: Int
        do {
            count = try start.withUnsafeBytes {
                try SafetensorsHeader.headerByteCount($0, fileByteCount: file.byteCount, limits: limits, file: file.path)
            }
        } catch let error as SafetensorsError {
            let head = try file.read(at: 0, count: min(FileSignature.byteCount, file.byteCount))
            throw FileSignature.kind(of: head).map { SafetensorsError.otherFormat(file: file.path, found: $0) } ?? error
        }
        let json = try file.read(at: 8, count: count)
        self = try json.withUnsafeBytes { try SafetensorsHeader(json: $0, fileByteCount: file.byteCount, file: file.path) }
    }

    /// The entry of a tensor, nil if there is none of this name.
    public func entry(_ name: String) -> Entry? { positions[name].map { entries[$0] } }

    /// The length of the header, from the first 8 bytes of the file.
    private static func headerByteCount(
        _ start: UnsafeRawBufferPointer, fileByteCount: Int, limits: SafetensorsLimits, file: String?
    ) throws(SafetensorsError) -> Int {
        guard fileByteCount >= 8, start.count >= 8 else { throw .fileTooSmall(file: file, bytes: min(fileByteCount, start.count)) }
        let length = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        guard let count = Int(exactly: length), count <= limits.headerByteCount else {
            throw .headerTooLarge(file: file, bytes: length, limit: limits.headerByteCount)
        }
        guard count <= fileByteCount - 8 else { throw .headerBeyondFile(file: file, header: count, bytes: fileByteCount) }
        return count
    }

    private init(json bytes: UnsafeRawBufferPointer, fileByteCount: Int, file: String?) throws(SafetensorsError) {
        let document: JSON
        do throws(JSONError) {
            document = try JSON.parse(bytes, limits: JSONLimits(depth: 4, bytes: SafetensorsLimits.greatestHeader), file: file)
        } catch {
            throw .headerNotJSON(file: file, reason: error)
        }
        guard let members = document.object?.members else { throw .headerNotObject(file: file, found: document.brief) }

        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        entries.reserveCapacity(members.count)
        for member in members {
            if member.key == SafetensorsHeader.metadataName {
                metadata = try SafetensorsHeader.metadata(member.value, file: file)
            } else {
                entries.append(try SafetensorsEntryReader(file: file, tensor: member.key).read(member.value))
            }
        }
        entries.sort { left, right in
            if left.range.lowerBound != right.range.lowerBound { return left.range.lowerBound < right.range.lowerBound }
            if left.range.upperBound != right.range.upperBound { return left.range.upperBound < right.range.upperBound }
            return precedesByBytes(left.name, right.name)
        }
        try SafetensorsHeader.checkContiguity(entries, dataByteCount: fileByteCount - 8 - bytes.count, file: file)

        var positions = KeyedList<Int>()
        for (position, entry) in entries.enumerated() { _ = positions.append(entry.name, position) }
        self.entries = entries
        self.metadata = metadata
        self.positions = positions
        dataOffset = 8 + bytes.count
    }

    private static func metadata(_ value: JSON, file: String?) throws(SafetensorsError) -> [String: String] {
        // As good as none, as the reference reads it.
        if value == .null { return [:] }
        guard let members = value.object?.members else { throw .metadataType(file: file, key: nil, found: value.brief) }
        var result: [String: String] = [:]
        var size = 0
        for member in members {
            guard case .string(let text) = member.value else {
                throw .metadataType(file: file, key: member.key, found: member.value.brief)
            }
            size += member.key.utf8.count + text.utf8.count
            result[member.key] = text
        }
        guard size <= SafetensorsLimits.greatestMetadata else {
            throw .metadataTooLarge(file: file, bytes: size, limit: SafetensorsLimits.greatestMetadata)
        }
        return result
    }

    /// Checks that the tensors follow each other without gap and overlap, from the start of the data to its end.
    private static func checkContiguity(_ entries: [Entry], dataByteCount: Int, file: String?) throws(SafetensorsError) {
        var end = 0
        var previous = ""
        for entry in entries {
            let begin = entry.range.lowerBound
            if begin < end { throw .overlap(file: file, tensor: entry.name, begin: begin, other: previous, end: end) }
            if begin > end { throw .gap(file: file, tensor: entry.name, begin: begin, expected: end) }
            end = entry.range.upperBound
            previous = entry.name
        }
        guard end == dataByteCount else { throw .dataLength(file: file, expected: end, found: dataByteCount) }
    }
}
