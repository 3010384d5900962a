/// How much a data set of images may hold, so that no folder and no archive can take all memory or time.
public struct ImageSetLimits: Sendable, Hashable {
    /// The largest sum of sizes in bytes of an archive's entries, unpacked, or of the files of raw pixels; images are kept in memory as
    /// they are, not decoded.
    public var byteCount: Int
    /// The largest number of files and folders, or of entries of an archive.
    public var fileCount: Int
    /// The largest number of folders within each other.
    public var depth: Int
    /// The largest length in bytes of a name with its folders.
    public var nameByteCount: Int

    /// Limits; the defaults are 8 GiB, 2 million files, 64 folders within each other and names of 4096 bytes.
    public init(byteCount: Int = 8 << 30, fileCount: Int = 2_000_000, depth: Int = 64, nameByteCount: Int = 4096) {
        self.byteCount = byteCount
        self.fileCount = fileCount
        self.depth = depth
        self.nameByteCount = nameByteCount
    }
}
