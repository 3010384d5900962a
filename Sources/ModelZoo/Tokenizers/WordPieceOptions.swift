public import ZooTensor

/// The settings of a BERT tokenizer, as `tokenizer_config.json` has them. What the file leaves out has the reference's default.
public struct WordPieceOptions: Sendable, Hashable {
    /// Lower-cases the text. Default true.
    public var lowercases = true
    /// Removes accents; nil to do so when ``lowercases`` is set. Default nil.
    public var stripsAccents: Bool?
    /// Makes each ideograph a word of its own. Default true.
    public var separatesChinese = true
    /// Stands for a word that no tokens make up. Default `[UNK]`.
    public var unknownToken = "[UNK]"
    /// Starts every input. Default `[CLS]`.
    public var classToken = "[CLS]"
    /// Ends every text. Default `[SEP]`.
    public var separatorToken = "[SEP]"
    /// Fills up batches. Default `[PAD]`.
    public var paddingToken = "[PAD]"
    /// Hides a word. Default `[MASK]`.
    public var maskToken = "[MASK]"
    /// The largest number of tokens of an input, nil if the file names none.
    public var modelMaxLength: Int?
    /// Cuts inputs that are too long at their start; nil if the file names no side. Default: at their end.
    public var truncatesLeft: Bool?
    /// Tells the second text of a pair from the first by its type; else all tokens are of type 0. Default true.
    public var tellsTypes = true
    /// Takes the flags of the normaliser, and where there are some the special tokens, from a `tokenizer.json` as they are: the class of the
    /// tokenizer is no particular one. Default false: these settings count.
    public var followsTokenizerJSON = false
    /// Lower-cases the text before all else, as sentence-transformers' `do_lower_case` asks. Default false.
    public var lowercasesFirst = false
    /// Further tokens that are found in the raw text. The five above need not be listed.
    public var addedTokens: [AddedToken] = []
    /// The ids that a file gives to added tokens, which must be those that they get.
    var expectedIDs: [String: Int] = [:]
    /// The special tokens that the files name, in their order.
    private(set) var named: [String] = []
    /// Whether the tokens of files that older versions wrote count: a list of all added tokens is missing.
    private var takesOldFiles = true

    private static let keys: [(key: String, path: any WritableKeyPath<WordPieceOptions, String> & Sendable)] = [
        ("unk_token", \.unknownToken), ("cls_token", \.classToken), ("sep_token", \.separatorToken), ("pad_token", \.paddingToken),
        ("mask_token", \.maskToken),
    ]

    /// The classes of tokenizers that these settings describe fully.
    static let classes = [
        "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast", "ElectraTokenizer", "ElectraTokenizerFast",
        "MobileBertTokenizer", "MobileBertTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend",
    ]
    /// Those of them that stand for whatever `tokenizer.json` holds.
    private static let generalClasses = ["PreTrainedTokenizerFast", "TokenizersBackend"]

    /// The reference's defaults.
    public init() {}

