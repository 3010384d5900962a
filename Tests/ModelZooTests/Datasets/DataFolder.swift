import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A temporary folder for data files, removed with all that was written through it.
final class DataFolder {
    let path: String
    private var names: [String] = []

    init() throws {
        var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/zoo-data-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// Writes a file and returns its path.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        names.append(name)
        try writeFile(path + "/" + name, bytes)
        return path + "/" + name
    }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    /// Makes a symbolic link and returns its path.
    func link(_ name: String, to target: String) throws -> String {
        names.append(name)
        try #require(symlink(target, path + "/" + name) == 0)
        return path + "/" + name
    }
}

/// The error of type `DatasetError` that `body` throws.
func datasetError<Value>(_ body: () throws -> Value) throws -> DatasetError {
    do {
        _ = try body()
    } catch let error as DatasetError {
        return error
    }
    throw NothingThrown()
}

/// Nothing was thrown where an error was expected.
struct NothingThrown: Error {}

/// All rows of a table as texts.
func tableRows(
    _ path: String, format: TableFormat? = nil, header: Bool = true, limits: TableLimits = TableLimits(), chunk: Int = 1 << 18
) throws -> (columns: [String], rows: [[String?]], lines: [Int]) {
    let table = try TableReader(path, format: format, header: header, limits: limits, chunkByteCount: chunk)
    var rows: [[String?]] = []
    var lines: [Int] = []
    while let row = try table.next() {
        rows.append(row.cells.map(\.text))
        lines.append(row.line)
    }
    return (table.columns, rows, lines)
}

/// Cuts a file in place.
func truncateFile(_ path: String, to byteCount: Int) throws {
    try #require(truncate(path, off_t(byteCount)) == 0)
}

/// The processor time that this thread spends in `body`, in seconds; other work on the machine does not count.
func threadTime(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    try body()
    return now() - start
}
