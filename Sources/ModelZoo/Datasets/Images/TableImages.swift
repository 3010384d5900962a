import ZooTensor

/// The images that a table may list: below its folder, or, by an absolute path, anywhere on the machine; in an archive only there.
struct TableImages {
    /// What a path in the table leads to.
    enum Found {
        case image(ImageSource)
        case missing
        /// Several files whose names Unicode takes for the one in the table.
        case ambiguous
        /// A path that is not followed; the rule completes "the path …".
        case refused(String)
    }

    private enum Place {
        /// The folder with `/` at its end, as given and without symbolic links.
        case folder(String, real: [UInt8])
        /// By the bytes of their names: those of two strings that Unicode takes for the same differ.
        case archive([[UInt8]: FileTree.File], FileTree)
    }

    private let place: Place
    /// Names by what Unicode takes for the same, for a table in other normal forms than the files, as one made on another system.
    private let spellings = Spellings()

    /// The images below the folder of a table.
    init(besideTable path: String) throws(ImageDatasetError) {
        let folder = parentFolder(of: path)
        guard let real = realPath(folder) else { throw .file(.system("open", folder)) }
        let base = path.utf8.contains(UInt8(ascii: "/")) ? folder == "/" ? "/" : folder + "/" : ""
        place = .folder(base, real: Array((real == "/" ? "/" : real + "/").utf8))
    }

    /// The images in the folder that a tree of an archive shows.
    init(in tree: FileTree) {
        place = .archive(Dictionary(tree.files.map { (Array($0.place.utf8), $0) }, uniquingKeysWith: { first, _ in first }), tree)
    }

    /// What a path as the table has it leads to.
    func find(_ path: String) -> Found {
        if path.utf8.first == UInt8(ascii: "/") {
            guard case .folder = place else { return .refused("is absolute, and only images inside the archive are read") }
            return switch fileKind(path) {
            case .regular?: .image(ImageSource(file: path))
            case nil: .missing
            default: .refused("leads to something that is no file")
            }
        }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            guard parts.popLast() != nil else { return .refused("leads out of the folder of the table") }
        }
        let name = parts.joined(separator: "/")
        switch place {
        case .archive(let files, let tree):
            var found = files[Array(name.utf8)]
            if found == nil {
                let others = spellings.of(name) { tree.files.map { String($0.place) } }
                guard others.count < 2 else { return .ambiguous }
                found = others.first.flatMap { files[Array($0.utf8)] }
            }
            guard let file = found else { return .missing }
            guard file.type == .image else { return .refused("leads to a file that is not named as a JPEG, PNG or WebP image") }
            return .image(tree.source(of: file))
        case .folder(let base, let root):
            var name = name
            if fileKind(base + name) == nil {
                switch spelling(of: parts, below: base) {
                case .success(let found?): name = found
                case .success(nil): return .missing
                case .failure: return .ambiguous
                }
            }
            switch fileKind(base + name) {
            case nil: return .missing
            case .regular?: break
            default: return .refused("leads to something that is no file")
            }
            guard realPath(base + name)?.utf8.starts(with: root) == true else {
                return .refused("is a symbolic link out of the folder of the table")
            }
            return .image(ImageSource(file: base + name))
        }
    }

    private struct Ambiguity: Error {}

    /// The path on disk whose parts Unicode takes for the same as the given ones; nil if there is none.
    private func spelling(of parts: [Substring], below base: String) -> Result<String?, Ambiguity> {
        var path = ""
        for part in parts {
            let folder = base + path
            if fileKind(folder + part) == nil {
                // Other normal forms of ASCII are there none.
                guard part.utf8.contains(where: { $0 >= 0x80 }) else { return .success(nil) }
                let names = spellings.of(String(part), in: folder) { (try? folderEntries(folder.isEmpty ? "." : folder)) ?? [] }
                guard names.count < 2 else { return .failure(Ambiguity()) }
                guard let name = names.first else { return .success(nil) }
                path += name + "/"
            } else {
                path += part + "/"
            }
        }
        return .success(String(path.dropLast()))
    }
}

/// The names in folders by what Unicode takes for the same; each folder is listed once.
private final class Spellings {
    private var folders: [String: [String: [String]]] = [:]

    /// The names that are `name` but for their normal form.
    ///
    /// - Parameter list: lists the folder.
    func of(_ name: String, in folder: String = "", _ list: () -> [String]) -> [String] {
        // Strings are equal when Unicode takes them for the same.
        let names = folders[folder] ?? Dictionary(grouping: list()) { $0 }
        folders[folder] = names
        return names[name] ?? []
    }
}
