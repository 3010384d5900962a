import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The models of this machine: contents under their digests, manifests under name and tag.
///
///     blobs/sha256/ab/<64 hexadecimal digits>   the content of files, each once
///     manifests/<name>/<tag>.json               what a model consists of
///     damaged/<64 hexadecimal digits>           the contents that were found to be wrong
///     partial/                                  files that are being written
///     locks/ runs/ VERSION CACHEDIR.TAG
///
/// A file appears only by renaming a complete and synchronised one, contents before the manifest that names them. So any number of
/// processes may use a store at once, and one that is killed leaves nothing but files in `partial/`.
public struct Store: Sendable {
    /// The version of the layout.
    public static let version = 1
    /// Seconds for which a blob that no manifest names is kept, and after which a partial file is a leftover.
    public static let grace = 3600
    /// Seconds for which a fetch that was broken off can go on.
    static let fetchGrace = 7 * 86400

    /// Seconds after which a file that a process of another machine or container has not touched is a leftover.
    package static let otherMachineGrace = 600

    /// The store's folder.
    public let home: String

    /// A store in a folder, which is made when something is added.
    ///
    /// - Throws: `StoreError.tooNew` for the store of a newer version, which is left untouched.
    public init(home: String) throws {
        var home = home
        while home.utf8.count > 1 && home.hasSuffix("/") { home.removeLast() }
        guard !home.isEmpty else { throw StoreError.noHome(reason: "the name of the folder is empty") }
        self.home = home
        switch fileKind(home) {
        case nil: return
        case .directory?: break
        default: throw StoreError.unusable(path: home, reason: "expected a folder")
        }
        let path = home + "/VERSION"
        guard fileKind(path, followingLinks: false) != nil else { return }
        let text = String(decoding: try readFile(path, limit: 64), as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isWhitespace).first, let found = Int(line), found > 0 else {
            throw StoreError.version(path: path, found: text)
        }
        guard found <= Self.version else { throw StoreError.tooNew(path: path, found: String(line)) }
    }

    /// The store's folder: `ZOO_HOME`, else `$XDG_DATA_HOME/zoo`, else `~/.local/share/zoo`.
    public static func defaultHome(_ environment: [String: String]) throws(StoreError) -> String {
        if let home = environment["ZOO_HOME"], !home.isEmpty { return home }
        // The XDG specification: a path that is not absolute is to be ignored.
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/zoo" }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw .noHome(reason: "neither ZOO_HOME, XDG_DATA_HOME nor HOME is set")
        }
        guard home.hasPrefix("/") else { throw .noHome(reason: "HOME is \"\(printable(home))\", expected an absolute path") }
        return home + "/.local/share/zoo"
    }

    var partialFolder: String { home + "/partial" }
    var lockPath: String { home + "/locks/store" }
    var manifestsFolder: String { home + "/manifests" }
    func manifestPath(_ reference: ModelReference) -> String { "\(manifestsFolder)/\(reference.name)/\(reference.tag).json" }

    /// The one function that turns a digest into a path.
    static func blobPath(home: String, _ digest: Digest) -> String { "\(home)/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)" }

    /// A file is here for each content that was found to be wrong, until another takes its place.
    static func damagePath(home: String, _ digest: Digest) -> String { "\(home)/damaged/\(digest.hex)" }

    /// Makes the folders, and takes away what killed processes left in `partial/`.
    func prepare() throws {
        do throws(FileError) {
            for folder in ["", "/partial", "/blobs/sha256", "/manifests", "/locks", "/runs"] { try makeFolders(home + folder) }
            try writeOnce("VERSION", "\(Self.version)\n")
            try writeOnce(
                "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# This folder holds models installed by zoo.\n")
        } catch .noSpace(let path) {
            throw FileError.noSpace(path: path)
        } catch {
            throw StoreError.unusable(path: error.place?.file ?? home, reason: error.message)
        }
        // Who writes holds the lock, so all that is there when nobody does was left by somebody. Where locks do nothing, age and owner tell.
        guard let lock = StoreLock.exclusive(lockPath) else { return }
        withExtendedLifetime(lock) { sweep(leftovers(olderThan: Self.grace)) }
    }

    /// What lies in `partial/` and was not touched for so many seconds, unless its owner is a process that runs on this machine.
    ///
    /// - Parameter includesFetches: whether a fetch that was broken off counts already when it is younger than a week.
    func leftovers(olderThan seconds: Int, includesFetches: Bool = false) -> [String] {
        ((try? folderEntries(partialFolder)) ?? []).filter { name in
            let path = partialFolder + "/" + name
            let isFolder = fileKind(path, followingLinks: false) == .directory
            guard let age = fileAge(path), age >= (isFolder && !includesFetches ? max(seconds, Self.fetchGrace) : seconds) else {
                return false
            }
            return !([name] + (isFolder ? (try? folderEntries(path)) ?? [] : [])).contains { name in
                // Of a process of another machine only the time tells.
                FileWriter.isOwnerRunning(name) || FileWriter.owner(of: name) == .elsewhere && age < Self.otherMachineGrace
            }
        }.map { partialFolder + "/" + $0 }
    }

    private func writeOnce(_ name: String, _ text: String) throws(FileError) {
        let path = home + "/" + name
        guard fileKind(path, followingLinks: false) == nil else { return }
        let writer = try FileWriter(in: partialFolder)
        try writer.write(text.utf8)
        try writer.publish(as: path)
    }
}
