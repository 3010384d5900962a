/// A safetensors file, open for reading.
public final class SafetensorsFile: Sendable {
    /// How tensors come into memory.
    public enum Access: Sendable {
        /// Each is read into memory of its own. A file cut by another process gives an error.
        case copied
        /// `F32` tensors at addresses that are multiples of 4 are views of the mapped file, all others are read. For files that nobody
        /// changes: the length is checked whenever a tensor is asked for. What is cut later reads as zeros, which ``MappedFile/check()`` tells.
        case mapped
    }

    /// The elements that are read and converted at a time.
    private static let chunk = 1 << 18

    /// The path it was opened under.
    public let path: String
    /// How tensors come into memory.
    public let access: Access
    /// What the header says.
    public let header: SafetensorsHeader
    private let file: OpenFile
    private let mapping: MappedFile?

    /// Opens a file and checks its header.
    ///
    /// - Throws: `SafetensorsError`, `FileError`.
    public init(_ path: String, access: Access = .copied, limits: SafetensorsLimits = SafetensorsLimits()) throws {
        self.path = path
        self.access = access
        switch access {
        case .copied:
            mapping = nil
            file = try OpenFile(path)
        case .mapped:
            let mapping = try MappedFile(path)
            self.mapping = mapping
            file = mapping.file
        }
        // The header is read and not taken from the mapping: a file that is being cut gives an error here in both cases.
        header = try SafetensorsHeader(file, limits: limits)
    }

    /// The tensors in the order of their data.
    public var entries: [SafetensorsHeader.Entry] { header.entries }

    /// The metadata of the header.
    public var metadata: [String: String] { header.metadata }

    /// The entry of a tensor.
    ///
    /// - Throws: `SafetensorsError.missingTensor`.
    public func entry(_ name: String) throws(SafetensorsError) -> SafetensorsHeader.Entry {
        if let entry = header.entry(name) { return entry }
        throw .missingTensor(file: path, tensor: name, available: entries.map(\.name))
    }

    /// A tensor as `Float32`: F16, BF16, I16, I8, U8 and BOOL exactly; F64, I64 and I32 rounded to nearest.
    ///
    /// - Throws: `SafetensorsError.missingTensor`; `FileError.changed` when the file was cut since it was opened; `OutOfMemoryError`.
    public func tensor(_ name: String) throws -> Tensor {
        let entry = try entry(name)
        let offset = header.dataOffset + entry.range.lowerBound
        if let mapping {
            try mapping.check()
            #if _endian(little)
                if entry.type == .float32 && offset % 4 == 0 {
                    return Tensor(Storage(mapping, offset: offset, byteCount: entry.range.count), shape: entry.shape)
                }
            #endif
        }
        var tensor = try Tensor(allocating: entry.shape, for: "the tensor \"\(printable(name))\"")
        try tensor.withMutableElements { elements in
            #if _endian(little)
                if entry.type == .float32 {
                    try file.read(into: UnsafeMutableRawBufferPointer(elements), at: offset)
                    return
                }
            #endif
            try read(entry) { position, part in
                // `part` holds as many elements as are left from `position` on, at most.
                UnsafeMutableBufferPointer(rebasing: elements[position..<position + part.count / entry.type.byteCount])
            }
        }
        return tensor
    }

    /// The bytes of a tensor as they are in the file.
    ///
    /// - Throws: `SafetensorsError.missingTensor`; `FileError.changed` when the file was cut since it was opened.
    public func rawBytes(_ name: String) throws -> [UInt8] {
        let entry = try entry(name)
        return try file.read(at: header.dataOffset + entry.range.lowerBound, count: entry.range.count)
    }

    /// Reads all values and tells where infinite and undefined ones are, as values of `Float32`.
    ///
    /// - Returns: one report for each tensor that has some, in the order of the data.
    /// - Throws: `FileError.changed` when the file was cut since it was opened.
    public func nonFiniteValues() throws -> [NonFiniteReport] {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: SafetensorsFile.chunk)
        defer { buffer.deallocate() }
        var reports: [NonFiniteReport] = []
        for entry in entries where entry.type.isFloatingPoint {
            var report = NonFiniteReport(name: entry.name)
            try read(entry) { _, part in
                UnsafeMutableBufferPointer(rebasing: buffer[..<(part.count / entry.type.byteCount)])
            } then: { position, elements in
                report.add(UnsafeBufferPointer(elements), at: position)
            }
            if report.count > 0 { reports.append(report) }
        }
        return reports
    }

    /// Reads a tensor piece by piece and converts each piece.
    ///
    /// - Parameters:
    ///   - target: where a piece goes, given the number of its first element and its bytes.
    ///   - then: called with each converted piece.
    private func read(
        _ entry: SafetensorsHeader.Entry, into target: (Int, UnsafeRawBufferPointer) -> UnsafeMutableBufferPointer<Float>,
        then: (Int, UnsafeMutableBufferPointer<Float>) -> Void = { _, _ in }
    ) throws {
        let size = entry.type.byteCount
        let count = entry.shape.count
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: min(SafetensorsFile.chunk, count) * size, alignment: 64)
        defer { bytes.deallocate() }
        var position = 0
        while position < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(min(SafetensorsFile.chunk, count - position) * size)])
            try file.read(into: part, at: header.dataOffset + entry.range.lowerBound + position * size)
            let elements = target(position, UnsafeRawBufferPointer(part))
            entry.type.convert(UnsafeRawBufferPointer(part), into: elements)
            then(position, elements)
            position += elements.count
        }
    }
}
