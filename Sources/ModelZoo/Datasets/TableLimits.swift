/// How much of a table may be in memory at once.
public struct TableLimits: Sendable, Hashable {
    /// The largest field, in bytes.
    public var fieldByteCount: Int
    /// The largest row, in bytes.
    public var rowByteCount: Int
    /// The largest number of columns.
    public var columnCount: Int

    /// Limits; the defaults are 16 MiB a field, 64 MiB a row and 4096 columns.
    public init(fieldByteCount: Int = 16 << 20, rowByteCount: Int = 64 << 20, columnCount: Int = 4096) {
        self.fieldByteCount = fieldByteCount
        self.rowByteCount = rowByteCount
        self.columnCount = columnCount
    }
}