    /// The settings in a parsed `tokenizer_config.json`.
    ///
    /// `never_split` and `do_basic_tokenize` have no effect, as in the reference.
    ///
    /// - Parameter file: the name of the file for messages.
    /// - Throws: an error when a setting has the wrong type or the tokenizer is of another class.
    public init(tokenizerConfig json: JSON, file: String) throws(TokenizerError) {
        let reader = TokenizerJSONReader(file: file)
        let object = try reader.object(json, "")
        func value(_ key: String) -> JSON? {
            if let value = object[key], value != .null { value } else { nil }
        }
        if let name = value("tokenizer_class") { try setClass(try reader.string(name, "tokenizer_class"), file) }
        if let flag = value("do_lower_case") { lowercases = try reader.bool(flag, "do_lower_case") }
        if let flag = value("strip_accents") { stripsAccents = try reader.bool(flag, "strip_accents") }
        if let flag = value("tokenize_chinese_chars") { separatesChinese = try reader.bool(flag, "tokenize_chinese_chars") }
        // The older name counts where the newer one is not there.
        let lengthKey = object["model_max_length"] == nil ? "max_len" : "model_max_length"
        if let length = value(lengthKey) {
            guard length.number != nil else {
                throw .wrongType(file: file, entry: lengthKey, expected: "a number", found: reader.kind(length))
            }
            // The reference writes 10^30 for no limit.
            if let length = length.integer, length < 1 << 31 {
                guard length > 0 else {
                    throw .outOfRange(file: file, entry: lengthKey, value: "\(length)", allowed: "1 and more")
                }
                modelMaxLength = length
            }
        }
        if let side = value("truncation_side") {
            let name = try reader.string(side, "truncation_side")
            guard ["left", "right"].contains(name) else {
                throw .unsupported(file: file, entry: "truncation_side", found: name, supported: ["left", "right"])
            }
            truncatesLeft = name == "left"
        }
        if let names = value("model_input_names") {
            tellsTypes = try reader.array(names, "model_input_names").contains(.string("token_type_ids"))
        }
        if value("split_special_tokens") == .bool(true) {
            throw .unsupported(file: file, entry: "split_special_tokens", found: "true", supported: ["false"])
        }
        try readNames(object, reader)
        takesOldFiles = object["added_tokens_decoder"] == nil
        if let decoder = value("added_tokens_decoder") {
            let members = try reader.object(decoder, "added_tokens_decoder").pairs
            var tokens: [(id: Int, token: AddedToken)] = []
            for (key, member) in members {
                guard let id = Int(key), id >= 0 else {
                    throw .wrongType(file: file, entry: "added_tokens_decoder", expected: "ids as keys", found: "\"\(printable(key))\"")
                }
                tokens.append((id, try reader.addedToken(member, "added_tokens_decoder.\(id)", isSpecial: false)))
            }
            // Those of this list come before the names above, which may be the same tokens with other flags.
            addedTokens = tokens.sorted { $0.id < $1.id }.map(\.token) + addedTokens
        }
        try readFurther(object, reader)
    }

    /// Takes the class of the tokenizer, as `tokenizer_config.json` or else `config.json` names it.
    ///
    /// - Throws: `TokenizerError.unsupported` for one that does other things than these settings describe.
    mutating func setClass(_ name: String, _ file: String) throws(TokenizerError) {
        guard Self.classes.contains(name) else {
            throw .unsupported(file: file, entry: "tokenizer_class", found: name, supported: Self.classes)
        }
        followsTokenizerJSON = Self.generalClasses.contains(name)
    }

    /// Takes the names in `special_tokens_map.json`, unless `tokenizer_config.json` lists all added tokens: then the reference does not read it.
    mutating func take(specialTokensMap json: JSON, file: String) throws(TokenizerError) {
        guard takesOldFiles else { return }
        let reader = TokenizerJSONReader(file: file)
        let object = try reader.object(json, "")
        try readNames(object, reader)
        try readFurther(object, reader)
    }

    /// Takes the tokens in `added_tokens.json`, unless `tokenizer_config.json` lists all added tokens: then the reference does not read it.
    mutating func take(addedTokens json: JSON, file: String) throws(TokenizerError) {
        guard takesOldFiles else { return }
        let reader = TokenizerJSONReader(file: file)
        var tokens: [(id: Int32, content: String)] = []
        for (content, id) in try reader.object(json, "").pairs { tokens.append((try reader.id(id, content), content)) }
        tokens.sort { $0.id < $1.id }
        let special = Set(named + addedTokens.filter(\.isSpecial).map(\.content))
        for (id, content) in tokens { expectedIDs[content] = Int(id) }
        // They come before those that the settings name, which may be the same tokens with flags.
        addedTokens = tokens.map { AddedToken($0.content, isSpecial: special.contains($0.content)) } + addedTokens
    }

    private mutating func readNames(_ object: JSONObject, _ reader: TokenizerJSONReader) throws(TokenizerError) {
        for (key, path) in Self.keys {
            guard let name = object[key], name != .null else { continue }
            if name.object == nil {
                self[keyPath: path] = try reader.string(name, key)
            } else {
                let token = try reader.addedToken(name, key, isSpecial: true)
                self[keyPath: path] = token.content
                addedTokens.append(token)
            }
            named.append(self[keyPath: path])
        }
    }

    private mutating func readFurther(_ object: JSONObject, _ reader: TokenizerJSONReader) throws(TokenizerError) {
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard let list = object[key], list != .null, list.object == nil else { continue }
            for (index, item) in try reader.array(list, key).enumerated() {
                let entry = "\(key)[\(index)]"
                if item.object == nil {
                    addedTokens.append(AddedToken(try reader.string(item, entry), isSpecial: true))
                } else {
                    addedTokens.append(try reader.addedToken(item, entry, isSpecial: true))
                }
            }
        }
    }
}
