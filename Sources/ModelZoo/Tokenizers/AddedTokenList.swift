/// The added tokens of a tokenizer in their order, with their ids.
struct AddedTokenList {
    /// The largest number of added tokens.
    static let limit = 100_000
    /// The largest sum of their bytes, which bounds the memory of what finds them.
    static let byteLimit = 1 << 24

    let vocabulary: WordPieceVocabulary
    private var tokens: [(id: Int32, token: AddedToken)] = []
    private var positions: [Int32: Int] = [:]
    /// Tokens that are not in the vocabulary; their ids follow its highest one.
    private(set) var extra: [String] = []
    private var extraIDs: [[UInt8]: Int32] = [:]
    private var byteCount = 0

    init(vocabulary: WordPieceVocabulary) {
        self.vocabulary = vocabulary
    }

    /// The id of a token of the vocabulary or of this list.
    func id(of content: String) -> Int32? { vocabulary.id(of: content) ?? extraIDs[Array(content.utf8)] }

    /// Whether the token with an id is in this list.
    func contains(_ id: Int32) -> Bool { positions[id] != nil }

    /// Adds a token, with the next free id if the vocabulary does not have it. Of equal texts the last counts.
    @discardableResult
    mutating func add(_ token: AddedToken, _ file: String) throws(TokenizerError) -> Int32 {
        let bytes = Array(token.content.utf8)
        guard 1...AddedTokenMatcher.limit ~= bytes.count else {
            throw .outOfRange(
                file: file, entry: "added_tokens", value: "a text of \(bytes.count) bytes", allowed: "1 to \(AddedTokenMatcher.limit) bytes"
            )
        }
        if let id = id(of: token.content) {
            if let position = positions[id] {
                tokens[position].token = token
                return id
            }
            return try append(token, id, file)
        }
        let (id, overflows) = vocabulary.highestID.addingReportingOverflow(1 + Int32(truncatingIfNeeded: extra.count))
        guard !overflows else {
            throw .outOfRange(file: file, entry: "added_tokens", value: token.content, allowed: "ids up to \(Int32.max)")
        }
        extra.append(token.content)
        extraIDs[bytes] = id
        return try append(token, id, file)
    }

    private mutating func append(_ token: AddedToken, _ id: Int32, _ file: String) throws(TokenizerError) -> Int32 {
        guard tokens.count < Self.limit else {
            throw .outOfRange(file: file, entry: "added_tokens", value: "more", allowed: "up to \(Self.limit) tokens")
        }
        byteCount += token.content.utf8.count
        guard byteCount <= Self.byteLimit else {
            throw .outOfRange(file: file, entry: "added_tokens", value: "more", allowed: "up to \(Self.byteLimit) bytes in sum")
        }
        positions[id] = tokens.count
        tokens.append((id, token))
        return id
    }

    /// What finds the tokens in the raw and in the normalised text.
    func matchers(_ normalizer: BertNormalizer, _ file: String) throws(TokenizerError) -> (
        raw: AddedTokenMatcher, normalized: AddedTokenMatcher
    ) {
        var raw: [(id: Int32, token: AddedToken, pattern: [UInt8])] = []
        var normalized = raw
        for (id, token) in tokens.filter(\.token.isSpecial) + tokens.filter({ !$0.token.isSpecial }) {
            let bytes = Array(token.content.utf8)
            guard token.isNormalized else {
                raw.append((id, token, bytes))
                continue
            }
            var pattern: [UInt8] = []
            normalizer.normalize(bytes, 0..<bytes.count, into: &pattern)
            guard !pattern.isEmpty else {
                throw .outOfRange(
                    file: file, entry: "added_tokens", value: "\"\(token.content)\"", allowed: "a text that is not empty when normalised")
            }
            normalized.append((id, token, pattern))
        }
        return (AddedTokenMatcher(raw), AddedTokenMatcher(normalized))
    }
}
