import ZooTensor

/// Reads a data set of images inside a tar or zip archive, plain or compressed with gzip or zstd, in place: nothing is unpacked under a name
/// that the archive chose. The images of a plain tar archive stay where they are; those of others are kept in memory as long as they are few,
/// then in a file without a name.
///
/// What is refused follows the cases A1 to A48 of archives, since a data set comes from as far away as a model.
enum ImageArchive {
    /// The entries, with the content of those that readers have a use for.
    ///
    /// - Throws: `ImageDatasetError.archive`, `.entry`, `.limit`, `.file`.
    static func tree(_ path: String, _ limits: ImageSetLimits, progress: ((_ done: Int, _ total: Int) -> Void)? = nil) throws -> FileTree {
        do {
            return try read(path, limits, progress)
        } catch let error as BundleError {
            throw ImageDatasetError.archive(error)
        } catch let error as FileError {
            throw ImageDatasetError.file(error)
        }
    }

    private static func read(
        _ path: String, _ limits: ImageSetLimits, _ progress: ((_ done: Int, _ total: Int) -> Void)?
    ) throws -> FileTree {
        let reader = try ArchiveReader(path, mode: .foreign)
        let file = try OpenFile(path)
        let fileByteCount = file.byteCount
        let keeper = ByteKeeper(memory: limits.memoryByteCount)
        var files: [FileTree.File] = []
        var folders: [String] = []
        var names = Set<[UInt8]>()
        var count = 0
        var byteCount = 0
        var told = 0
        while let entry = try reader.next() {
            count += 1
            guard count <= limits.fileCount else {
                throw ImageDatasetError.limit(
                    path: path, entry: nil, what: "the number of entries", found: count, limit: limits.fileCount)
            }
            // Entries that are passed over are unpacked too, so the size of every one counts.
            let size = max(0, entry.byteCount ?? 0)
            guard size <= limits.byteCount - byteCount else {
                throw ImageDatasetError.limit(
                    path: path, entry: entry.name, what: "the sum of the sizes of the entries in bytes",
                    found: byteCount.addingReportingOverflow(size).overflow ? .max : byteCount + size, limit: limits.byteCount)
            }
            byteCount += size
            if let progress, byteCount - told > 1 << 20 {
                told = byteCount
                progress(min(byteCount, fileByteCount), fileByteCount)
            }

            if case .other(let found) = entry.kind { throw refused(path, entry.name, "is \(found); only regular files are read") }
            let name = try name(of: entry, path, limits)
            let isHidden = name.split(separator: "/").contains { FileType.isHidden($0) }
            if entry.kind == .folder {
                if !name.isEmpty && !isHidden { folders.append(name) }
                continue
            }
            guard !name.isEmpty else { throw refused(path, entry.name, "has no name") }
            // By bytes: two spellings of one letter are two names.
            guard names.insert(Array(name.utf8)).inserted else { throw refused(path, entry.name, "has the same name as one before it") }
            guard !isHidden else { continue }
            switch FileType(name) {
            case .image, .table, .raw:
                let size = try reader.size(of: entry)
                if let offset = entry.offset {
                    files.append(FileTree.File(name, .stored(StoredBytes(file, offset: offset, count: size))))
                    continue
                }
                let bytes = try keeper.keep(size) { try reader.read(entry, byteCount: size, $0) }
                files.append(FileTree.File(name, .stored(bytes)))
            case .otherImage, .pickle, .other: files.append(FileTree.File(name, .unread))
            }
        }
        try reader.finish()
        return FileTree(path: path, isArchive: true, files: files, folders: folders)
    }

    /// The name without `./` before it and `/` after it; empty for the root folder.
    private static func name(of entry: ArchiveReader.Entry, _ path: String, _ limits: ImageSetLimits) throws(ImageDatasetError) -> String {
        guard let name = entry.path else { throw refused(path, entry.name, "has a name that is not UTF-8") }
        let bytes = name.utf8
        guard bytes.count <= limits.nameByteCount else {
            throw .limit(
                path: path, entry: name, what: "the length of a name in bytes", found: bytes.count, limit: limits.nameByteCount)
        }
        guard bytes.first != UInt8(ascii: "/") else { throw refused(path, name, "has an absolute path as its name") }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw refused(path, name, "has control characters in its name") }
        guard !bytes.contains(UInt8(ascii: "\\")) else { throw refused(path, name, "has a backslash in its name") }
        let parts = name.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else { throw refused(path, name, "has .. in its name") }
        guard parts.count <= limits.depth + 1 else {
            throw .limit(
                path: path, entry: name, what: "the number of folders within each other", found: parts.count - 1, limit: limits.depth)
        }
        return parts.joined(separator: "/")
    }

    private static func refused(_ path: String, _ entry: String, _ rule: String) -> ImageDatasetError {
        .entry(path: path, entry: entry, rule: rule)
    }
}
