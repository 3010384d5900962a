import ZooTensor

/// Lists the files of a folder.
enum FolderListing {
    /// The files at any depth.
    ///
    /// A symbolic link is followed if it leads to a regular file inside the folder. Links to folders are not: they may close a loop.
    static func tree(_ path: String, _ limits: ImageSetLimits) throws(ImageDatasetError) -> FileTree {
        var path = path
        while path.hasSuffix("/") && path != "/" { path.removeLast() }
        let base = path == "/" ? "/" : path + "/"
        guard let real = realPath(path) else { throw .file(.system("open", path)) }
        let root = Array((real == "/" ? "/" : real + "/").utf8)
        var files: [FileTree.File] = []
        var folders: [String] = []
        var notFollowed = NameTally()
        var count = 0

        func visit(_ folder: String, depth: Int) throws(ImageDatasetError) {
            let names: [String]
            do throws(FileError) {
                names = try folderEntries(folder.isEmpty ? path : base + folder.dropLast())
            } catch {
                throw .file(error)
            }
            for name in names where !FileType.isHidden(name) {
                count += 1
                guard count <= limits.fileCount else {
                    throw .limit(path: path, entry: nil, what: "the number of files", found: count, limit: limits.fileCount)
                }
                let place = folder + name
                switch fileKind(base + place, followingLinks: false) {
                case .directory?:
                    guard depth < limits.depth else {
                        throw .limit(
                            path: path, entry: place, what: "the number of folders within each other", found: depth + 1,
                            limit: limits.depth)
                    }
                    folders.append(place)
                    try visit(place + "/", depth: depth + 1)
                case .regular?: files.append(FileTree.File(place, .onDisk))
                case .symbolicLink?:
                    if case .regular? = fileKind(base + place), realPath(base + place)?.utf8.starts(with: root) == true {
                        files.append(FileTree.File(place, .onDisk))
                    } else {
                        notFollowed.add(place)
                    }
                case .other?, nil: notFollowed.add(place)
                }
            }
        }
        try visit("", depth: 0)
        return FileTree(path: path, isArchive: false, files: files, folders: folders, notFollowed: notFollowed)
    }
}
