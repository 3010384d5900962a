import ZooTensor

/// Lists the files of a folder.
enum FolderListing {
    /// The files at any depth.
    ///
    /// A symbolic link is followed if it leads to a file or a folder inside the folder; one to a folder that it lies in itself, which closes a
    /// loop, is not.
    static func tree(_ path: String, _ limits: ImageSetLimits) throws(ImageDatasetError) -> FileTree {
        var path = path
        while path.hasSuffix("/") && path != "/" { path.removeLast() }
        let base = path == "/" ? "/" : path + "/"
        guard let real = realPath(path) else { throw .file(.system("open", path)) }
        let root = Array((real == "/" ? "/" : real + "/").utf8)
        var files: [FileTree.File] = []
        var folders: [String] = []
        var passedOver = FileTree.PassedOver()
        var count = 0

        /// - Parameter chain: this folder and those above it, without symbolic links.
        func visit(_ folder: String, chain: [String]) throws(ImageDatasetError) {
            func enter(_ place: String, _ target: String?) throws(ImageDatasetError) {
                guard chain.count <= limits.depth else {
                    throw .limit(
                        path: path, entry: place, what: "the number of folders within each other", found: chain.count,
                        limit: limits.depth)
                }
                folders.append(place)
                try visit(place + "/", chain: chain + [target ?? base + place])
            }

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
                case .directory?: try enter(place, realPath(base + place))
                case .regular?: files.append(FileTree.File(place, .onDisk))
                case .symbolicLink?:
                    let target = realPath(base + place)
                    let isInside = target?.utf8.starts(with: root) == true
                    switch fileKind(base + place) {
                    case .regular? where isInside: files.append(FileTree.File(place, .onDisk))
                    case .directory? where target.map(chain.contains) == true: passedOver.loops.add(place)
                    case .directory? where isInside: try enter(place, target)
                    case .regular?, .directory?: passedOver.outside.add(place)
                    case .symbolicLink?, .other?, nil: passedOver.others.add(place)
                    }
                // A name that is not UTF-8 was changed when it was read, so nothing is found under it.
                case nil where name.unicodeScalars.contains("\u{FFFD}"): passedOver.notUTF8.add(place)
                case .other?, nil: passedOver.others.add(place)
                }
            }
        }
        try visit("", chain: [real])
        return FileTree(path: path, isArchive: false, files: files, folders: folders, passedOver: passedOver)
    }
}
