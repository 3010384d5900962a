#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A place that a user named to be written.
///
/// A regular file, and a name that nothing has yet, appears complete or not at all (see ``FileWriter``); one that is replaced keeps its
/// permissions. A symbolic link stands for what it leads to. A device, a FIFO, and a descriptor of this process (`-`, `/dev/stdout`,
/// `/dev/fd/3`, as the shell's `>(command)`) are written to as the bytes come: nothing takes their place.
public final class OutputFile {
    /// What writing to a path means.
    public enum Kind: Sendable, Equatable {
        /// Nothing is there yet; the links of the path lead to `path`.
        case new(path: String)
        /// A regular file, which is replaced.
        case regular(path: String)
        /// A device, a FIFO or a socket.
        case device(path: String)
        /// An open descriptor of this process.
        case descriptor(Int32)
        /// A folder: nothing that can be written to.
        case folder(path: String)

        /// Whether bytes go out as they come, and nothing is replaced.
        public var isStream: Bool {
            switch self {
            case .device, .descriptor: true
            case .new, .regular, .folder: false
            }
        }

        /// The path once links are followed; nil for a descriptor.
        public var path: String? {
            switch self {
            case .new(let path), .regular(let path), .device(let path), .folder(let path): path
            case .descriptor: nil
            }
        }
    }

    private enum Place {
        case file(FileWriter, target: String)
        case stream(Int32)
    }

    /// The path as the user gave it.
    public let path: String
    /// What it is.
    public let kind: Kind
    private var place: Place?

    /// Whether the bytes go to the standard output, where nothing else may be written then.
    public var isStandardOutput: Bool { kind == .descriptor(1) }

    /// Opens the place, before the work whose result it takes. A FIFO waits here for its reader.
    ///
    /// - Throws: `FileError`, also for a folder and where a file could not be made.
    public init(_ path: String) throws(FileError) {
        self.path = path
        kind = try Self.kind(of: path)
        switch kind {
        case .folder: throw .notAFile(path: path, found: "a folder")
        case .new(let target): place = .file(try FileWriter(in: parentFolder(of: target)), target: target)
        case .regular(let target):
            let mode = Self.mode(of: target)
            let writer = try FileWriter(in: parentFolder(of: target), isSecret: mode & 0o077 == 0)
            chmod(writer.temporaryPath, mode)
            place = .file(writer, target: target)
        case .device(let target):
            var descriptor: Int32
            repeat { descriptor = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY) } while descriptor < 0 && errno == EINTR
            guard descriptor >= 0 else { throw .system("write", path) }
            place = .stream(descriptor)
        case .descriptor(let number):
            let descriptor = fcntl(number, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else { throw .system("write", path) }
            place = .stream(descriptor)
        }
    }

    deinit { if case .stream(let descriptor)? = place { close(descriptor) } }

    /// Appends bytes.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        switch place {
        case .file(let writer, _)?: try writer.write(buffer)
        case .stream(let descriptor)?: try writeAll(descriptor, buffer, path)
        case nil: preconditionFailure("the output is finished already")
        }
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

    /// Ends the output: a file appears under its name now.
    public func finish() throws(FileError) {
        let place = place
        self.place = nil
        switch place {
        case .file(let writer, let target)?: try writer.publish(as: target)
        case .stream(let descriptor)?:
            // Some file systems tell only now that there was no space.
            guard close(descriptor) == 0 || errno == EINTR else { throw .system("write", path) }
        case nil: preconditionFailure("the output is finished already")
        }
    }

    /// What writing to a path means. Links are followed, also those that lead to nothing yet.
    ///
    /// - Throws: `FileError` where a link cannot be read, or leads in a circle.
    public static func kind(of path: String) throws(FileError) -> Kind {
        if path == "-" { return .descriptor(1) }
        var current = path
        for _ in 0..<40 {
            if let number = descriptor(current) { return .descriptor(number) }
            var status = stat()
            guard lstat(current, &status) == 0 else {
                guard errno == ENOENT else { throw .system("inspect", current) }
                return .new(path: current)
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .regular(path: current)
            case S_IFDIR: return .folder(path: current)
            case S_IFLNK:
                let target = try linkTarget(current)
                current = target.hasPrefix("/") ? target : parentFolder(of: current) + "/" + target
            default: return .device(path: current)
            }
        }
        throw .failed(action: "write", path: path, reason: String(cString: strerror(ELOOP)))
    }

    /// The number in the name of an open descriptor.
    private static func descriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return 0
        case "/dev/stdout": return 1
        case "/dev/stderr": return 2
        default: break
        }
        for prefix in ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "/proc/\(getpid())/fd/"] where path.hasPrefix(prefix) {
            return Int32(path.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
        }
        return nil
    }

    private static func linkTarget(_ path: String) throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, buffer.count) } ?? -1
        }
        guard count >= 0 else { throw .system("inspect", path) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func mode(of path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0o666
    }
}

/// Writes a whole result to a place that a user named (see ``OutputFile``).
public func writeOutput(_ path: String, _ bytes: some Sequence<UInt8>) throws(FileError) {
    let output = try OutputFile(path)
    try output.write(bytes)
    try output.finish()
}
