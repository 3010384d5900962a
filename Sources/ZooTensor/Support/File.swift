#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Errors of reading and writing files.
public enum FileError: ZooError, Equatable {
    case notFound(path: String)
    case notAFile(path: String, found: String)
    case tooLarge(path: String, bytes: Int, limit: Int)
    case changed(path: String, expected: Int, found: Int)
    case noSpace(path: String)
    case noMemory(path: String, bytes: Int)
    /// A pointer of Git LFS in place of the file.
    case pointer(path: String)
    case failed(action: String, path: String, reason: String)

    public var code: String {
        switch self {
        case .notFound: "file.not_found"
        case .notAFile: "file.not_a_file"
        case .tooLarge: "file.too_large"
        case .changed: "file.changed"
        case .noSpace: "file.no_space"
        case .noMemory: "file.no_memory"
        case .pointer: "file.lfs_pointer"
        case .failed: "file.failed"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .notFound: .notFound
        case .notAFile: .usage
        case .tooLarge, .noSpace, .noMemory, .failed: .resources
        case .changed, .pointer: .format
        }
    }

    public var message: String {
        switch self {
        case .notFound: "no such file or folder"
        case .notAFile(_, let found): "expected a regular file, found \(found)"
        case .tooLarge(_, let bytes, let limit): "the file has \(bytes) bytes, at most \(limit) are allowed here"
        case .changed(_, let expected, let found): "the file changed while it was read: it had \(expected) bytes, now \(found)"
        case .noSpace: "no space left on the device"
        case .noMemory(_, let bytes): "the system has no memory left to read it: \(bytes) bytes"
        case .pointer: FileSignature.pointerMessage
        case .failed(let action, _, let reason): "cannot \(action): \(reason)"
        }
    }

    public var place: Place? {
        switch self {
        case .notFound(let path), .notAFile(let path, _), .tooLarge(let path, _, _), .changed(let path, _, _), .noSpace(let path),
            .noMemory(let path, _), .pointer(let path), .failed(_, let path, _):
            Place(file: path)
        }
    }

    /// The error of the last system call on `path`.
    public static func system(_ action: String, _ path: String) -> FileError {
        switch errno {
        case ENOENT, ENOTDIR: .notFound(path: path)
        case ENOSPC, EDQUOT: .noSpace(path: path)
        case let code: .failed(action: action, path: path, reason: String(cString: strerror(code)))
        }
    }
}

/// What a path leads to.
public enum FileKind: Sendable, Equatable {
    case regular(byteCount: Int)
    case directory
    case symbolicLink
    case other(String)
}

/// An open regular file, read at given positions. Nothing is mapped, so a file cut by another process gives an error and no signal.
public final class OpenFile: Sendable {
    /// The path it was opened under.
    public let path: String
    /// Its size when it was opened.
    public let byteCount: Int
    private let descriptor: Int32

    /// How many names the file has.
    package let linkCount: Int

