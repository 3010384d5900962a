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
    /// Further tokens that are found in the raw text. The five above need not be listed.
    public var addedTokens: [AddedToken] = []

    /// The classes of tokenizers that these settings describe fully.
    static let classes = [
        "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast", "ElectraTokenizer", "ElectraTokenizerFast",
        "MobileBertTokenizer", "MobileBertTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend",
    ]

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
        if let name = value("tokenizer_class") {
            let name = try reader.string(name, "tokenizer_class")
            guard Self.classes.contains(name) else {
                throw .unsupported(file: file, entry: "tokenizer_class", found: name, supported: Self.classes)
            }
        }
        if let flag = value("do_lower_case") { lowercases = try reader.bool(flag, "do_lower_case") }
        if let flag = value("strip_accents") { stripsAccents = try reader.bool(flag, "strip_accents") }
        if let flag = value("tokenize_chinese_chars") { separatesChinese = try reader.bool(flag, "tokenize_chinese_chars") }
        if let length = value("model_max_length") {
            guard length.number != nil else {
                throw .wrongType(file: file, entry: "model_max_length", expected: "a number", found: reader.kind(length))
            }
            // The reference writes 10^30 for no limit.
            if let length = length.integer, length < 1 << 31 {
                guard length > 0 else {
                    throw .outOfRange(file: file, entry: "model_max_length", value: "\(length)", allowed: "1 and more")
                }
                modelMaxLength = length
            }
        }
        let names: [(key: String, path: WritableKeyPath<Self, String>)] = [
            ("unk_token", \.unknownToken), ("cls_token", \.classToken), ("sep_token", \.separatorToken), ("pad_token", \.paddingToken),
            ("mask_token", \.maskToken),
        ]
        for (key, path) in names {
            guard let name = value(key) else { continue }
            if name.object == nil {
                self[keyPath: path] = try reader.string(name, key)
            } else {
                let token = try reader.addedToken(name, key, isSpecial: true)
                self[keyPath: path] = token.content
                addedTokens.append(token)
            }
        }
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
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard let list = value(key), list.object == nil else { continue }
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
