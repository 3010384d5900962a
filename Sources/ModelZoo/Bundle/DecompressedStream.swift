import CArchive
import ZooTensor

/// The bytes of a file, or of an entry of an archive, after gzip or zstd is taken off, once; it knows how many there were and where the last one that is not zero was.
final class DecompressedStream {
    private let path: String
    private let archive: OpaquePointer
    /// What the first bytes show the content to be, if that is known.
    private(set) var firstKind: String?
    /// The bytes handed over so far.
    private(set) var byteCount = 0
    /// The position after the last byte so far that is not zero.
    private(set) var contentEnd = 0
    /// Whether the end was reached, and all of the file was used.
    private(set) var isAtEnd = false
    /// Why reading stopped.
    private(set) var failure: (any ZooError)?
    /// Whether nothing had to be taken off, so that positions are those in the file.
    let isPlain: Bool
    private let source: Source

    /// Where libarchive reads from.
    private final class Source {
        let content: StoredBytes
        var place = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        var failure: FileError?

        init(_ content: StoredBytes) { self.content = content }
        deinit { buffer.deallocate() }

        func next() -> Int {
            let count = min(buffer.count, content.count - place)
            do throws(FileError) {
                try content.part(place..<place + count).read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
            } catch {
                failure = error
                return -1
            }
            place += count
            return count
        }
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: what messages call it.
    ///   - content: its bytes, as they are in the file.
    init(_ path: String, _ content: StoredBytes) throws {
        self.path = path
        let head = try content.bytes(0..<min(16, content.count))
        source = Source(content)
        isPlain = !ByteStream.isPacked(head)
        guard let archive = archive_read_new() else {
            throw FileError.failed(action: "read", path: path, reason: "libarchive did not start")
        }
        self.archive = archive
        var status = archive_read_support_format_raw(archive)
        // A filter is enabled only where its magic number is; a result other than OK would mean that libarchive starts a program for it.
        if head.starts(with: [0x1f, 0x8b]) {
            status = min(status, archive_read_support_filter_gzip(archive))
        } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            status = min(status, archive_read_support_filter_zstd(archive))
        } else {
            firstKind = FileRules.kind(of: head)
        }
        var header: OpaquePointer?
        guard status == ARCHIVE_OK,
            archive_read_open(
                archive, Unmanaged.passUnretained(source).toOpaque(), nil,
                { _, client, buffer in
                    guard let client, let buffer else { return -1 }
                    let source = Unmanaged<Source>.fromOpaque(client).takeUnretainedValue()
                    buffer.pointee = UnsafeRawPointer(source.buffer.baseAddress)
                    return source.next()
                }, nil) == ARCHIVE_OK,
            archive_read_next_header(archive, &header) == ARCHIVE_OK
        else {
            if let failure = source.failure { throw failure }
            throw BundleError.damaged(file: path, entry: nil, reason: ArchiveReader.message(archive))
        }
        let filters = (0..<archive_filter_count(archive)).filter { archive_filter_code(archive, $0) != ARCHIVE_FILTER_NONE }
        guard filters.count <= 1 else {
            throw BundleError.format(file: path, found: "an archive compressed \(filters.count) times over")
        }
    }

    deinit { archive_read_free(archive) }

    /// libarchive's read callback: the next block, 0 at the end, negative on failure.
    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        guard failure == nil else { return -1 }
        guard !isAtEnd else { return 0 }
        while true {
            var pointer: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(archive, &pointer, &count, &offset)
            if status == ARCHIVE_EOF {
                isAtEnd = true
                if archive_filter_bytes(archive, -1) < source.content.count { failure = BundleError.trailing(file: path) }
                return failure == nil ? 0 : -1
            }
            guard status == ARCHIVE_OK, count >= 0, byteCount.addingReportingOverflow(count).overflow == false else {
                failure = source.failure ?? BundleError.damaged(file: path, entry: nil, reason: ArchiveReader.message(archive))
                return -1
            }
            guard count > 0, let pointer else { continue }
            let bytes = UnsafeRawBufferPointer(start: pointer, count: count)
            if byteCount == 0, firstKind == nil { firstKind = FileRules.kind(of: Array(bytes.prefix(16))) }
            if let last = bytes.lastIndex(where: { $0 != 0 }) { contentEnd = byteCount + last + 1 }
            byteCount += count
            buffer.pointee = pointer
            return count
        }
    }

    /// How many bytes of the file have been used.
    var packedByteCount: Int { Int(clamping: archive_filter_bytes(archive, -1)) }

    /// Reads on to the end, at most to the position `limit`.
    func drain(limit: Int) throws {
        var pointer: UnsafeRawPointer?
        while byteCount <= limit, next(&pointer) > 0 {}
        if let failure { throw failure }
    }
}
