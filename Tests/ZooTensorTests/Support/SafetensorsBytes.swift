import Testing
import ZooTensor

/// A safetensors file made of its parts.
///
/// - Parameter length: what the first 8 bytes say; the true length of the header unless given.
func safetensorsBytes(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    safetensorsBytes(Array(header.utf8), data: data, length: length)
}

func safetensorsBytes(_ header: [UInt8], data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + header + data
}

/// `"name":{"dtype":…,"shape":…,"data_offsets":[begin,end]}`.
func entryText(_ name: String, _ type: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
}

func entryText(_ name: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    entryText(name, "F32", shape, begin, end)
}

/// The little-endian bytes of floating-point numbers.
func bytes(of values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) } }
}

/// The error that `body` throws.
func zooError(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> (any ZooError)? {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as any ZooError {
        return error
    } catch {
        Issue.record("\(error) is no ZooError", sourceLocation: location)
    }
    return nil
}

/// Expects a file of these bytes to be refused: opened either way, and by its header in memory.
///
/// - Parameters:
///   - code: the error's code.
///   - entry: the tensor that the error must name.
///   - parts: what the message must contain: the rule, what was expected, what was found.
func expectRefused(
    _ bytes: [UInt8], code: String, entry: String? = nil, _ parts: String..., location: SourceLocation = #_sourceLocation
) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("bad.safetensors", bytes)
    for access in [SafetensorsFile.Access.copied, .mapped] {
        let error = zooError({ _ = try SafetensorsFile(path, access: access) }, location)
        expect(error, code: code, file: path, entry: entry, parts, location)
    }
    let error = zooError({ _ = try bytes.withUnsafeBytes { try SafetensorsHeader($0, fileByteCount: bytes.count) } }, location)
    expect(error, code: code, file: nil, entry: entry, parts, location)
    #expect(try folderEntries(folder.path) == ["bad.safetensors"], "something was written", sourceLocation: location)
}

/// Expects an error of the format category with a code, a place and parts of its message.
func expect(
    _ error: (any ZooError)?, code: String, file: String?, entry: String? = nil, _ parts: [String],
    _ location: SourceLocation = #_sourceLocation
) {
    guard let error else { return }
    #expect(error.exitCode == .format, sourceLocation: location)
    #expect(error.code == code, "\(error)", sourceLocation: location)
    #expect(error.place?.file == file, sourceLocation: location)
    if let entry { #expect(error.place?.entry == entry, sourceLocation: location) }
    if let file { #expect(error.description.contains(file), sourceLocation: location) }
    for part in parts { #expect(error.message.contains(part), "\(error)", sourceLocation: location) }
    #expect(error.description.utf8.count < 4096, sourceLocation: location)
}
