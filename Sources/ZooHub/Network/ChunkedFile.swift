import ModelZoo
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import Synchronization

/// A file on its way, in chunks that come in any order. Each complete chunk is noted with its digest in a journal beside the file, so that
/// whoever fetches the same content later goes on with the chunks that are there: read again and compared, for a power cut may have taken
/// some.
///
///     partial/fetch-<64 digits>/.tmp-<process>-<random>.part   the bytes
///     partial/fetch-<64 digits>/.tmp-<process>-<random>.log    a line for each complete chunk: its number and its digest
final class ChunkedFile: CompleteContent, Sendable {
    /// The size of a chunk in bytes. The last one is shorter.
    static let chunkByteCount = 1 << 20

    /// The size of the whole file.
    let byteCount: Int
    /// How many bytes were there already.
    let adoptedByteCount: Int
    private let file: RandomAccessFile
    private let journal: AppendingFile
    private let journalPath: String
    private let folder: String
    private let chunks: Mutex<[Digest?]>

    var path: String { file.path }
    var chunkCount: Int { (byteCount + Self.chunkByteCount - 1) / Self.chunkByteCount }

    /// Begins a file, and takes over the chunks that others have left or have so far.
    ///
    /// - Parameters:
    ///   - digest: what the content will be.
    ///   - partial: the store's folder for unfinished files.
    init(_ digest: Digest, byteCount: Int, in partial: String) throws(FileError) {
        self.byteCount = byteCount
        folder = Self.folder(digest, in: partial)
        try makeFolders(folder)
        let others = try folderEntries(folder).filter { $0.hasSuffix(".part") }
        let base = folder + "/\(FileWriter.temporaryPrefix)\(getpid())-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        file = try RandomAccessFile(base + ".part")
        journalPath = base + ".log"
        journal = try AppendingFile(journalPath)
        let count = (byteCount + Self.chunkByteCount - 1) / Self.chunkByteCount
        var found = [Digest?](repeating: nil, count: count)
        for name in others {
            try Self.adopt(folder + "/" + name.dropLast(5), byteCount, into: file, journal, &found)
            if !Self.isInUse(folder, name) {
                unlink(folder + "/" + name)
                unlink(folder + "/" + name.dropLast(5) + ".log")
            }
        }
        adoptedByteCount = found.indices.reduce(0) { $0 + (found[$1] == nil ? 0 : Self.range(of: $1, byteCount).count) }
        chunks = Mutex(found)
        Self.inUse.withLock { _ = $0.insert(base) }
    }

    deinit { Self.inUse.withLock { _ = $0.remove(String(file.path.dropLast(5))) } }

    /// The files that are written by this process, without their suffixes.
    private static let inUse = Mutex<Set<String>>([])

    /// Whether somebody is writing a file: this process, or another that runs on this machine.
    private static func isInUse(_ folder: String, _ name: String) -> Bool {
        let suffix = name.hasSuffix(".part") ? 5 : 4
        if name.hasPrefix("\(FileWriter.temporaryPrefix)\(getpid())-") {
            return inUse.withLock { $0.contains(folder + "/" + name.dropLast(suffix)) }
        }
        return FileWriter.isOwnerRunning(name)
    }

    /// Where unfinished files of a content lie.
    static func folder(_ digest: Digest, in partial: String) -> String { "\(partial)/fetch-\(digest.hex)" }

    /// The place of a chunk in the file.
    func range(of chunk: Int) -> Range<Int> { Self.range(of: chunk, byteCount) }

    private static func range(of chunk: Int, _ byteCount: Int) -> Range<Int> {
        chunk * chunkByteCount..<min((chunk + 1) * chunkByteCount, byteCount)
    }

    /// Copies the chunks that a journal tells of and whose bytes are as it tells.
    private static func adopt(
        _ base: String, _ byteCount: Int, into file: RandomAccessFile, _ journal: AppendingFile, _ found: inout [Digest?]
    ) throws(FileError) {
        guard let text = try? readFile(base + ".log", limit: 64 << 20), let source = try? OpenFile(base + ".part") else { return }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let chunk = Int(parts[0]), found.indices.contains(chunk), found[chunk] == nil,
                let digest = Digest(String(parts[1]))
            else { continue }
            let range = range(of: chunk, byteCount)
            guard let bytes = try? source.read(at: range.lowerBound, count: range.count), Digest(hashing: bytes) == digest else { continue }
            var failure: FileError?
            bytes.withUnsafeBytes { buffer in
                do throws(FileError) { try file.write(buffer, at: range.lowerBound) } catch { failure = error }
            }
            if let failure { throw failure }
            try journal.append(Array("\(chunk) \(digest)\n".utf8))
            found[chunk] = digest
        }
    }

    /// The chunks that are missing, in order.
    var missing: [Int] { chunks.withLock { chunks in chunks.indices.filter { chunks[$0] == nil } } }

    /// The digests of the chunks that are there.
    var digests: [Digest?] { chunks.withLock { $0 } }

    /// Writes bytes of a chunk that is not complete yet.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) { try file.write(buffer, at: offset) }

    /// Notes that a chunk is complete.
    func complete(_ chunk: Int, _ digest: Digest) throws(FileError) {
        try journal.append(Array("\(chunk) \(digest)\n".utf8))
        chunks.withLock { $0[chunk] = digest }
        // The folder's time tells other processes that somebody is at work here.
        utimensat(AT_FDCWD, folder, nil, 0)
    }

    /// Gives chunks up that turned out to be wrong.
    func forget(_ wrong: [Int]) { chunks.withLock { chunks in for chunk in wrong { chunks[chunk] = nil } } }

    /// Deletes the file and what others have left of the same content: it is complete, or worthless.
    func discard() {
        unlink(path)
        unlink(journalPath)
        for name in (try? folderEntries(folder)) ?? [] where !Self.isInUse(folder, name) { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// Makes the complete file appear.
    func publish(as target: String) throws(FileError) {
        chmod(path, 0o644 & ~currentMask())
        try file.publish(as: target)
        discard()
    }

    private func currentMask() -> mode_t {
        var status = stat()
        // The file was made with 0666 less the umask.
        return lstat(path, &status) == 0 ? ~status.st_mode & 0o666 : 0o022
    }
}