    /// Opens a regular file.
    ///
    /// - Parameter followingLinks: whether a symbolic link stands for its target.
    public init(_ path: String, followingLinks: Bool = true) throws(FileError) {
        // O_NONBLOCK: opening a FIFO must not wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            if errno == ELOOP && !followingLinks { throw .notAFile(path: path, found: "a symbolic link") }
            throw .system("open", path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = FileError.system("inspect", path)
            close(descriptor)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile(path: path, found: fileKindName(status.st_mode))
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
        linkCount = Int(status.st_nlink)
        if (64...FileSignature.greatestPointer).contains(byteCount) {
            let head = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, 64, 0))
            }
            if FileSignature.isPointer(head, fileByteCount: byteCount) { throw .pointer(path: path) }
        }
    }

    deinit { close(descriptor) }

    /// The whole file, mapped read-only; `MAP_FAILED` where that cannot be.
    func mapped() -> UnsafeMutableRawPointer? { mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0) }

    /// The size at this moment.
    public func currentByteCount() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("inspect", path) }
        return Int(status.st_size)
    }

    /// Fills `buffer` from `offset`.
    ///
    /// - Throws: `FileError.changed` when the file ends before the buffer is full.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30), off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system("read", path) }
            guard count > 0 else { throw .changed(path: path, expected: byteCount, found: offset + done) }
            done += count
        }
    }

    /// Arrays of this size are only made where the system is known to have the memory: they would end the process.
    private static let greatRead = 1 << 20

    /// The bytes from `offset`.
    ///
    /// - Throws: `FileError.changed` when the file ends before that; `FileError.noMemory`.
    public func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        if count >= Self.greatRead && !hasMemory(count) { throw .noMemory(path: path, bytes: count) }
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: FileError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) { try read(into: buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// What `path` leads to, nil if nothing is there.
///
/// - Parameter followingLinks: whether a symbolic link stands for its target.
public func fileKind(_ path: String, followingLinks: Bool = true) -> FileKind? {
    var status = stat()
    guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .regular(byteCount: Int(status.st_size))
    case S_IFDIR: return .directory
    case S_IFLNK: return .symbolicLink
    default: return .other(fileKindName(status.st_mode))
    }
}

private func fileKindName(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFREG: "a regular file"
    case S_IFDIR: "a folder"
    case S_IFLNK: "a symbolic link"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
}

/// Whether nothing has this name. That a path cannot be looked at, as without permission, is an error: something may be there.
package func isAbsent(_ path: String) throws(FileError) -> Bool {
    var status = stat()
    if lstat(path, &status) == 0 { return false }
    guard errno == ENOENT || errno == ENOTDIR else { throw .system("inspect", path) }
    return true
}

/// A whole file.
///
/// - Parameters:
///   - limit: the largest size in bytes that is read.
///   - followingLinks: whether a symbolic link stands for its target.
public func readFile(_ path: String, limit: Int = 1 << 30, followingLinks: Bool = true) throws(FileError) -> [UInt8] {
    let file = try OpenFile(path, followingLinks: followingLinks)
    guard file.byteCount <= limit else { throw .tooLarge(path: path, bytes: file.byteCount, limit: limit) }
    return try file.read(at: 0, count: file.byteCount)
}

/// The names in a folder, sorted by their bytes.
public func folderEntries(_ path: String) throws(FileError) -> [String] {
    guard let folder = opendir(path) else { throw .system("list", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
        errno = 0
        guard let entry = readdir(folder) else {
            guard errno == 0 else { throw .system("list", path) }
            break
        }
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted(by: precedesByBytes)
}

/// Seconds since a file was changed last; nil if there is none. A time in the future counts as now.
package func fileAge(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
        let changed = status.st_mtimespec.tv_sec
    #else
        let changed = status.st_mtim.tv_sec
    #endif
    let difference = time(nil).subtractingReportingOverflow(changed)
    return difference.overflow ? Int.max : max(0, Int(difference.partialValue))
}

/// Deletes a file, or a folder with all that is in it; what cannot be deleted stays. Symbolic links are deleted, not followed.
package func deleteTree(_ path: String) {
    if fileKind(path, followingLinks: false) == .directory {
        for name in (try? folderEntries(path)) ?? [] { deleteTree(path + "/" + name) }
        rmdir(path)
    } else {
        unlink(path)
    }
}

/// The folder that a path lies in.
///
/// By bytes: a slash and a combining accent after it are one character.
package func parentFolder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Brings a folder's list of names to the disk, so that what was made or renamed in it is there after a power cut.
package func synchroniseFolder(_ path: String) throws(FileError) {
    try FileFaults.will(.synchroniseFolder(path))
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    // A folder may be written to and not read.
    if descriptor < 0 && errno == EACCES { return }
    guard descriptor >= 0 else { throw .system("synchronise", path) }
    defer { close(descriptor) }
    // Some file systems cannot do this for folders, and need not.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw .system("synchronise", path) }
}

/// Makes a folder and those above it, and brings them to the disk.
public func makeFolders(_ path: String) throws(FileError) {
    if fileKind(path) == .directory { return }
    try FileFaults.will(.makeFolder(path))
    if mkdir(path, 0o777) == 0 { return try synchroniseFolder(parentFolder(of: path)) }
    let reason = errno
    if reason == EEXIST {
        guard fileKind(path) == .directory else { throw .notAFile(path: path, found: "a file where a folder is needed") }
        return
    }
    let parent = parentFolder(of: path)
    guard reason == ENOENT, parent != ".", parent != "/" else {
        errno = reason
        throw .system("make the folder", path)
    }
    try makeFolders(parent)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .system("make the folder", path) }
    try synchroniseFolder(parent)
}

/// A file that appears under its name only when it is complete: written under a temporary name beside it, synchronised, then renamed.
///
/// A writer that goes away without ``publish(as:)`` leaves nothing behind; a killed process leaves a temporary file at most.
public final class FileWriter {
    /// How the names of temporary files begin.
    package static let temporaryPrefix = ".tmp-"

    /// What is known about the process that made a temporary file.
    package enum Owner {
        /// It is this one.
        case own
        /// It runs on this machine. (Numbers of processes are used again: then a file is kept for longer than need be.)
        case running
        /// It runs no more, or the name tells of none.
        case gone
        /// It is of another machine or container, where nobody can look from here.
        case elsewhere
    }

    /// What is known about the process that made a temporary file of this name.
    package static func owner(of name: String) -> Owner {
        guard name.hasPrefix(temporaryPrefix) else { return .gone }
        // The process, its machine, and a number by chance.
        let parts = name.dropFirst(temporaryPrefix.count).split(separator: "-")
        guard let number = parts.first.flatMap({ pid_t($0) }), number > 0 else { return .gone }
        if parts.count >= 3, parts[1] != place { return .elsewhere }
        if number == getpid() { return .own }
        return kill(number, 0) == 0 || errno == EPERM ? .running : .gone
    }

    /// Whether the process that made a temporary file of this name runs on this machine.
    package static func isOwnerRunning(_ name: String) -> Bool {
        switch owner(of: name) {
        case .own, .running: true
        case .gone, .elsewhere: false
        }
    }

    /// A name that no other file of this machine or another has: who made it, where, and a number by chance.
    package static func temporaryName() -> String {
        "\(temporaryPrefix)\(getpid())-\(place)-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    /// Stands for this machine and the container on it: numbers of processes mean something within one only.
    private static let place: String = {
        var bytes = [UInt8](repeating: 0, count: 512)
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.bindMemory(to: CChar.self).baseAddress else { return }
            _ = gethostname(start, 255)
            _ = readlink("/proc/self/ns/pid", start + 256, 255)
        }
        // FNV-1a.
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }()

    /// Where the bytes go until they are published.
    public let temporaryPath: String
    private var descriptor: Int32
    /// The bytes written so far.
    public private(set) var byteCount = 0

    /// Opens a temporary file in `folder`, which must exist.
    ///
    /// - Parameter isSecret: whether nobody but the owner may ever read it.
    public init(in folder: String, isSecret: Bool = false) throws(FileError) {
        let path = folder + "/" + Self.temporaryName()
        temporaryPath = path
        try FileFaults.will(.create(path))
        descriptor = try TemporaryFiles.make(path) { () throws(FileError) in
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, isSecret ? 0o600 : 0o666)
            guard descriptor >= 0 else { throw .system("write", folder) }
            return descriptor
        }
    }

    deinit {
        TemporaryFiles.forget(temporaryPath)
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporaryPath)
        }
    }

    /// Appends bytes.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        try FileFaults.will(.write(temporaryPath, offset: byteCount, bytes: Array(buffer)))
        try writeAll(descriptor, buffer, temporaryPath)
        byteCount += buffer.count
    }

    /// Appends bytes.
    public func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
        let array = Array(bytes)
        var failure: FileError?
        array.withUnsafeBytes { buffer in
            do throws(FileError) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Makes the file appear as `path`, replacing what was there, in one step.
    public func publish(as path: String) throws(FileError) {
        do throws(FileError) {
            try complete()
            try FileFaults.will(.rename(temporaryPath, to: path))
            guard rename(temporaryPath, path) == 0 else { throw .system("rename to", path) }
        } catch {
            unlink(temporaryPath)
            throw error
        }
        try synchroniseFolder(parentFolder(of: path))
    }

    /// Makes the file appear as `path` in one step, unless something is there: of several writers one wins.
    ///
    /// - Returns: false if something was there; this file is gone then.
    public func publish(asNew path: String) throws(FileError) -> Bool {
        defer { unlink(temporaryPath) }
        try complete()
        try FileFaults.will(.link(temporaryPath, to: path))
        if link(temporaryPath, path) != 0 {
            if errno == EEXIST { return false }
            guard errno != ENOENT else { throw .system("write", path) }
            // A file system without hard links.
            if fileKind(path, followingLinks: false) != nil { return false }
            guard rename(temporaryPath, path) == 0 else { throw .system("rename to", path) }
        }
        do throws(FileError) {
            try synchroniseFolder(parentFolder(of: path))
        } catch {
            // What is not there for good is not there; nothing of anybody else can have this name.
            unlink(path)
            throw error
        }
        return true
    }

    private func complete() throws(FileError) {
        defer {
            close(descriptor)
            descriptor = -1
        }
        try FileFaults.will(.synchronise(temporaryPath))
        guard fsync(descriptor) == 0 else { throw .system("synchronise", temporaryPath) }
    }
}

/// A file that grows by whole pieces, as a log does.
public final class AppendingFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Creates the file, or goes on at its end.
    public init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system("write", path) }
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        // Where the end is does not matter to who watches.
        try FileFaults.will(.write(path, offset: -1, bytes: bytes))
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try writeAll(descriptor, buffer, path) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

/// Writes all bytes to a descriptor.
func writeAll(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, _ path: String) throws(FileError) {
    var done = 0
    while done < buffer.count {
        let count = write(descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw .system("write", path) }
        done += count
    }
}

/// Writes a whole file in one step (see ``FileWriter``).
public func writeFile(_ path: String, _ bytes: some Sequence<UInt8>) throws(FileError) {
    let writer = try FileWriter(in: parentFolder(of: path))
    try writer.write(bytes)
    try writer.publish(as: path)
}
