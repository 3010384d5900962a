import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder as Hugging Face lays it out.
///
/// A symbolic link is followed to a regular file inside the folder; in a `snapshots/<commit>` folder of a Hugging Face cache also to one in
/// the `blobs` folder beside `snapshots`. A file with more than one name (hard link) is refused: the other name may be any file of this
/// machine, which would go into the bundle unseen. The store's own runs may share files with its contents.
struct FolderSource: ModelSource {
    let path: String
    private let root: String
    private let blobs: String?
    private let mayShare: Bool

    /// - Parameter sharing: a folder of the store whose files may have more than one name.
    init(_ path: String, sharing: String? = nil) throws {
        self.path = path
        guard let root = realPath(path) else { throw FileError.system("open", path) }
        self.root = root
        mayShare = sharing.flatMap { realPath($0) }.map { root.hasPrefix($0 + "/") } ?? false
        let snapshots = parentFolder(of: root)
        let isSnapshot = snapshots.hasSuffix("/snapshots") && parentFolder(of: snapshots).contains("/models--")
        blobs = isSnapshot ? parentFolder(of: snapshots) + "/blobs/" : nil
    }

    /// The repository and commit of a Hugging Face cache folder.
    var origin: (source: String, revision: String)? {
        guard blobs != nil, let commit = root.split(separator: "/").last,
            let repository = parentFolder(of: parentFolder(of: root)).split(separator: "/").last
        else { return nil }
        return (String(repository.dropFirst("models--".count)).replacingDoubleDash(), String(commit))
    }

    /// The folder's own name.
    var name: String {
        if let origin { return origin.source.split(separator: "/").last.map(String.init) ?? origin.source }
        return root.split(separator: "/").last.map(String.init) ?? ""
    }

    func entries() throws -> [SourceEntry] {
        var result: [SourceEntry] = []
        // A model lies in one folder and folders beside; deeper ones are looked at only to find it.
        func visit(_ prefix: String, depth: Int) throws {
            for name in try folderEntries(prefix.isEmpty ? root : root + "/" + prefix.dropLast()) {
                guard result.count < FileRules.maximumEntries else {
                    throw BundleError.limit(
                        file: path, entry: nil, what: "number of files", found: result.count, limit: FileRules.maximumEntries)
                }
                switch fileKind(root + "/" + prefix + name, followingLinks: false) {
                case .directory? where depth < 3 && !name.hasPrefix("."): try visit(prefix + name + "/", depth: depth + 1)
                case .regular(let count)?: result.append(SourceEntry(name: prefix + name, special: nil, byteCount: count))
                case .symbolicLink?:
                    let target = fileKind(root + "/" + prefix + name)
                    if target == .directory { continue }
                    let count = if case .regular(let count)? = target { count } else { 0 }
                    result.append(SourceEntry(name: prefix + name, special: nil, byteCount: count))
                case .other(let kind)?: result.append(SourceEntry(name: prefix + name, special: kind, byteCount: 0))
                case .directory?, nil: break
                }
            }
        }
        try visit("", depth: 0)
        return result
    }

    /// Where a file lies once all links are followed.
    ///
    /// - Throws: `ImportError.link` if that is outside of the folder.
    func target(of name: String) throws(ImportError) -> String {
        guard let real = realPath(root + "/" + name) else { throw .link(path: path, entry: name, rule: "its target does not exist") }
        // A folder on the way may be a link too, so the whole path counts.
        guard real.hasPrefix(root == "/" ? "/" : root + "/") || blobs.map({ real.hasPrefix($0) }) == true else {
            throw .link(path: path, entry: name, rule: "its target lies outside the folder")
        }
        return real
    }

    func read(_ chosen: Set<String>, _ body: (String, Int, SourceContent) throws -> Void) throws {
        for name in chosen.sorted() {
            let real = try target(of: name)
            // What is looked at is what is read: another file may take the name at any moment.
            let file = try OpenFile(real, followingLinks: false)
            guard file.linkCount == 1 || mayShare else {
                throw ImportError.link(path: path, entry: name, rule: "it is a hard link: the same file has \(file.linkCount) names")
            }
            try body(name, file.byteCount) { take in
                var failure: (any Error)?
                try file.readPieces { (piece) throws(FileError) in
                    do { if failure == nil { try take(piece) } } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
    }
}

/// The path without symbolic links, `.` and `..`; nil if nothing is there.
package func realPath(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(validatingCString: pointer)
}

extension String {
    /// The name of a repository as the Hugging Face cache writes it, with `--` for `/`.
    fileprivate func replacingDoubleDash() -> String {
        var parts: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if self[index] == "-", next < endIndex, self[next] == "-" {
                parts.append(self[start..<index])
                index = self.index(after: next)
                start = index
            } else {
                index = next
            }
        }
        parts.append(self[start...])
        return parts.joined(separator: "/")
    }
}
