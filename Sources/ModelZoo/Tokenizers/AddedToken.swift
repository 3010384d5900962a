/// A token that is found in the raw text before words are split, as `[SEP]`.
public struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    public var content: String
    /// Whether it is found only between characters that are not part of a word.
    public var isSingleWord: Bool
    /// Whether it takes the white space to its left.
    public var stripsLeft: Bool
    /// Whether it takes the white space to its right.
    public var stripsRight: Bool
    /// Whether its normalised form is sought in the normalised text, rather than itself in the raw text.
    public var isNormalized: Bool
    /// Whether it is a control token, no text.
    public var isSpecial: Bool

    /// An added token.
    ///
    /// - Parameter isNormalized: nil stands for the opposite of `isSpecial`.
    public init(
        _ content: String, isSingleWord: Bool = false, stripsLeft: Bool = false, stripsRight: Bool = false, isNormalized: Bool? = nil,
        isSpecial: Bool = false
    ) {
        self.content = content
        self.isSingleWord = isSingleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized ?? !isSpecial
        self.isSpecial = isSpecial
    }
}
