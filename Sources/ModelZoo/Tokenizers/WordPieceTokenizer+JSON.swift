public import ZooTensor

extension WordPieceTokenizer {
    /// A tokenizer from a parsed `tokenizer.json`.
    ///
    /// Built in are the parts that BERT uses: the normaliser `BertNormalizer`, the pre-tokenizer `BertPreTokenizer`, the model `WordPiece`
    /// and the post-processors `TemplateProcessing` and `BertProcessing`. `truncation`, `padding` and `decoder` have no effect on
    /// ``encode(_:pair:maxLength:)`` and are not read.
    ///
    /// - Parameters:
    ///   - json: the contents of the file.
    ///   - file: the name of the file for messages.
    ///   - options: the settings of a `tokenizer_config.json` beside it. Where they are given they count instead of the flags of the
    ///     normaliser, and the special tokens they name are found in texts too, as in `BertTokenizerFast`; parts that are null are that
    ///     class's own. Those that follow this file (``WordPieceOptions/followsTokenizerJSON``) leave its normaliser as it is.
    /// - Throws: `TokenizerError.unsupported` for any other part, with what is supported.
    public init(tokenizerJSON json: JSON, file: String, options: WordPieceOptions? = nil) throws(TokenizerError) {
        let reader = TokenizerJSONReader(file: file)
        let object = try reader.object(json, "")

        // Kinds first: a file for another tokenizer is refused for that, not for what it lacks.
        let followsFile = options?.followsTokenizerJSON ?? true
        func isNull(_ key: String) -> Bool { options != nil && (object[key] ?? .null) == .null }
        if !isNull("normalizer") { _ = try reader.type(object["normalizer"], "normalizer", ["BertNormalizer"]) }
        _ = try reader.type(object["pre_tokenizer"], "pre_tokenizer", ["BertPreTokenizer"])
        // BERT's own class puts its special tokens around texts whatever the file says; for others nothing would.
        let hasProcessor = followsFile || !isNull("post_processor")
        let processor =
            hasProcessor ? try reader.type(object["post_processor"], "post_processor", ["TemplateProcessing", "BertProcessing"]) : nil
        let model = try reader.object(object["model"], "model")
        // Old files name no type.
        if model["type"] != nil || model["continuing_subword_prefix"] == nil {
            _ = try reader.type(object["model"], "model", ["WordPiece"])
        }

        var settings = options ?? WordPieceOptions()
        if let name = model["unk_token"] { settings.unknownToken = try reader.string(name, "model.unk_token") }
        var prefix = "##"
        if let text = model["continuing_subword_prefix"] { prefix = try reader.string(text, "model.continuing_subword_prefix") }
        var parts = Parts(options: settings)
        if followsFile {
            parts.normalizer =
                isNull("normalizer")
                ? BertNormalizer(cleansText: false, separatesChinese: false, stripsAccents: false, lowercases: settings.lowercasesFirst)
                : try Self.normalizer(object["normalizer"], lowercases: settings.lowercasesFirst, reader)
            parts.seeksNamedTokens = false
        }
        if settings.truncatesLeft == nil, let truncation = object["truncation"]?.object {
            settings.truncatesLeft = truncation["direction"] == .string("Left")
        }
        if let length = model["max_input_chars_per_word"] {
            let entry = "model.max_input_chars_per_word"
            let value = try reader.integer(length, entry)
            guard 0...Self.longestWord ~= value else {
                throw .outOfRange(file: file, entry: entry, value: "\(value)", allowed: "0 to \(Self.longestWord)")
            }
            parts.maximumWordLength = value
        }
        let vocabulary = try Self.vocabulary(try reader.object(model["vocab"], "model.vocab"), prefix, reader)

        let template: SequenceTemplate? =
            if let processor { try Self.template(object["post_processor"], processor, reader) } else { nil }
        parts.template = template
        var added = AddedTokenList(vocabulary: vocabulary)
        if let list = object["added_tokens"], list != .null {
            var tokens: [AddedToken] = []
            for (index, item) in try reader.array(list, "added_tokens").enumerated() {
                let entry = "added_tokens[\(index)]"
                let token = try reader.addedToken(item, entry, isSpecial: false)
                let found = try reader.id(item["id"], "\(entry).id")
                let expected = try added.add(token, file)
                guard found == expected else {
                    throw .wrongID(file: file, token: token.content, expected: Int(expected), found: Int(found))
                }
                tokens.append(token)
            }
            settings.addedTokens = tokens + settings.addedTokens
        }
        // Those that the settings name are found in texts too, if they are tokens at all.
        for name in followsFile ? settings.named : []
        where added.id(of: name) != nil && !settings.addedTokens.contains(where: { $0.content == name }) {
            settings.addedTokens.append(AddedToken(name, isSpecial: true))
        }
        func token(_ id: Int32) -> String? { vocabulary.token(id) ?? added.extra.first { added.id(of: $0) == id } }
        for case .token(let id, _) in (template.map { $0.single + $0.pair } ?? []) where token(id) == nil {
            throw .outOfRange(file: file, entry: "post_processor", value: "\(id)", allowed: "the id of a token")
        }
        if followsFile, let names = template.flatMap(Self.specialIDs) {
            settings.classToken = token(names.classID) ?? settings.classToken
            settings.separatorToken = token(names.separatorID) ?? settings.separatorToken
        }
        try self.init(vocabulary, parts, settings, file)
    }

    /// The largest `max_input_chars_per_word`: the work for a word grows with its square at worst.
    private static let longestWord = 1000

