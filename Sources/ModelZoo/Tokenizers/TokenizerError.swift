public import ZooTensor

/// Errors of building a tokenizer. Encoding a text never fails.
public enum TokenizerError: ZooError, Equatable {
    case empty(file: String)
    case notUTF8(file: String, line: Int)
    case tooManyTokens(file: String, limit: Int)
    /// A token that the tokenizer needs, named in `role`, is not in the vocabulary.
    case missingToken(file: String, role: String, token: String)
    case missingValue(file: String, entry: String, expected: String)
    case wrongType(file: String, entry: String, expected: String, found: String)
    case outOfRange(file: String, entry: String, value: String, allowed: String)
    /// A part of a kind that is not built in.
    case unsupported(file: String, entry: String, found: String, supported: [String])
    case duplicateID(file: String, id: Int, first: String, second: String)
    /// The file gives an added token another id than the vocabulary, or than the next free one.
    case wrongID(file: String, token: String, expected: Int, found: Int)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .empty: "tokenizer.empty"
        case .notUTF8: "tokenizer.not_utf8"
        case .tooManyTokens: "tokenizer.too_many_tokens"
        case .missingToken: "tokenizer.missing_token"
        case .missingValue: "tokenizer.missing_value"
        case .wrongType: "tokenizer.wrong_type"
        case .outOfRange: "tokenizer.out_of_range"
        case .unsupported: "tokenizer.unsupported"
        case .duplicateID: "tokenizer.duplicate_id"
        case .wrongID: "tokenizer.wrong_id"
        }
    }

    /// `incompatible` for a part that is not built in, else `format`.
    public var exitCode: ExitCode {
        switch self {
        case .unsupported: .incompatible
        default: .format
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .empty: "the vocabulary has no tokens"
        case .notUTF8: "the token is not valid UTF-8"
        case .tooManyTokens(_, let limit): "the vocabulary has more than \(limit) tokens"
        case .missingToken(_, let role, let token): "the vocabulary has no token \"\(printable(token))\", which is the \(role)"
        case .missingValue(_, _, let expected): "expected \(expected), found nothing"
        case .wrongType(_, _, let expected, let found): "expected \(expected), found \(found)"
        case .outOfRange(_, _, let value, let allowed): "the value is \(printable(value)), allowed is \(allowed)"
        case .unsupported(_, _, let found, let supported):
            "\"\(printable(found))\" is not supported; supported: \(supported.joined(separator: ", "))"
        case .duplicateID(_, let id, let first, let second):
            "the tokens \"\(printable(first))\" and \"\(printable(second))\" have the same id \(id)"
        case .wrongID(_, let token, let expected, let found):
            "the added token \"\(printable(token))\" has id \(found), expected \(expected)"
        }
    }

    /// The file, and the line or the entry.
    public var place: Place? {
        switch self {
        case .empty(let file), .tooManyTokens(let file, _), .missingToken(let file, _, _): Place(file: file)
        case .notUTF8(let file, let line): Place(file: file, line: line)
        case .missingValue(let file, let entry, _), .wrongType(let file, let entry, _, _), .outOfRange(let file, let entry, _, _),
            .unsupported(let file, let entry, _, _):
            Place(file: file, entry: entry)
        case .duplicateID(let file, _, _, _): Place(file: file, entry: "model.vocab")
        case .wrongID(let file, _, _, _): Place(file: file, entry: "added_tokens")
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .missingToken(_, let role, _):
            "if the vocabulary names its \(role) otherwise, say so in tokenizer_config.json"
        default: nil
        }
    }
}
