/// What a safetensors file may measure at most.
public struct SafetensorsLimits: Sendable, Hashable {
    /// The greatest header of the format itself, in bytes; larger ones are refused whatever the limits say.
    public static let greatestHeader = 100_000_000
    /// The size in bytes that all keys and values of the metadata may have together.
    public static let greatestMetadata = 1_000_000
    /// The greatest number of axes.
    public static let greatestRank = 8
    /// The greatest dimension and the greatest offset.
    public static let greatestNumber = 1 << 48

    /// The size of the header in bytes.
    public let headerByteCount: Int

    /// Limits; a header limit beyond ``greatestHeader`` is reduced to it.
    public init(headerByteCount: Int = 8_000_000) {
        self.headerByteCount = min(max(headerByteCount, 0), SafetensorsLimits.greatestHeader)
    }
}
