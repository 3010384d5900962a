/// A text, or a pair of texts, as the input of a transformer encoder.
public struct Encoding: Sendable, Hashable {
    /// Token ids, special tokens included.
    public var ids: [Int32]
    /// The segment of each token: 0 for the first text, 1 for the second. As many as ``ids``.
    public var typeIDs: [Int32]
    /// The number of tokens of the texts that were cut off to keep the maximum length.
    public var droppedTokens: Int

    /// An input from its parts.
    public init(ids: [Int32], typeIDs: [Int32], droppedTokens: Int = 0) {
        self.ids = ids
        self.typeIDs = typeIDs
        self.droppedTokens = droppedTokens
    }
}
