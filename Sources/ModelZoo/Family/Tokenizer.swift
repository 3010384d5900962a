public import ZooNN
import ZooTensor

/// Several inputs as one packed batch.
public protocol PackedBatch: Sendable {
    /// Where each input lies.
    var segments: Segments { get }
}

/// Raw inputs in, packed batches out. Text: sub-words. Images: decoded, resized, normalised, cut into patches.
///
/// It works in three steps. What a run keeps of an input is made once by ``encode(_:)`` and stays small; what a batch needs of it is made by
/// ``prepare(_:_:)`` when the batch comes up, on any thread; ``batch(_:reserving:)`` puts the batch together.
public protocol Tokenizer: Sendable {
    /// What is kept of an input for a whole run.
    associatedtype Encoded: Sendable
    /// One input, ready to be packed.
    associatedtype Prepared: Sendable = Encoded
    associatedtype Batch: PackedBatch

    /// The kind of inputs.
    static var inputKind: InputKind { get }
    /// Whether inputs can be varied in training, and mixed with each other.
    static var canAugment: Bool { get }

    /// Takes an input.
    ///
    /// Callers use ``accepted(_:)``, which refuses what would take no row in a batch.
    ///
    /// - Throws: an error when the input is not of a kind that this tokenizer takes.
    func encode(_ input: Input) throws -> Encoded
    /// Reads an input to the end, so that what is wrong with it shows before training, and that a later change shows in ``prepare(_:_:)``.
    func checked(_ encoded: Encoded) throws -> Encoded
    /// How many rows an input takes in a batch.
    func length(_ encoded: Encoded) -> Int
    /// How many tokens were cut off an input because it was too long.
    func droppedTokens(_ encoded: Encoded) -> Int
    /// What makes the answer to an input mean little.
    func remarks(_ encoded: Encoded) -> InputRemarks
    /// The same for equal inputs, and only for them, whatever this tokenizer makes of them: to find inputs that are given twice.
    ///
    /// - Parameter encoded: an input that was checked.
    func identity(_ encoded: Encoded, of input: Input) -> Digest
    /// What tells an input from all others together with everything that changes its features: for keys of caches.
    func fingerprint(_ encoded: Encoded, into hasher: inout DigestHasher)

    /// Makes an input ready to be packed.
    ///
    /// - Parameter variation: how it is varied in this epoch; nil for none.
    func prepare(_ encoded: Encoded, _ variation: Variation?) throws -> Prepared
    /// Mixes two inputs; only where ``canAugment`` is true.
    func mix(_ first: Prepared, with second: Prepared, _ mixing: Mixing) -> Prepared

    /// The mixing that is possible with whole pixels, whose share is that of the labels.
    func fitted(_ mixing: Mixing) -> Mixing
    /// Packs inputs one after the other.
    ///
    /// - Parameter count: the number of inputs of the largest batch, for which memory is reserved.
    /// - Throws: `OutOfMemoryError`.
    func batch(_ prepared: [Prepared], reserving count: Int) throws -> Batch

    /// How many tokens a text takes at the start of an input that it is put before; 0 where inputs are no texts.
    func promptLength(_ prompt: String) throws -> Int

    /// What the model will see of an input, for people.
    func preview(_ prepared: Prepared) -> Preview

    /// What the user should know about the inputs that were prepared or checked since this was asked last, in sentences.
    func notes() -> [String]

    /// The files that tell how inputs are prepared, where they differ from those that the model was loaded from.
    func companionFiles(_ assets: Assets) throws -> [(name: String, bytes: [UInt8])]
}

extension Tokenizer {
    public static var canAugment: Bool { false }
    public func checked(_ encoded: Encoded) throws -> Encoded { encoded }
    public func droppedTokens(_ encoded: Encoded) -> Int { 0 }
    public func remarks(_ encoded: Encoded) -> InputRemarks { [] }
    public func mix(_ first: Prepared, with second: Prepared, _ mixing: Mixing) -> Prepared { first }
    public func notes() -> [String] { [] }
    public func fitted(_ mixing: Mixing) -> Mixing { mixing }
    public func promptLength(_ prompt: String) throws -> Int { 0 }

    /// White space around a text does not count.
    public func identity(_ encoded: Encoded, of input: Input) -> Digest {
        var hasher = DigestHasher()
        for part in input.parts { hasher.update(text: part.trimmingWhiteSpace() + "\0") }
        return hasher.finalize()
    }

    public func companionFiles(_ assets: Assets) throws -> [(name: String, bytes: [UInt8])] { [] }

