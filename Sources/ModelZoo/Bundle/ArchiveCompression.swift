/// How an archive is compressed.
public enum ArchiveCompression: String, Sendable, CaseIterable {
    /// Not at all: the same input gives the same bytes everywhere.
    case none
    /// With zlib; the same input gives the same bytes with the same version of the library.
    case gzip
    /// With zstd; the same input gives the same bytes with the same version of the library.
    case zstd
}
