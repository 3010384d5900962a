import ZooTensor

/// The files of a folder or of an archive, without those that systems make for themselves.
///
/// The names in an archive are data: they decide about classes, and never become a path.
struct FileTree {
    enum Content {
        /// A file below the folder.
        case onDisk
        /// An entry of the archive.
        case stored(StoredBytes)
        /// An entry of the archive that no reader has a use for.
        case unread
    }

    /// The entries of a folder that are not followed, by the reason.
    struct PassedOver {
        /// Links to files and folders elsewhere.
        var outside = NameTally()
        /// Links to folders that they lie in.
        var loops = NameTally()
        /// Names that are not UTF-8, with a sign in place of what is wrong.
        var notUTF8 = NameTally()
        /// Pipes, devices, links to nothing.
        var others = NameTally()

        /// In sentences.
        func warnings() -> [String] {
            [
                (outside, "link leads out of the data set and is not followed", "links lead out of the data set and are not followed"),
                (
                    loops, "link leads to a folder that it lies in and is not followed",
                    "links lead to folders that they lie in and are not followed"
                ),
                (
                    notUTF8, "file or folder has a name that is not UTF-8 and is passed over",
                    "files or folders have names that are not UTF-8 and are passed over"
                ),
                (
                    others, "entry is neither a file nor a folder and is passed over",
                    "entries are neither files nor folders and are passed over"
                ),
            ].compactMap { tally, one, many in tally.count > 0 ? tally.described(one, many) : nil }
        }
    }

    struct File {
        /// The name below the folder or archive that the user named.
        let name: String
        /// The name below the folder that the tree shows.
        let place: Substring
        let type: FileType
        let content: Content

        init(_ name: String, _ content: Content) {
            self.name = name
            place = name[...]
            type = FileType(name)
            self.content = content
        }

        fileprivate init(_ file: File, place: Substring) {
            name = file.name
            self.place = place
            type = file.type
            content = file.content
        }

        /// The first of the folders that the file lies in; nil for one that lies in the folder that the tree shows.
        var topFolder: Substring? {
            place.utf8.firstIndex(of: UInt8(ascii: "/")).map { place[..<$0] }
        }
    }

    /// The folder or archive that the user named.
    let path: String
    let isArchive: Bool
    /// The files in the order of the bytes of their names.
    let files: [File]
    /// The folders, empty ones too, by their names below the folder that the tree shows.
    let folders: [Substring]
    /// What a folder has besides files that can be read.
    let passedOver: PassedOver
    /// The name, below the folder or archive, of the folder that the tree shows; empty for that itself.
    private let root: String

    /// - Parameter path: without `/` at its end.
    init(path: String, isArchive: Bool, files: [File], folders: [String], passedOver: PassedOver = PassedOver()) {
        self.path = path
        self.isArchive = isArchive
        self.files = files.sorted { precedesByBytes($0.name, $1.name) }
        self.folders = folders.map { $0[...] }
        self.passedOver = passedOver
        root = ""
    }

    private init(_ tree: FileTree, below folder: Substring) {
        func part(_ place: Substring) -> Substring? {
            let bytes = place.utf8
            guard bytes.starts(with: folder.utf8) else { return nil }
            let rest = bytes.dropFirst(folder.utf8.count)
            guard rest.first == UInt8(ascii: "/") else { return nil }
            return place[bytes.index(after: rest.startIndex)...]
        }
        path = tree.path
        isArchive = tree.isArchive
        files = tree.files.compactMap { file in part(file.place).map { File(file, place: $0) } }
        folders = tree.folders.compactMap(part)
        passedOver = tree.passedOver
        root = tree.root.isEmpty ? String(folder) : tree.root + "/" + folder
    }

    /// The files in a folder of this tree, as a tree.
    func below(_ folder: Substring) -> FileTree { FileTree(self, below: folder) }

    /// What messages call the folder that the tree shows.
    var title: String { root.isEmpty ? path : title(ofName: root) }

    /// What messages call a file.
    func title(of file: File) -> String { title(ofName: file.name) }

    private func title(ofName name: String) -> String { isArchive ? path + ": " + name : onDisk(name) }

