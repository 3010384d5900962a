public import ZooNN

/// Several inputs as one packed batch.
public protocol PackedBatch: Sendable {
    /// Where each input lies.
    var segments: Segments { get }
}

/// Raw inputs in, packed batches out. Text: sub-words. Images: decoded, resized, normalised, cut into patches.
public protocol Tokenizer: Sendable {
    /// One input, ready to be packed.
    associatedtype Encoded: Sendable
    associatedtype Batch: PackedBatch

    /// Prepares one input.
    ///
    /// - Throws: an error when the input is not of a kind that this tokenizer takes, or cannot be read.
    func encode(_ input: Input) throws -> Encoded
    /// How many rows an input takes in a batch.
    func length(_ encoded: Encoded) -> Int
    /// How many tokens were cut off an input because it was too long.
    func droppedTokens(_ encoded: Encoded) -> Int
    /// Packs inputs one after the other.
    func batch(_ encoded: [Encoded]) -> Batch
}

extension Tokenizer {
    public func droppedTokens(_ encoded: Encoded) -> Int { 0 }

    /// Prepares and packs inputs.
    public func callAsFunction(_ inputs: [Input]) throws -> Batch { batch(try inputs.map(encode)) }
}

/// A batch of token sequences, each row a token.
public struct TokenBatch: PackedBatch {
    /// The vocabulary's number of each token.
    public let ids: [Int32]
    /// Each token's place in its sequence, from 0.
    public let positions: [Int32]
    /// 0 in a first text, 1 in a second one.
    public let types: [Int32]
    public let segments: Segments

    public init(_ sequences: [Encoding]) {
        segments = Segments(lengths: sequences.map(\.ids.count))
        ids = sequences.flatMap(\.ids)
        types = sequences.flatMap(\.typeIDs)
        positions = sequences.flatMap { (0..<Int32($0.ids.count)) }
    }
}

/// A tokenizer of texts and pairs of texts with a greatest length.
public struct TextTokenizer: Tokenizer {
    /// The sub-words.
    public let words: WordPieceTokenizer
    /// The largest number of tokens of one sequence, special tokens counted.
    public let maxLength: Int
    /// Whether the model takes pairs of texts.
    public let takesPairs: Bool

    /// - Parameters:
    ///   - maxLength: the largest number of tokens of one sequence; nil takes what model and tokenizer allow.
    ///   - positions: the largest number of tokens that the model has positions for.
    ///   - types: the number of token types that the model has.
    ///   - file: the name of the configuration for messages.
    /// - Throws: `ModelError.configuration` when not even an empty text fits the model.
    public init(_ words: WordPieceTokenizer, maxLength: Int?, positions: Int, types: Int, file: String) throws(ModelError) {
        let special = words.specialTokenCount(isPair: false)
        guard special <= positions else {
            throw .configuration(
                file: file, key: "max_position_embeddings", expected: "at least \(special), for the tokenizer's special tokens",
                found: String(positions))
        }
        let needed = words.typeCount(isPair: false)
        guard needed <= types else {
            throw .configuration(
                file: file, key: "type_vocab_size", expected: "at least \(needed), for the tokenizer's types", found: String(types))
        }
        takesPairs = words.typeCount(isPair: true) <= types && words.specialTokenCount(isPair: true) <= positions
        self.words = words
        self.maxLength = maxLength ?? min(positions, words.modelMaxLength ?? .max)
    }

    /// - Throws: `ModelError` for an input that is no text, or when the greatest length leaves no room for the special tokens.
    public func encode(_ input: Input) throws -> Encoding {
        let encoding: Encoding
        switch input {
        case .text(let text): encoding = words.encode(text, pair: nil, maxLength: maxLength)
        case .textPair(let first, let second):
            guard takesPairs else {
                throw ModelError.wrongInput(expected: "single texts: it tells no second text from a first", found: "a pair of texts")
            }
            encoding = words.encode(first, pair: second, maxLength: maxLength)
        case .file(let path): throw ModelError.wrongInput(expected: "text", found: "the file \(path)")
        }
        guard encoding.ids.count <= maxLength else { throw ModelError.specialTokens(count: encoding.ids.count, allowed: maxLength) }
        return encoding
    }

    public func length(_ encoded: Encoding) -> Int { encoded.ids.count }
    public func droppedTokens(_ encoded: Encoding) -> Int { encoded.droppedTokens }
    public func batch(_ encoded: [Encoding]) -> TokenBatch { TokenBatch(encoded) }
}
