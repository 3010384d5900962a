/// What the name of a file in a data set of images shows it to be.
enum FileType {
    /// An image of a format that is read.
    case image
    /// An image of another format.
    case otherImage
    /// A table, which may list images.
    case table
    /// A file of CIFAR or IDX.
    case raw
    /// A file of the version of CIFAR that is not read.
    case pickle
    /// Anything else.
    case other

    private static let tables: Set<String> = ["csv", "tsv", "tab", "jsonl", "ndjson"]

    /// - Parameter path: a name, with or without folders before it.
    init(_ path: String) {
        let suffix = fileSuffix(path)
        if ImageFormat.extensions.contains(suffix) {
            self = .image
        } else if ImageFormat.otherExtensions.contains(suffix) {
            self = .otherImage
        } else if Self.tables.contains(TableFormat.suffix(path)) {
            self = .table
        } else {
            let name = lastComponent(path)
            self = CIFAR.isFile(name) || IDX.isFile(name) ? .raw : CIFAR.isPickle(name) ? .pickle : .other
        }
    }

    /// Whether a name is one that systems make for themselves, so that no user means the file.
    static func isHidden(_ name: some StringProtocol) -> Bool {
        if name.utf8.first == UInt8(ascii: ".") { return true }
        return switch name {
        case "__MACOSX", "@eaDir", "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini": true
        default: false
        }
    }
}

/// What follows the last `/`.
func lastComponent(_ path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
}

/// What follows the last dot of the last component, in lower case; empty if there is no dot, or nothing before it.
func fileSuffix(_ path: String) -> String {
    let name = lastComponent(path)
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
    return name[name.utf8.index(after: dot)...].lowercased()
}
