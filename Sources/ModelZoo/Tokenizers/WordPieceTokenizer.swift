/// The tokenizer of BERT: normalises a text, splits it into words and each word into the longest tokens of a vocabulary.
///
/// The ids equal those of `BertTokenizerFast` (`transformers`) for every text. Linear in the length of the text.
public struct WordPieceTokenizer: Sendable {
    let splitter: WordSplitter
    let normalizer: BertNormalizer
    /// Added tokens sought in the raw text.
    let rawTokens: AddedTokenMatcher
    /// Added tokens sought in the normalised text.
    let normalizedTokens: AddedTokenMatcher
    /// Added tokens with ids above those of the vocabulary, in rising order of ids.
    let extraTokens: [String]
    let template: SequenceTemplate

    /// The id of the token that stands for an unknown word.
    public let unknownID: Int32
    /// The id of the token that starts every input.
    public let classID: Int32
    /// The id of the token that ends every text.
    public let separatorID: Int32
    /// The id of the token that fills up batches, nil if the vocabulary has none.
    public let paddingID: Int32?
    /// The id of the token that hides a word, nil if the vocabulary has none.
    public let maskID: Int32?
    /// The largest number of tokens of an input that the files name.
    public let modelMaxLength: Int?
    /// Whether inputs that are too long are cut at their start.
    public let truncatesLeft: Bool

    /// A tokenizer with the vocabulary of a `vocab.txt`.
    ///
    /// As in the reference each line is a token, without white space at its end; its number, from 0, is the id; of equal lines the last
    /// counts. Other than there a byte order mark at the start is left out, and the unknown, class and separator token must be in the
    /// vocabulary.
    ///
    /// - Parameters:
    ///   - bytes: the contents of the file.
    ///   - file: the name of the file for messages.
    ///   - options: the settings, as of `tokenizer_config.json`.
    public init(vocabulary bytes: [UInt8], file: String, options: WordPieceOptions = WordPieceOptions()) throws(TokenizerError) {
        let vocabulary = WordPieceVocabulary(bytes: bytes, tokens: try Self.lines(bytes, file), ids: [], prefix: Array("##".utf8))
        try self.init(vocabulary, Parts(options: options), options, file)
    }

    /// What differs between the two kinds of files.
    struct Parts {
        var normalizer: BertNormalizer
        var maximumWordLength = 100
        /// Whether the special tokens that the options name are sought in texts, beside the added tokens.
        var seeksNamedTokens = true
        /// Nil for the template of BERT.
        var template: SequenceTemplate?

        init(options: WordPieceOptions) {
            normalizer = BertNormalizer(
                cleansText: true, separatesChinese: options.separatesChinese,
                stripsAccents: options.stripsAccents ?? options.lowercases, lowercases: options.lowercases || options.lowercasesFirst)
        }
    }

    init(_ vocabulary: WordPieceVocabulary, _ parts: Parts, _ options: WordPieceOptions, _ file: String) throws(TokenizerError) {
        guard vocabulary.count > 0 else { throw .empty(file: file) }
        guard let unknownID = vocabulary.id(of: options.unknownToken) else {
            throw .missingToken(file: file, role: "unknown token", token: options.unknownToken)
        }
        normalizer = parts.normalizer
        splitter = WordSplitter(vocabulary: vocabulary, unknownID: unknownID, maximumWordLength: parts.maximumWordLength)

        var added = AddedTokenList(vocabulary: vocabulary)
        for token in options.addedTokens {
            let id = try added.add(token, file)
            if let expected = options.expectedIDs[token.content], expected != id {
                throw .wrongID(file: file, token: token.content, expected: Int(id), found: expected)
            }
        }
        let names = [options.unknownToken, options.separatorToken, options.paddingToken, options.classToken, options.maskToken]
        for name in names where parts.seeksNamedTokens {
            if let id = added.id(of: name), !added.contains(id) { try added.add(AddedToken(name, isSpecial: true), file) }
        }
        (rawTokens, normalizedTokens) = try added.matchers(normalizer, file)
        extraTokens = added.extra

        self.unknownID = unknownID
        guard let classID = added.id(of: options.classToken) else {
            throw .missingToken(file: file, role: "class token", token: options.classToken)
        }
        guard let separatorID = added.id(of: options.separatorToken) else {
            throw .missingToken(file: file, role: "separator token", token: options.separatorToken)
        }
        self.classID = classID
        self.separatorID = separatorID
        paddingID = added.id(of: options.paddingToken)
        maskID = added.id(of: options.maskToken)
        modelMaxLength = options.modelMaxLength
        truncatesLeft = options.truncatesLeft ?? false
        let template = parts.template ?? SequenceTemplate(classID: classID, separatorID: separatorID)
        self.template = options.tellsTypes ? template : template.withoutTypes
    }

