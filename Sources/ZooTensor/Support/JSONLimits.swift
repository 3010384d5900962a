/// What a JSON document may measure at most.
public struct JSONLimits: Sendable, Hashable {
    /// The greatest value of `depth`: deeper documents are refused whatever the limits say, so that no recursion exhausts the stack.
    public static let greatestDepth = 512

    /// The number of arrays and objects that may lie inside each other.
    public let depth: Int
    /// The size of the document in bytes.
    public let byteCount: Int
    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes and reads them.
    public let allowsNonFinite: Bool

    /// Limits; a depth beyond ``greatestDepth`` is reduced to it.
    public init(depth: Int = 64, bytes: Int = 64 << 20, allowsNonFinite: Bool = false) {
        self.allowsNonFinite = allowsNonFinite
        self.depth = min(max(depth, 0), JSONLimits.greatestDepth)
        byteCount = max(bytes, 0)
    }
}
