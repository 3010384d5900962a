import CArchive
import ZooTensor

/// Writes a pax tar archive of regular files. Every header is the same but for name and size, so equal input gives equal bytes.
package final class ArchiveWriter {
    private final class Output {
        let file: OutputFile
        var failure: FileError?
        init(_ file: OutputFile) { self.file = file }
    }

    private let path: String
    private let output: Output
    private let archive: OpaquePointer

    /// Starts an archive. A regular file appears under `path` only when it is complete (see `OutputFile`).
    package init(_ path: String, compression: ArchiveCompression) throws {
        self.path = path
        output = Output(try OutputFile(path))
        guard let archive = archive_write_new() else {
            throw FileError.failed(action: "write", path: path, reason: "libarchive did not start")
        }
        self.archive = archive
        var status = archive_write_set_format_pax_restricted(archive)
        switch compression {
        case .none: status = min(status, archive_write_add_filter_none(archive))
        case .gzip:
            status = min(status, archive_write_add_filter_gzip(archive))
            status = min(status, archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
            status = min(status, archive_write_set_filter_option(archive, "gzip", "compression-level", "1"))
        case .zstd:
            status = min(status, archive_write_add_filter_zstd(archive))
            status = min(status, archive_write_set_filter_option(archive, "zstd", "compression-level", "3"))
        }
        status = min(status, archive_write_set_bytes_in_last_block(archive, 1))
        let pointer = Unmanaged.passUnretained(output).toOpaque()
        guard status == ARCHIVE_OK,
            archive_write_open(
                archive, pointer, nil,
                { _, client, bytes, count in
                    guard let client else { return -1 }
                    let output = Unmanaged<Output>.fromOpaque(client).takeUnretainedValue()
                    do throws(FileError) {
                        try output.file.write(UnsafeRawBufferPointer(start: bytes, count: count))
                        return count
                    } catch {
                        output.failure = error
                        return -1
                    }
                }, nil) == ARCHIVE_OK
        else { throw FileError.failed(action: "write", path: path, reason: ArchiveReader.message(archive)) }
    }

    deinit { archive_write_free(archive) }

    /// Starts a file of exactly `byteCount` bytes.
    package func add(_ name: String, byteCount: Int) throws {
        guard let header = archive_entry_new() else { throw FileError.failed(action: "write", path: path, reason: "out of memory") }
        defer { archive_entry_free(header) }
        archive_entry_set_pathname(header, name)
        archive_entry_set_filetype(header, 0o100000)
        archive_entry_set_perm(header, 0o644)
        archive_entry_set_size(header, Int64(byteCount))
        archive_entry_set_mtime(header, 0, 0)
        archive_entry_set_uid(header, 0)
        archive_entry_set_gid(header, 0)
        try check(NameLocale.with { archive_write_header(archive, header) } == ARCHIVE_OK)
    }

    /// Appends to the file started last.
    package func write(_ buffer: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < buffer.count {
            let count = archive_write_data(archive, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            try check(count > 0)
            done += count
        }
    }

    /// Ends the archive and makes it appear.
    package func finish() throws {
        try check(archive_write_close(archive) == ARCHIVE_OK)
        try output.file.finish()
    }

    private func check(_ isFine: Bool) throws {
        if let failure = output.failure { throw failure }
        guard isFine else { throw FileError.failed(action: "write", path: path, reason: ArchiveReader.message(archive)) }
    }
}