    /// One more than the highest id.
    ///
    /// Empty tokens at the end, as of blank lines in a `vocab.txt`, are never found and need no row.
    public var vocabularySize: Int {
        extraTokens.isEmpty
            ? Int(splitter.vocabulary.highestFoundID) + 1 : Int(splitter.vocabulary.highestID) + 1 + extraTokens.count
    }

    /// The number of special tokens that surround a text or a pair of texts.
    public func specialTokenCount(isPair: Bool) -> Int { template.specialTokenCount(isPair: isPair) }

    /// One more than the highest type id of a text or of a pair of texts.
    public func typeCount(isPair: Bool) -> Int { template.typeCount(isPair: isPair) }

    /// Whether a token is one of those that stand around texts.
    func isTemplateToken(_ id: Int32) -> Bool { template.contains(id) }

    /// A text, or a pair of texts, as token ids with special tokens.
    ///
    /// A special token in the text, as `[SEP]`, is recognised. An empty `pair` is a second text without tokens. What exceeds `maxLength`
    /// is cut off at the end, or at the start (``truncatesLeft``): of a pair the longer text first, then both to half (`longest_first` in the
    /// reference).
    ///
    /// - Parameter maxLength: the largest number of ids, special tokens included. Below the number of special tokens these alone remain.
    public func encode(_ text: String, pair: String? = nil, maxLength: Int) -> Encoding {
        template.encoding(tokenIDs(text), pair.map(tokenIDs), maxLength: maxLength, isCutLeft: truncatesLeft)
    }

    /// The token ids of a text, without special tokens around it and not cut.
    public func tokenIDs(_ text: String) -> [Int32] {
        let bytes = Array(text.utf8)
        var ids: [Int32] = []
        ids.reserveCapacity(bytes.count / 4 + 2)
        var normalized: [UInt8] = []
        for part in rawTokens.parts(bytes, 0..<bytes.count) {
            if let id = part.id {
                ids.append(id)
                continue
            }
            normalized.removeAll(keepingCapacity: true)
            normalizer.normalize(bytes, part.range, into: &normalized)
            for part in normalizedTokens.parts(normalized, 0..<normalized.count) {
                if let id = part.id { ids.append(id) } else { splitter.appendTokens(normalized, part.range, to: &ids) }
            }
        }
        return ids
    }

    /// The id of a token, nil if there is no such token.
    public func id(of token: String) -> Int32? {
        if let id = splitter.vocabulary.id(of: token) { return id }
        guard let index = extraTokens.firstIndex(where: { $0.utf8.elementsEqual(token.utf8) }) else { return nil }
        return splitter.vocabulary.highestID + 1 + Int32(truncatingIfNeeded: index)
    }

    /// The token with an id, nil if there is none.
    public func token(_ id: Int32) -> String? {
        let index = Int(id) - Int(splitter.vocabulary.highestID) - 1
        return extraTokens.indices.contains(index) ? extraTokens[index] : splitter.vocabulary.token(id)
    }

    /// The token of each id, nil for an id without token.
    public func tokens(_ ids: [Int32]) -> [String?] { ids.map(token) }

    /// Where the tokens of a `vocab.txt` are.
    private static func lines(_ bytes: [UInt8], _ file: String) throws(TokenizerError) -> [(start: UInt32, end: UInt32)] {
        guard UInt32(exactly: bytes.count) != nil else { throw .tooManyTokens(file: file, limit: WordPieceVocabulary.limit) }
        if let place = UTF8Scalars.firstInvalid(bytes) {
            throw .notUTF8(file: file, line: 1 + bytes[..<place].count { $0 == 0x0A })
        }
        var tokens: [(start: UInt32, end: UInt32)] = []
        tokens.reserveCapacity(bytes.count / 7)
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            var newline = start
            while newline < bytes.count && bytes[newline] != 0x0A { newline += 1 }
            var end = newline
            while end > start {
                if bytes[end - 1] < 0x80 {
                    guard bytes[end - 1] == 0x20 || 0x09...0x0D ~= bytes[end - 1] else { break }
                    end -= 1
                } else {
                    guard let (scalar, count) = UTF8Scalars.decode(bytes, before: end, start), isWhiteSpace(scalar) else { break }
                    end -= count
                }
            }
            guard tokens.count < WordPieceVocabulary.limit else { throw .tooManyTokens(file: file, limit: WordPieceVocabulary.limit) }
            tokens.append((UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: end)))
            start = newline + 1
        }
        func isEmpty(_ token: (start: UInt32, end: UInt32)) -> Bool { token.start == token.end }
        // Blank lines at the end are all one token to the reference, and the last counts.
        while tokens.count > 1, isEmpty(tokens[tokens.count - 1]), isEmpty(tokens[tokens.count - 2]) { tokens.removeLast() }
        return tokens
    }

    /// Whether a scalar that is not ASCII is white space. The table of ``ScalarClass`` is not worth building for this.
    private static func isWhiteSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
