import CArchive
import ZooTensor

/// The bytes of a file after gzip or zstd is taken off, once; it knows how many there were and where the last one that is not zero was.
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
    private let fileByteCount: Int

    /// Opens the file, whose first bytes are `head`.
    init(_ path: String, head: [UInt8]) throws {
        self.path = path
        guard case .regular(let count)? = fileKind(path) else { throw FileError.notFound(path: path) }
        fileByteCount = count
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
        guard status == ARCHIVE_OK, archive_read_open_filename(archive, path, 1 << 18) == ARCHIVE_OK,
            archive_read_next_header(archive, &header) == ARCHIVE_OK
        else { throw BundleError.damaged(file: path, entry: nil, reason: ArchiveReader.message(archive)) }
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
                if archive_filter_bytes(archive, -1) < fileByteCount { failure = BundleError.trailing(file: path) }
                return failure == nil ? 0 : -1
            }
            guard status == ARCHIVE_OK, count >= 0, byteCount.addingReportingOverflow(count).overflow == false else {
                failure = BundleError.damaged(file: path, entry: nil, reason: ArchiveReader.message(archive))
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

    /// Reads on to the end, at most to the position `limit`.
    func drain(limit: Int) throws {
        var pointer: UnsafeRawPointer?
        while byteCount <= limit, next(&pointer) > 0 {}
        if let failure { throw failure }
    }
}