    /// Takes an input that has at least one row in a batch.
    ///
    /// - Throws: what ``encode(_:)`` throws, and `ModelError.noTokens` (exit code of `.data`) for an input of no rows, as an empty text where
    ///   the tokenizer adds no special tokens.
    public func accepted(_ input: Input) throws -> Encoded {
        let encoded = try encode(input)
        guard length(encoded) > 0 else { throw ModelError.noTokens(input: input.parts.joined(separator: " | ")) }
        return encoded
    }

    /// Packs inputs one after the other.
    public func batch(_ prepared: [Prepared]) throws -> Batch { try batch(prepared, reserving: prepared.count) }

    /// Prepares inputs on all threads.
    public func prepare(_ encoded: [Encoded]) throws -> [Prepared] {
        try concurrentMap(encoded.count) { try prepare(encoded[$0], nil) }
    }

    /// Prepares and packs inputs.
    public func callAsFunction(_ inputs: [Input]) throws -> Batch {
        try batch(prepare(inputs.map(accepted)), reserving: inputs.count)
    }
}

extension Tokenizer where Prepared == Encoded {
    public func prepare(_ encoded: Encoded, _ variation: Variation?) throws -> Prepared { encoded }
}

/// What a model sees of an input, in a form for people.
public struct Preview: Sendable {
    /// The tokens, with spaces between them; nil where there are none to read.
    public let text: String?
    /// The image as it is cut, resized and varied; nil where there is none.
    public let image: PixelImage?

    public init(text: String? = nil, image: PixelImage? = nil) {
        self.text = text
        self.image = image
    }
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

    /// - Precondition: no sequence is empty: ``Tokenizer/accepted(_:)`` refuses such an input.
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
    /// Whether the caller chose the greatest length.
    private let isLengthChosen: Bool

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
        isLengthChosen = maxLength != nil
        self.maxLength = maxLength ?? min(positions, words.modelMaxLength ?? .max)
    }

    /// - Throws: `ModelError` for an input that is no text, that has no tokens (a template without special tokens adds none to an empty text),
    ///   or when the greatest length leaves no room for the special tokens.
    public func encode(_ input: Input) throws -> Encoding {
        let encoding: Encoding
        switch input {
        case .text(let text): encoding = words.encode(text, pair: nil, maxLength: maxLength)
        case .textPair(let first, let second):
            guard takesPairs else {
                throw ModelError.wrongInput(expected: "single texts: it tells no second text from a first", found: "a pair of texts")
            }
            encoding = words.encode(first, pair: second, maxLength: maxLength)
        case .image(let source): throw ModelError.wrongInput(expected: "text", found: "the image \(source.name)")
        }
        guard !encoding.ids.isEmpty else { throw ModelError.noTokens(input: input.parts.joined(separator: " | ")) }
        guard encoding.ids.count <= maxLength else { throw ModelError.specialTokens(count: encoding.ids.count, allowed: maxLength) }
        return encoding
    }

    public static var inputKind: InputKind { .text }
    public func length(_ encoded: Encoding) -> Int { encoded.ids.count }
    public func droppedTokens(_ encoded: Encoding) -> Int { encoded.droppedTokens }
    public func remarks(_ encoded: Encoding) -> InputRemarks {
        var count = 0
        var unknown = 0
        for id in encoded.ids where !words.isTemplateToken(id) {
            count += 1
            if id == words.unknownID { unknown += 1 }
        }
        return count == 0 ? .empty : unknown * 2 >= count ? .unknown : []
    }
    public func preview(_ prepared: Encoding) -> Preview {
        Preview(text: prepared.ids.map { words.token($0) ?? "?" }.joined(separator: " "))
    }
    public func batch(_ prepared: [Encoding], reserving count: Int) -> TokenBatch { TokenBatch(prepared) }

    /// As sentence-transformers counts: the tokens of the prompt alone, special ones too, but for one at the end.
    public func promptLength(_ prompt: String) throws -> Int {
        let ids = try encode(.text(prompt)).ids
        let special = [words.classID, words.separatorID, words.unknownID, words.paddingID, words.maskID]
        return ids.last.map(special.contains) == true ? ids.count - 1 : ids.count
    }

    public func fingerprint(_ encoded: Encoding, into hasher: inout DigestHasher) {
        encoded.ids.withUnsafeBytes { hasher.update($0) }
        encoded.typeIDs.withUnsafeBytes { hasher.update($0) }
        hasher.update(text: ";")
    }

    /// The greatest length, if the caller chose one: what the model was trained with is what it is asked with, here and upstream.
    public func companionFiles(_ assets: Assets) throws -> [(name: String, bytes: [UInt8])] {
        guard isLengthChosen else { return [] }
        let name = "tokenizer_config.json"
        var settings = assets.contains(name) ? try assets.json(name).object ?? [:] : [:]
        settings["model_max_length"] = .integer(maxLength)
        return [(name, JSON.object(settings).serialized(pretty: true))]
    }
}
