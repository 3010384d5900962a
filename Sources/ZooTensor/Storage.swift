/// A piece of memory that tensors lie in: from the buffer pool, or a part of a file mapped read-only.
///
/// The one `@unchecked Sendable` of the package: it is written only while uniquely referenced (see ``Tensor/withMutableElements(_:)``),
/// or by operations that have just allocated it.
public final class Storage: @unchecked Sendable {
    enum Owner {
        case pool(BufferPool, isLasting: Bool)
        case file(MappedFile)
    }

    let base: UnsafeMutableRawPointer
    /// The size in bytes.
    public let byteCount: Int
    let owner: Owner

    /// Memory from a pool, aligned to 64 bytes; its contents are undefined unless `zeroed`.
    ///
    /// Large zeroed blocks that are fresh from the system take up no physical memory until they are written.
    ///
    /// - Parameter lasting: for memory that stays over many steps.
    /// - Precondition: the system has that much: what can grow with the user's files is allocated by ``init(allocating:for:zeroed:lasting:pool:)``,
    ///   or reserved before (see ``MemoryReservation``). Else the process ends (see ``OutOfMemory``).
    public convenience init(byteCount: Int, zeroed: Bool = false, lasting: Bool = false, pool: BufferPool = .shared) {
        guard let block = pool.take(byteCount, lasting: lasting) else { OutOfMemory.end(byteCount, for: "a tensor") }
        if zeroed && !block.isZero { block.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
        self.init(block.base, block.byteCount, pool, isLasting: lasting)
    }

    /// Memory from a pool, aligned to 64 bytes; its contents are undefined unless `zeroed`.
    ///
    /// - Parameters:
    ///   - purpose: what the memory is for, as an error tells it.
    ///   - lasting: for memory that stays over many steps.
    /// - Throws: `OutOfMemoryError` when the system has no more.
    public convenience init(
        allocating byteCount: Int, for purpose: String, zeroed: Bool = false, lasting: Bool = false, pool: BufferPool = .shared
    ) throws(OutOfMemoryError) {
        guard let block = pool.take(byteCount, lasting: lasting) else { throw OutOfMemoryError(byteCount: byteCount, purpose: purpose) }
        if zeroed && !block.isZero { block.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
        self.init(block.base, block.byteCount, pool, isLasting: lasting)
    }

    /// Memory from a pool with undefined contents; nil when the system has no more.
    ///
    /// - Parameter lasting: for memory that stays over many steps, or is too large to be kept.
    public convenience init?(ifAvailable byteCount: Int, lasting: Bool = false, pool: BufferPool = .shared) {
        guard let block = pool.take(byteCount, lasting: lasting) else { return nil }
        self.init(block.base, block.byteCount, pool, isLasting: lasting)
    }

    private init(_ base: UnsafeMutableRawPointer, _ byteCount: Int, _ pool: BufferPool, isLasting: Bool) {
        self.base = base
        self.byteCount = byteCount
        owner = .pool(pool, isLasting: isLasting)
    }

    /// A part of a mapped file. It keeps the file mapped.
    public init(_ file: MappedFile, offset: Int, byteCount: Int) {
        precondition(offset >= 0 && byteCount >= 0 && offset <= file.byteCount && byteCount <= file.byteCount - offset)
        base = UnsafeMutableRawPointer(mutating: file.bytes + offset)
        self.byteCount = byteCount
        owner = .file(file)
    }

    deinit {
        if case .pool(let pool, let isLasting) = owner { pool.give(base, byteCount, lasting: isLasting) }
    }

    /// The first byte. The caller keeps the storage alive while it uses the pointer, and writes only what it has just made.
    package var bytes: UnsafeMutableRawPointer { base }

    /// The watch of the file that the memory belongs to, if it does.
    package var watch: FileWatch? {
        if case .file(let file) = owner { file.watch } else { nil }
    }

    /// True for memory that belongs to a file and must not be written.
    public var isReadOnly: Bool {
        if case .file = owner { true } else { false }
    }
}
