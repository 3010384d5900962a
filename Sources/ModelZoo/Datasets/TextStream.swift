import ZooTensor

/// A text as UTF-8, piece by piece, in constant memory: a file or another source, without gzip or zstd around it and converted where its
/// encoding is another one. The byte order mark does not belong to it.
///
/// UTF-16 is recognised by its byte order mark, packing by its first bytes. UTF-8 is handed over as it is, valid or not.
package final class TextStream {
    /// The file, or what messages call the source.
    package let path: String
    /// The size of the file in bytes, as it lies on the disk; 0 for another source.
    package let byteCount: Int
    /// How much of the file has been read, in bytes.
    package private(set) var bytesRead = 0
    /// What was found and is not obvious, in sentences.
    package private(set) var notes: [String] = []

    private let source: Source
    private let limits: TableLimits
    private var transcoder: TextTranscoder?
    private var encoding = TextEncoding.utf8
    /// UTF-8 that has not been handed over.
    private var rest: [UInt8] = []
    private var restStart = 0
    /// Bytes of the source before the transcoder, for the place of an error.
    private var sourceCount = 0
    private var isAtEnd = false

    private enum Source {
        case file(OpenFile)
        case packed(DecompressedStream, byteCount: Int)
        case other(() throws -> [UInt8])
    }

    /// Opens a file.
    ///
    /// - Parameter encoding: nil: UTF-8, or UTF-16 where a byte order mark says so.
    package init(_ path: String, encoding: TextEncoding? = nil, limits: TableLimits = TableLimits()) throws(DatasetError) {
        self.path = path
        self.limits = limits
        do {
            let file = try OpenFile(path)
            byteCount = file.byteCount
            let head = try file.read(at: 0, count: min(16, file.byteCount))
            if head.starts(with: [0x1F, 0x8B]) || head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
                source = .packed(try DecompressedStream(path, StoredBytes(file, count: file.byteCount)), byteCount: file.byteCount)
            } else {
                source = .file(file)
            }
        } catch let error as BundleError {
            throw .packed(path: path, error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .file(.failed(action: "read", path: path, reason: printable("\(error)")))
        }
        try begin(encoding)
    }

    /// Reads from elsewhere, as the standard input.
    ///
    /// - Parameters:
    ///   - name: what messages call it.
    ///   - read: gives the next bytes, and none at the end; it throws `FileError`.
    package init(name: String, encoding: TextEncoding? = nil, read: @escaping () throws -> [UInt8]) throws(DatasetError) {
        path = name
        byteCount = 0
        limits = TableLimits()
        source = .other(read)
        try begin(encoding)
    }

    /// Looks at the first bytes: marks of encodings and of other files.
    private func begin(_ given: TextEncoding?) throws(DatasetError) {
        var head: [UInt8] = []
        if case .file(let file) = source {
            // A look ahead: these bytes are read again.
            do throws(FileError) { head = try file.read(at: 0, count: min(16, file.byteCount)) } catch { throw .file(error) }
        } else {
            // One piece alone of what somebody types, who waits for an answer.
            while head.count < 16, let piece = try readSource(1 << 12) {
                head += piece
                if case .other = source { break }
            }
        }
        var mark = 0
        var isBigEndian = given == .utf16BigEndian
        var found: TextEncoding?
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            (found, mark) = (.utf8, 3)
        } else if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw .notText(path: path, found: "UTF-32 (by its byte order mark)")
        } else if head.starts(with: [0xFF, 0xFE]) {
            (found, mark) = (.utf16, 2)
            isBigEndian = false
        } else if head.starts(with: [0xFE, 0xFF]) {
            (found, mark) = (.utf16, 2)
            isBigEndian = true
        } else if let kind = Self.binaryKind(head) {
            throw .notText(path: path, found: kind)
        }
        encoding = given ?? found ?? .utf8
        if let given, let found, given.words != found.words {
            throw .otherMark(path: path, given: given, found: found)
        }
        if given == nil, found == .utf16 {
            notes.append("\(printable(lastComponent(path), limit: 80)) is in UTF-16, by its byte order mark")
        }
        if encoding != .utf8 { transcoder = TextTranscoder(encoding, isBigEndian: isBigEndian) }
        sourceCount = mark
        if case .file = source {
            bytesRead = mark
        } else if transcoder == nil {
            rest = Array(head.dropFirst(mark))
        } else {
            try convert(Array(head.dropFirst(mark)))
        }
    }

    /// What a file is that is certainly no text.
    private static func binaryKind(_ head: [UInt8]) -> String? {
        let kinds: [(bytes: [UInt8], name: String)] = [
            ([0x50, 0x4B, 3, 4], "a ZIP archive or a spreadsheet"), (Array("PAR1".utf8), "a Parquet file"),
            (Array("ARROW1".utf8), "an Arrow file"), ([0x42, 0x5A, 0x68, 0x39], "a bzip2 file"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file"), ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel file"),
            (Array("SQLite format 3".utf8), "an SQLite database"), ([0x1F, 0x8B], "a gzip file"),
            ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file"),
        ]
        return kinds.first { head.starts(with: $0.bytes) }?.name
    }

    /// The next bytes of the source, none at its end.
    private func readSource(_ count: Int) throws(DatasetError) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        var result: [UInt8] = []
        do {
            switch source {
            case .file(let file):
                let count = min(count, file.byteCount - bytesRead)
                if count > 0 {
                    result = try file.read(at: bytesRead, count: count)
                } else {
                    let now = try file.currentByteCount()
                    guard now == file.byteCount else { throw FileError.changed(path: path, expected: file.byteCount, found: now) }
                }
                bytesRead += result.count
            case .other(let read): result = try read()
            case .packed(let stream, let byteCount):
                var pointer: UnsafeRawPointer?
                let found = stream.next(&pointer)
                if found > 0, let pointer {
                    result = Array(UnsafeRawBufferPointer(start: pointer, count: found))
                    bytesRead = min(byteCount, max(bytesRead, stream.packedByteCount))
                }
            }
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .file(.failed(action: "read", path: path, reason: printable("\(error)")))
        }
        if case .packed(let stream, let byteCount) = source {
            if let error = stream.failure as? BundleError { throw .packed(path: path, error) }
            if let error = stream.failure as? FileError { throw .file(error) }
            let limit = limits.unpackedByteCount(ofPacked: byteCount)
            guard stream.byteCount <= limit else { throw .unpackedTooLarge(path: path, limit: limit) }
        }
        guard !result.isEmpty else {
            isAtEnd = true
            return nil
        }
        return result
    }

    private func convert(_ piece: [UInt8]) throws(DatasetError) {
        guard var transcoder else { return }
        let isText = piece.withUnsafeBytes { transcoder.append($0, to: &rest) }
        self.transcoder = transcoder
        guard isText else { throw .malformedText(path: path, encoding: encoding, offset: sourceCount) }
        sourceCount += piece.count
    }

    /// Fills a buffer with the next bytes, at least one unless the text is at its end.
    ///
    /// - Returns: how many there are; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        while restStart == rest.count {
            // UTF-8 in a file goes straight to its place.
            if transcoder == nil, case .file(let file) = source, !isAtEnd {
                rest = []
                restStart = 0
                let count = min(buffer.count, file.byteCount - bytesRead)
                if count > 0 {
                    do throws(FileError) {
                        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: bytesRead)
                    } catch {
                        throw .file(error)
                    }
                    bytesRead += count
                    return count
                }
            }
            rest.removeAll(keepingCapacity: true)
            restStart = 0
            guard let piece = try readSource(1 << 16) else {
                if let transcoder, !transcoder.isComplete {
                    throw .malformedText(path: path, encoding: encoding, offset: sourceCount)
                }
                return 0
            }
            if transcoder == nil { rest = piece } else { try convert(piece) }
        }
        let count = min(buffer.count, rest.count - restStart)
        rest.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[restStart..<restStart + count])) }
        restStart += count
        return count
    }

    /// The next bytes; none at the end.
    package func read() throws(DatasetError) -> [UInt8] {
        var failure: DatasetError?
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            do throws(DatasetError) { count = try read(into: UnsafeMutableRawBufferPointer(buffer)) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}
