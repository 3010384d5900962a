import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Hands over the path of a file with given content, which only this user may read and which is gone afterwards.
func withTemporaryCopy<Result>(of content: StoredBytes, _ body: (String) throws -> Result) throws -> Result {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/zoo-table-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError.system("make a temporary file in", folder) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    do {
        defer { close(descriptor) }
        var start = 0
        while start < content.count {
            let piece = try content.bytes(start..<min(start + (1 << 20), content.count))
            try piece.withUnsafeBytes { buffer in
                var done = 0
                while done < buffer.count {
                    let count = write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { throw FileError.system("write", path) }
                    done += count
                }
            }
            start += piece.count
        }
    }
    return try body(path)
}