    private func onDisk(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

    /// The image in a file.
    func source(of file: File) -> ImageSource {
        if case .stored(let bytes) = file.content { return ImageSource(name: title(of: file), content: .encoded(bytes)) }
        return ImageSource(file: onDisk(file.name))
    }

    /// The path of a file; nil for an entry of an archive.
    func diskPath(of file: File) -> String? { isArchive ? nil : onDisk(file.name) }

    /// The content of a file, which is refused if it is larger than `limit` bytes.
    func content(of file: File, limit: Int) throws -> StoredBytes {
        switch file.content {
        case .stored(let bytes): return bytes
        case .unread: throw ImageDatasetError.damaged(path: title(of: file), reason: "the file was not read")
        case .onDisk:
            let path = onDisk(file.name)
            let open: OpenFile
            do throws(FileError) { open = try OpenFile(path) } catch { throw ImageDatasetError.file(error) }
            guard open.byteCount <= limit else {
                throw ImageDatasetError.limit(path: path, entry: nil, what: "the number of bytes", found: open.byteCount, limit: limit)
            }
            return StoredBytes(open, count: open.byteCount)
        }
    }

    /// The images.
    var images: [File] { files.filter { $0.type == .image } }

    /// The file of a name in the folder that the tree shows.
    func file(_ name: String) -> File? { files.first { $0.place.utf8.elementsEqual(name.utf8) } }

    /// The folders that have images at any depth, in the order of their bytes.
    var imageFolders: [Substring] {
        var result: [Substring] = []
        // The files are in order, so those of one folder follow each other, but for `a/x`, `a.b/x`: '.' precedes '/'.
        var seen = Set<Substring>()
        for file in files where file.type == .image {
            if let folder = file.topFolder, folder != result.last, seen.insert(folder).inserted { result.append(folder) }
        }
        return result
    }

    /// The tree of the only folder there is, if the data set is in it as a whole, as archives often have one folder with all the rest.
    ///
    /// - Parameter labels: names of classes, which are no such folders.
    func lookingThrough(labels: [String]) -> FileTree {
        let known = files.filter { $0.type != .other && $0.type != .otherImage }
        var common: Substring?
        for file in known.isEmpty ? files : known {
            guard let folder = file.topFolder, common == nil || common == folder else { return self }
            common = folder
        }
        guard let common, PartName(common) == nil, !labels.contains(where: { $0 == common }) else { return self }
        let inner = below(common)
        let direct = inner.files.filter { $0.topFolder == nil }
        let isClass = direct.contains { $0.type == .image } && !direct.contains { $0.type == .table || $0.type == .raw }
        return isClass ? self : inner
    }

    /// What is passed over, in sentences; of tables tells who looks at them.
    func warnings() -> [String] {
        var others = NameTally()
        var unread = NameTally()
        for file in files {
            switch file.type {
            case .image, .table: break
            case .otherImage: unread.add(file.name)
            default: others.add(file.name)
            }
        }
        var result: [String] = []
        if unread.count > 0 {
            let kinds = Self.counted(files.filter { $0.type == .otherImage })
            result.append(
                unread.described(
                    "image is of a format that is not read (only JPEG, PNG and WebP are)",
                    "images are of formats that are not read (\(kinds); only JPEG, PNG and WebP are)"))
        }
        if others.count > 0 {
            result.append(others.described("file is no image and is passed over", "files are no images and are passed over"))
        }
        return result + passedOver.warnings()
    }

    /// What there is instead of images: `3 files .gif, 1 file .txt`, by number.
    var contents: String {
        let parts = Self.counted(files)
        return ([parts.isEmpty ? "no files" : parts] + passedOver.warnings()).joined(separator: "; ")
    }

    /// How many files of each extension there are; empty for no files.
    private static func counted(_ files: [File]) -> String {
        var counts: [String: Int] = [:]
        for file in files { counts[fileSuffix(file.name), default: 0] += 1 }
        let order = counts.sorted { $0.value != $1.value ? $0.value > $1.value : precedesByBytes($0.key, $1.key) }
        let parts = order.prefix(NameTally.shown).map { suffix, count in
            "\(count) \(count == 1 ? "file" : "files") \(suffix.isEmpty ? "without extension" : "." + printable(suffix, limit: 20))"
        }
        let rest = order.dropFirst(NameTally.shown).reduce(0) { $0 + $1.value }
        return parts.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
