public import ZooTensor

/// Errors of the Hugging Face hub, or of a server that speaks its protocol.
public enum HubError: ZooError, Equatable {
    /// No such repository or revision.
    case notFound(repository: String, revision: String?)
    /// The repository does not exist, is private, or asks for an agreement.
    case forbidden(repository: String, status: Int, hasToken: Bool)
    /// An answer that is not of the protocol.
    case answer(address: String, reason: String)
    /// A token file that cannot be used.
    case token(path: String, reason: String)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .notFound: "hub.not_found"
        case .forbidden: "hub.forbidden"
        case .answer: "hub.answer"
        case .token: "hub.token"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .notFound: .notFound
        case .forbidden: .refused
        case .answer: .network
        case .token: .usage
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .notFound(let repository, let revision):
            "the hub has no \(printable(repository))" + (revision.map { " at \(printable($0))" } ?? "")
        case .forbidden(let repository, let status, _):
            "the hub does not give \(printable(repository)) (\(status)): it does not exist, is private, or asks for an agreement"
        case .answer(_, let reason): "the answer is not the hub's: \(reason)"
        case .token(_, let reason): "the token cannot be used: \(reason)"
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .notFound, .forbidden: nil
        case .answer(let address, _): Place(file: address)
        case .token(let path, _): Place(file: path)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .notFound: nil
        case .forbidden(_, _, let hasToken):
            hasToken
                ? "agree on the model's page, with the account of your token"
                : "put a token of the hub into a file that ZOO_TOKEN_FILE names"
        case .answer: "does HF_ENDPOINT name a server that speaks the hub's protocol?"
        case .token: nil
        }
    }
}
