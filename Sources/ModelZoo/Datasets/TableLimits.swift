/// How much of a table may be in memory at once, and how much a packed one may hold.
public struct TableLimits: Sendable, Hashable {
    /// The largest field, in bytes.
    public var fieldByteCount: Int
    /// The largest row, in bytes.
    public var rowByteCount: Int
    /// The largest number of columns.
    public var columnCount: Int
    /// What a table in gzip or zstd may always hold, in bytes.
    public var unpackedByteCount: Int
    /// How many times its own size a larger packed table may hold. Text is rarely packed to less than a twentieth.
    public var unpackedRatio: Int

    /// Limits; the defaults are 16 MiB a field, 64 MiB a row, 4096 columns, and 256 MiB or a hundred times its size for a packed table.
    public init(
        fieldByteCount: Int = 16 << 20, rowByteCount: Int = 64 << 20, columnCount: Int = 4096, unpackedByteCount: Int = 256 << 20,
        unpackedRatio: Int = 100
    ) {
        self.fieldByteCount = fieldByteCount
        self.rowByteCount = rowByteCount
        self.columnCount = columnCount
        self.unpackedByteCount = unpackedByteCount
        self.unpackedRatio = unpackedRatio
    }

    /// The most that a packed table of a size may hold.
    func unpackedByteCount(ofPacked byteCount: Int) -> Int {
        let (product, isTooLarge) = byteCount.multipliedReportingOverflow(by: max(1, unpackedRatio))
        return max(unpackedByteCount, isTooLarge ? .max : product)
    }
}
