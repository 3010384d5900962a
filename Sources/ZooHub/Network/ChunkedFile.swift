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
///     partial/fetch-<64 digits>/.tmp-<process>-<machine>-<random>.part   the bytes
///     partial/fetch-<64 digits>/.tmp-<process>-<machine>-<random>.log    a line for each complete chunk: its number and its digest
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
        let folder = Self.folder(digest, in: partial)
        self.folder = folder
        let base = folder + "/" + FileWriter.temporaryName()
        // Known before it is there, so that nobody in this process takes it for something left over.
        Self.inUse.withLock { _ = $0.insert(base) }
        journalPath = base + ".log"
        do throws(FileError) {
            (file, journal) = try Self.open(base, in: folder)
            try file.cut(to: byteCount)  // What was taken over may be longer than the content.
            let count = (byteCount + Self.chunkByteCount - 1) / Self.chunkByteCount
            var found = [Digest?](repeating: nil, count: count)
            // What lies in this very file already was taken over with it.
            try Self.adopt(base, byteCount, into: file, journal, &found)
            for name in try folderEntries(folder) where name.hasSuffix(".part") && folder + "/" + name != base + ".part" {
                try Self.adopt(folder + "/" + name.dropLast(5), byteCount, into: file, journal, &found)
                if !Self.isInUse(folder, name) {
                    unlink(folder + "/" + name)
                    unlink(folder + "/" + name.dropLast(5) + ".log")
                }
            }
            adoptedByteCount = found.indices.reduce(0) { $0 + (found[$1] == nil ? 0 : Self.range(of: $1, byteCount).count) }
            chunks = Mutex(found)
        } catch {
            Self.inUse.withLock { _ = $0.remove(base) }
            throw error
        }
    }

    /// Makes the file, or takes over one that somebody has left: then nothing is copied, and no more space is needed than for what is missing.
    private static func open(_ base: String, in folder: String) throws(FileError) -> (RandomAccessFile, AppendingFile) {
        for attempt in 1... {
            do throws(FileError) {
                try makeFolders(folder)
                for name in try folderEntries(folder) where name.hasSuffix(".part") && !isInUse(folder, name) {
                    let other = folder + "/" + name.dropLast(5)
                    // Of two that take it one has it.
                    guard rename(other + ".part", base + ".part") == 0 else { continue }
                    guard let file = try? RandomAccessFile(existing: base + ".part") else {
                        unlink(base + ".part")
                        continue
                    }
                    rename(other + ".log", base + ".log")
                    return (file, try AppendingFile(base + ".log"))
                }
                return (try RandomAccessFile(base + ".part"), try AppendingFile(base + ".log"))
            } catch {
                // Who has just finished took the folder away.
                guard case .notFound = error, attempt < 5 else { throw error }
            }
        }
        preconditionFailure("the attempts end above")
    }

    deinit { Self.inUse.withLock { _ = $0.remove(String(file.path.dropLast(5))) } }

    /// The files that are written by this process, without their suffixes.
    private static let inUse = Mutex<Set<String>>([])

    /// Whether somebody is writing a file: this process, another that runs on this machine, or, as the time tells, one of another machine.
    private static func isInUse(_ folder: String, _ name: String) -> Bool {
        let base = folder + "/" + name.dropLast(name.hasSuffix(".part") ? 5 : 4)
        return switch FileWriter.owner(of: name) {
        case .own: inUse.withLock { $0.contains(base) }
        case .running: true
        case .gone: false
        case .elsewhere: min(fileAge(base + ".part") ?? Int.max, fileAge(base + ".log") ?? Int.max) < Store.otherMachineGrace
        }
    }

    /// How much of a content lies about that nobody is writing: about as much less space does a fetch need.
    static func leftByteCount(_ digest: Digest, in partial: String) -> Int {
        let folder = folder(digest, in: partial)
        var most = 0
        for name in (try? folderEntries(folder)) ?? [] where name.hasSuffix(".part") && !isInUse(folder, name) {
            var status = stat()
            if lstat(folder + "/" + name, &status) == 0 { most = max(most, Int(status.st_blocks) * 512) }
        }
        return most
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
        let isOwn = base + ".part" == file.path
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let chunk = Int(parts[0]), found.indices.contains(chunk), found[chunk] == nil,
                let digest = Digest(String(parts[1]))
            else { continue }
            let range = range(of: chunk, byteCount)
            guard let bytes = try? source.read(at: range.lowerBound, count: range.count), Digest(hashing: bytes) == digest else { continue }
            found[chunk] = digest
            if isOwn { continue }
            var failure: FileError?
            bytes.withUnsafeBytes { buffer in
                do throws(FileError) { try file.write(buffer, at: range.lowerBound) } catch { failure = error }
            }
            if let failure { throw failure }
            try journal.append(Array("\(chunk) \(digest)\n".utf8))
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
