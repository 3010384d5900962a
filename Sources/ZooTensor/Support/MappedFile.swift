internal import CKernels
internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A regular file mapped read-only.
///
/// Where another process cuts the file, or the disk fails, pages that are read afterwards hold zeros instead of ending this process, and
/// ``check()`` throws: whoever computes with what is mapped calls it before handing the result on.
public final class MappedFile: Sendable {
    private struct Address: @unchecked Sendable {
        let pointer: UnsafeRawPointer
    }

    /// The open file.
    public let file: OpenFile
    /// Tells whether the file was whole, also after it is unmapped.
    package let watch: FileWatch
    private let address: Address
    private let guardNumber: Int32
    /// The size in bytes.
    public var byteCount: Int { file.byteCount }
    /// The first byte.
    public var bytes: UnsafeRawPointer { address.pointer }

    /// Maps a file.
    public init(_ path: String) throws(FileError) {
        file = try OpenFile(path)
        watch = FileWatch(file)
        if file.byteCount == 0 {
            address = Address(pointer: UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)))
            guardNumber = -1
            return
        }
        guard let pointer = file.mapped(), pointer != MAP_FAILED else { throw .system("map", path) }
        address = Address(pointer: UnsafeRawPointer(pointer))
        guardNumber = watch.begin(pointer, file.byteCount)
    }

    deinit {
        watch.end()
        zk_end_guard(guardNumber)
        if byteCount == 0 {
            address.pointer.deallocate()
        } else {
            munmap(UnsafeMutableRawPointer(mutating: address.pointer), byteCount)
        }
    }

    /// Throws when the file no longer has the size that was mapped, or when a part of it was not there when it was read.
    public func check() throws(FileError) { try watch.check() }
}

/// Whether a mapped file was whole whenever it was read.
package final class FileWatch: Sendable {
    private struct Flag: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<Int32>
    }

    private let path: String
    private let byteCount: Int
    private let lost: Flag
    /// The file while it is mapped.
    private let file: Mutex<OpenFile?>

    fileprivate init(_ file: OpenFile) {
        path = file.path
        byteCount = file.byteCount
        lost = Flag(pointer: .allocate(capacity: 1))
        lost.pointer.initialize(to: 0)
        self.file = Mutex(file)
    }

    deinit { lost.pointer.deallocate() }

    fileprivate func begin(_ start: UnsafeRawPointer, _ count: Int) -> Int32 { zk_guard_mapping(start, count, lost.pointer) }

    /// The file is about to be unmapped: what becomes of it from now on does not matter.
    fileprivate func end() {
        let isWhole = (try? check()) != nil
        if !isWhole { zk_set_lost(lost.pointer) }
        file.withLock { $0 = nil }
    }

    /// Throws when the file was not whole.
    package func check() throws(FileError) {
        let open = file.withLock { $0 }
        let now = try open?.currentByteCount() ?? byteCount
        guard now == byteCount else { throw .changed(path: path, expected: byteCount, found: now) }
        guard zk_is_lost(lost.pointer) == 0 else {
            throw .failed(action: "read", path: path, reason: "a part of the file was not there when it was needed")
        }
    }
}
