public import ZooTensor

/// Errors of transfers over the network. `address` is without queries, which may hold secrets.
public enum NetworkError: ZooError, Equatable {
    /// No connection: a name that is not known, a port where nobody listens, a proxy that is down.
    case unreachable(address: String, reason: String)
    /// The other side's certificate does not hold.
    case certificate(address: String, reason: String)
    /// The connection ended before the answer did.
    case interrupted(address: String, reason: String)
    /// Nothing came for too long.
    case stalled(address: String, seconds: Int)
    /// An answer that is no success.
    case status(address: String, status: Int)
    /// An answer to another question: another range, another length.
    case answer(address: String, what: String, expected: String, found: String)
    /// The file changed between two requests.
    case changed(address: String)
    /// A redirection that is not followed.
    case redirect(address: String, to: String, rule: String)
    /// A server asks for credentials, or refuses those that it got.
    case forbidden(address: String, status: Int)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .unreachable: "network.unreachable"
        case .certificate: "network.certificate"
        case .interrupted: "network.interrupted"
        case .stalled: "network.stalled"
        case .status: "network.status"
        case .answer: "network.answer"
        case .changed: "network.changed"
        case .redirect: "network.redirect"
        case .forbidden: "network.forbidden"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .status(_, let status) where status == 404 || status == 410: .notFound
        case .forbidden: .refused
        default: .network
        }
    }

    /// Whether the same request may succeed a moment later.
    var isTransient: Bool {
        switch self {
        case .interrupted, .stalled: true
        case .unreachable: true
        case .status(_, let status): status == 408 || status == 429 || status >= 500
        case .certificate, .answer, .changed, .redirect, .forbidden: false
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .unreachable(_, let reason): "the server cannot be reached: \(printable(reason))"
        case .certificate(_, let reason): "the server's certificate does not hold: \(printable(reason))"
        case .interrupted(_, let reason): "the connection ended too early: \(printable(reason))"
        case .stalled(_, let seconds): "nothing came for \(seconds) s"
        case .status(_, let status): "expected a file, the server answered \(status)"
        case .answer(_, let what, let expected, let found):
            "the server sent another \(what): expected \(printable(expected)), found \(printable(found))"
        case .changed: "the file changed on the server while it was fetched"
        case .redirect(_, let to, let rule): "the server redirects to \(printable(to)), which is not followed: \(rule)"
        case .forbidden(_, let status): "the server refuses the file (\(status))"
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .unreachable(let address, _), .certificate(let address, _), .interrupted(let address, _), .stalled(let address, _),
            .status(let address, _), .answer(let address, _, _, _), .changed(let address), .redirect(let address, _, _),
            .forbidden(let address, _):
            Place(file: address)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .unreachable:
            "is the network there, and does HTTPS_PROXY say the truth? without one, \"zoo import PATH\" takes what came another way"
        case .interrupted, .stalled, .changed: "try again: what has come is kept"
        case .forbidden: "for a model behind a form, agree on its page, and put your token into a file that ZOO_TOKEN_FILE names"
        case .certificate: "SSL_CERT_FILE names the certificates that are trusted"
        case .status, .answer, .redirect: nil
        }
    }
}
