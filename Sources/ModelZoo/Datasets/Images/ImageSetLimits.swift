/// How much a data set of images may hold, so that no folder and no archive can take all memory or time.
public struct ImageSetLimits: Sendable, Hashable {
    /// The largest sum of sizes in bytes of an archive's entries, unpacked, or of the files of raw pixels.
    public var byteCount: Int
    /// The largest part of them that is kept in memory, not decoded; the others are kept in a file without a name in the folder that
    /// `TMPDIR` names, else in `/tmp`. What lies unpacked in a file stays there.
    public var memoryByteCount: Int
    /// The largest number of files and folders, or of entries of an archive.
    public var fileCount: Int
    /// The largest number of folders within each other.
    public var depth: Int
    /// The largest length in bytes of a name with its folders.
    public var nameByteCount: Int

    /// Limits; the defaults are 8 GiB, 64 MiB of them in memory, 2 million files, 64 folders within each other and names of 4096 bytes.
    public init(
        byteCount: Int = 8 << 30, memoryByteCount: Int = 64 << 20, fileCount: Int = 2_000_000, depth: Int = 64, nameByteCount: Int = 4096
    ) {
        self.byteCount = byteCount
        self.memoryByteCount = memoryByteCount
        self.fileCount = fileCount
        self.depth = depth
        self.nameByteCount = nameByteCount
    }
}