    private static func normalizer(
        _ json: JSON?, lowercases isLowered: Bool, _ reader: TokenizerJSONReader
    ) throws(TokenizerError) -> BertNormalizer {
        let object = try reader.object(json, "normalizer")
        func flag(_ key: String) throws(TokenizerError) -> Bool? {
            guard let value = object[key], value != .null else { return nil }
            return try reader.bool(value, "normalizer.\(key)")
        }
        let lowercases = try flag("lowercase") ?? true
        return BertNormalizer(
            cleansText: try flag("clean_text") ?? true, separatesChinese: try flag("handle_chinese_chars") ?? true,
            stripsAccents: try flag("strip_accents") ?? lowercases, lowercases: lowercases || isLowered)
    }

    private static func vocabulary(
        _ object: JSONObject, _ prefix: String, _ reader: TokenizerJSONReader
    ) throws(TokenizerError) -> WordPieceVocabulary {
        guard object.count <= WordPieceVocabulary.limit else { throw .tooManyTokens(file: reader.file, limit: WordPieceVocabulary.limit) }
        var entries: [(id: Int32, token: String)] = []
        entries.reserveCapacity(object.count)
        for member in object.members {
            guard let value = member.value.integer, let id = Int32(exactly: value), id >= 0 else {
                throw .outOfRange(
                    file: reader.file, entry: "model.vocab", value: "the id of \"\(member.key)\"", allowed: "0 to \(Int32.max)")
            }
            entries.append((id, member.key))
        }
        entries.sort { $0.id < $1.id }
        var bytes: [UInt8] = []
        var tokens: [(start: UInt32, end: UInt32)] = []
        tokens.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            if index > 0 && entries[index - 1].id == entry.id {
                throw .duplicateID(file: reader.file, id: Int(entry.id), first: entries[index - 1].token, second: entry.token)
            }
            let start = bytes.count
            bytes.append(contentsOf: entry.token.utf8)
            guard let end = UInt32(exactly: bytes.count) else {
                throw .tooManyTokens(file: reader.file, limit: WordPieceVocabulary.limit)
            }
            tokens.append((UInt32(truncatingIfNeeded: start), end))
        }
        let isDense = entries.isEmpty || Int(entries[entries.count - 1].id) == entries.count - 1
        return WordPieceVocabulary(bytes: bytes, tokens: tokens, ids: isDense ? [] : entries.map(\.id), prefix: Array(prefix.utf8))
    }

    private static func template(_ json: JSON?, _ type: String, _ reader: TokenizerJSONReader) throws(TokenizerError) -> SequenceTemplate {
        let object = try reader.object(json, "post_processor")
        if type == "BertProcessing" {
            func id(_ key: String) throws(TokenizerError) -> Int32 {
                let pair = try reader.array(object[key], "post_processor.\(key)")
                return try reader.id(pair.count == 2 ? pair[1] : nil, "post_processor.\(key)[1]")
            }
            return SequenceTemplate(classID: try id("cls"), separatorID: try id("sep"))
        }
        let special = try reader.object(object["special_tokens"], "post_processor.special_tokens")
        func pieces(_ key: String) throws(TokenizerError) -> [SequenceTemplate.Piece] {
            var pieces: [SequenceTemplate.Piece] = []
            for (index, item) in try reader.array(object[key], "post_processor.\(key)").enumerated() {
                let entry = "post_processor.\(key)[\(index)]"
                if let sequence = item["Sequence"] {
                    let typeID = try reader.id(sequence["type_id"], "\(entry).Sequence.type_id")
                    switch try reader.string(sequence["id"], "\(entry).Sequence.id") {
                    case "A": pieces.append(.first(typeID: typeID))
                    case "B" where key == "pair": pieces.append(.second(typeID: typeID))
                    case let name:
                        throw .unsupported(file: reader.file, entry: entry, found: name, supported: key == "pair" ? ["A", "B"] : ["A"])
                    }
                } else {
                    let name = try reader.string(item["SpecialToken"]?["id"], "\(entry).SpecialToken.id")
                    let typeID = try reader.id(item["SpecialToken"]?["type_id"], "\(entry).SpecialToken.type_id")
                    let ids = "post_processor.special_tokens.\(name).ids"
                    for id in try reader.array(special[name]?["ids"], ids) {
                        pieces.append(.token(id: try reader.id(id, ids), typeID: typeID))
                    }
                }
                guard pieces.count <= longestTemplate else {
                    throw .outOfRange(file: reader.file, entry: entry, value: "more", allowed: "up to \(longestTemplate) tokens")
                }
            }
            return pieces
        }
        let template = SequenceTemplate(single: try pieces("single"), pair: try pieces("pair"))
        for (key, pieces) in [("single", template.single), ("pair", template.pair)] {
            let first = pieces.count { if case .first = $0 { true } else { false } }
            let second = pieces.count { if case .second = $0 { true } else { false } }
            guard first == 1, second == (key == "pair" ? 1 : 0) else {
                throw .outOfRange(
                    file: reader.file, entry: "post_processor.\(key)", value: "\(first) times A, \(second) times B",
                    allowed: "each text once")
            }
        }
        return template
    }

    /// The largest number of items in a template.
    private static let longestTemplate = 64

    /// The ids before and after the text in the template for one.
    private static func specialIDs(_ template: SequenceTemplate) -> (classID: Int32, separatorID: Int32)? {
        guard case .token(let classID, _) = template.single.first, case .token(let separatorID, _) = template.single.last else {
            return nil
        }
        return (classID, separatorID)
    }
}
