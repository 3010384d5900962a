import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Hands over the path of a file with given content, which only this user may read and which is gone afterwards.
func withTemporaryCopy<Result>(of bytes: ArraySlice<UInt8>, _ body: (String) throws -> Result) throws -> Result {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/zoo-table-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError.system("make a temporary file in", folder) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let failure = bytes.withUnsafeBytes { buffer -> FileError? in
        var done = 0
        while done < buffer.count {
            let count = write(descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return .system("write", path) }
            done += count
        }
        return nil
    }
    close(descriptor)
    if let failure { throw failure }
    return try body(path)
}
