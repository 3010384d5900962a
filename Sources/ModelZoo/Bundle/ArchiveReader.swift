import CArchive
import ZooTensor

/// Reads a tar archive, or where asked a zip archive, from front to back with libarchive.
///
/// Only these formats and the filters none, gzip and zstd are ever enabled. Nothing is extracted: names are data.
package final class ArchiveReader {
    /// What an entry is.
    package enum Kind: Equatable {
        case file
        case folder
        case other(String)
    }

    /// One entry's header.
    package struct Entry {
        /// The name, nil if it is not valid UTF-8.
        package let path: String?
        package let kind: Kind
        /// The size in bytes, nil if the header does not tell.
        package let byteCount: Int?
        /// Where the content lies in the file; nil where it is packed.
        package let offset: Int?

        /// The name for messages.
        package var name: String { path ?? "(a name that is not UTF-8)" }
    }

    /// Which archives are read.
    package enum Mode {
        /// Tar only, and nothing but zero bytes may follow the end of the archive.
        case bundle
        /// Tar or zip as others write them.
        case foreign
    }

    /// The file.
    package let path: String
    /// The formats that are accepted.
    package let mode: Mode
    private let archive: OpaquePointer
    private let stream: DecompressedStream?
    private var checkedFormat = false

    /// Opens an archive.
    package init(_ path: String, mode: Mode) throws {
        self.path = path
        self.mode = mode
        let file = try OpenFile(path)
        guard file.byteCount > 0 else { throw BundleError.format(file: path, found: "an empty file") }
        let head = try file.read(at: 0, count: min(16, file.byteCount))
        guard let archive = archive_read_new() else {
            throw FileError.failed(action: "read", path: path, reason: "libarchive did not start")
        }
        self.archive = archive
        if mode == .foreign && head.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
            stream = nil
            guard archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK,
                archive_read_open_filename(archive, path, 1 << 18) == ARCHIVE_OK
            else { throw BundleError.damaged(file: path, entry: nil, reason: Self.message(archive)) }
            return
        }
        let source: DecompressedStream
        do {
            source = try DecompressedStream(path, StoredBytes(file, count: file.byteCount))
        } catch {
            // Not all properties are set yet, so `deinit` does not run.
            archive_read_free(archive)
            throw error
        }
        stream = source
        let pointer = Unmanaged.passUnretained(source).toOpaque()
        let status = archive_read_support_format_tar(archive)
        guard status == ARCHIVE_OK,
            archive_read_open(
                archive, pointer, nil,
                { _, client, buffer in
                    guard let client, let buffer else { return -1 }
                    return Unmanaged<DecompressedStream>.fromOpaque(client).takeUnretainedValue().next(buffer)
                }, nil) == ARCHIVE_OK
        else {
            if let failure = source.failure { throw failure }
            throw BundleError.format(file: path, found: source.firstKind ?? "something else")
        }
    }

    deinit { archive_read_free(archive) }

    /// The next entry's header; nil at the end of the archive.
    package func next() throws -> Entry? { try NameLocale.with { try nextEntry() } }

    private func nextEntry() throws -> Entry? {
        var header: OpaquePointer?
        let status = archive_read_next_header(archive, &header)
        if status == ARCHIVE_EOF {
            try checkFormat()
            return nil
        }
        if let failure = stream?.failure { throw failure }
        guard status == ARCHIVE_OK || (status == ARCHIVE_WARN && mode == .foreign), let header else {
            // Before the first header nothing was recognised yet.
            if !checkedFormat, status == ARCHIVE_FATAL, archive_format(archive) == 0 {
                throw BundleError.format(file: path, found: stream?.firstKind ?? "something else")
            }
            throw BundleError.damaged(file: path, entry: nil, reason: Self.message(archive))
        }
        try checkFormat()
        // A zip archive whose directory tells another size or checksum than the entry itself; other warnings are about names and times.
        if status == ARCHIVE_WARN, Self.message(archive).hasPrefix("Inconsistent") {
            throw BundleError.damaged(file: path, entry: Self.name(of: header), reason: Self.message(archive))
        }
        // At this point the header is used up, and nothing of the content.
        let offset = stream?.isPlain == true ? Int(exactly: archive_filter_bytes(archive, 0)) : nil
        return Entry(path: Self.name(of: header), kind: Self.kind(of: header), byteCount: Self.size(of: header), offset: offset)
    }

    /// Hands over the content of the entry whose header was read last, which must have exactly `byteCount` bytes.
    package func read(_ entry: Entry, byteCount: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var done = 0
        while true {
            var pointer: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(archive, &pointer, &count, &offset)
            if status == ARCHIVE_EOF { break }
            if let failure = stream?.failure { throw failure }
            guard status == ARCHIVE_OK else {
                throw BundleError.damaged(file: path, entry: entry.name, reason: Self.message(archive))
            }
            guard Int(exactly: offset) == done else { throw BundleError.entryKind(file: path, entry: entry.name, found: "a sparse file") }
            guard count >= 0, count <= byteCount - done else {
                throw BundleError.size(file: path, entry: entry.name, expected: byteCount, found: done &+ count)
            }
            if count > 0 { try body(UnsafeRawBufferPointer(start: pointer, count: count)) }
            done += count
        }
        guard done == byteCount else { throw BundleError.size(file: path, entry: entry.name, expected: byteCount, found: done) }
    }

    /// The content of a small entry.
    package func bytes(of entry: Entry, limit: Int) throws -> [UInt8] {
        let count = try size(of: entry)
        guard count <= limit else {
            throw BundleError.limit(file: path, entry: entry.name, what: "size in bytes", found: count, limit: limit)
        }
        var bytes: [UInt8] = []
        // The header only claims a size; memory follows what is there.
        bytes.reserveCapacity(min(count, 1 << 20))
        try read(entry, byteCount: count) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The size that the header tells.
    package func size(of entry: Entry) throws -> Int {
        guard let count = entry.byteCount, count >= 0 else {
            throw BundleError.damaged(file: path, entry: entry.name, reason: "the header does not tell a size")
        }
        return count
    }

    /// Call after the last entry of a bundle: throws unless the archive ends properly and nothing but zero bytes follows.
    package func finish() throws {
        guard let stream else { return }
        let end = Int(clamping: archive_read_header_position(archive))
        try stream.drain(limit: end.addingReportingOverflow(1 << 16).partialValue)
        guard stream.byteCount >= end &+ 1024 else {
            throw BundleError.damaged(file: path, entry: nil, reason: "the archive is cut off: its end is missing")
        }
        guard stream.contentEnd <= end, stream.isAtEnd else { throw BundleError.trailing(file: path) }
    }

    private func checkFormat() throws {
        guard !checkedFormat else { return }
        checkedFormat = true
        let format = archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK
        guard format == ARCHIVE_FORMAT_TAR || (stream == nil && format == ARCHIVE_FORMAT_ZIP) else {
            throw BundleError.format(file: path, found: stream?.firstKind ?? "something else")
        }
    }

    static func message(_ archive: OpaquePointer) -> String {
        archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
    }

    private static func name(of header: OpaquePointer) -> String? {
        if let bytes = archive_entry_pathname(header) { return String(validatingCString: bytes) }
        // Where there is no UTF-8 locale libarchive gives other names than ASCII only this way.
        return archive_entry_pathname_utf8(header).flatMap { String(validatingCString: $0) }
    }

    private static func size(of header: OpaquePointer) -> Int? {
        archive_entry_size_is_set(header) != 0 ? Int(exactly: archive_entry_size(header)) : nil
    }

    private static func kind(of header: OpaquePointer) -> Kind {
        guard archive_entry_hardlink(header) == nil, archive_entry_hardlink_utf8(header) == nil else { return .other("a hard link") }
        guard archive_entry_symlink(header) == nil, archive_entry_symlink_utf8(header) == nil else { return .other("a symbolic link") }
        guard archive_entry_sparse_count(header) == 0 else { return .other("a sparse file") }
        guard archive_entry_is_data_encrypted(header) <= 0 else { return .other("an encrypted file") }
        switch archive_entry_filetype(header) {
        case 0o100000: return .file
        case 0o040000: return .folder
        case 0o120000: return .other("a symbolic link")
        case 0o140000: return .other("a socket")
        case 0o020000: return .other("a character device")
        case 0o060000: return .other("a block device")
        case 0o010000: return .other("a FIFO")
        default: return .other("an entry of unknown type")
        }
    }
}
