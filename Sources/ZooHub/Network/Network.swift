import ModelZoo
import Synchronization
import ZooTensor

/// The network, as far as it may be used. It opens nothing before something is asked for.
public final class Network: Sendable {
    private let environment: [String: String]
    /// Whether nothing may be asked for.
    let isOffline: Bool
    private let transport: Mutex<(any Transport)?>
    private let patience: Patience

    /// The variables of the environment that are looked at.
    public static let variables =
        ProxySettings.variables + [
            "SSL_CERT_FILE", "HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HOME", "ZOO_TOKEN_FILE", "ZOO_RETRIES",
        ]

    /// - Parameters:
    ///   - environment: at least what it has of ``variables``.
    ///   - isOffline: refuses everything.
    public convenience init(_ environment: [String: String], isOffline: Bool) {
        var patience = Patience()
        if let text = environment["ZOO_RETRIES"], let count = Int(text), (0...100).contains(count) { patience.attempts = 1 + count }
        self.init(environment, isOffline: isOffline, patience: patience)
    }

    /// - Parameters:
    ///   - patience: when to give up; tests have none.
    ///   - transport: what sends the requests; nil for HTTP.
    package init(_ environment: [String: String], isOffline: Bool, patience: Patience, transport: (any Transport)? = nil) {
        self.environment = environment
        self.isOffline = isOffline
        self.patience = patience
        self.transport = Mutex(transport)
    }

    /// The hub's address, and what sends requests to it: with the user's token, which no other server gets to see.
    func hub() throws -> (endpoint: WebAddress, requester: Requester) {
        let text = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? HubClient.standardEndpoint
        guard let endpoint = WebAddress(text), endpoint.query == nil else {
            throw SourceError.address(text: text, reason: "HF_ENDPOINT: expected an address as \(HubClient.standardEndpoint)")
        }
        // What the hub tells is not signed, and the token is a secret: neither goes where anybody can listen.
        guard endpoint.origin.isPrivate else { throw SourceError.insecure(address: "\(endpoint)") }
        let token = try HubToken.find(environment)
        let credentials = token.map { Credentials(origin: endpoint.origin, value: "Bearer \($0)") }
        return (endpoint, try requester(for: "\(endpoint)", credentials: credentials))
    }

    /// Sends requests.
    ///
    /// - Parameters:
    ///   - what: what errors say needs the network.
    ///   - credentials: a secret for one origin.
    /// - Throws: `SourceError.offline`.
    func requester(for what: String, credentials: Credentials? = nil) throws -> Requester {
        guard !isOffline else { throw SourceError.offline(what: what) }
        let transport = try transport.withLock { transport in
            if let transport { return transport }
            #if ZOO_WITHOUT_NETWORK
                throw SourceError.offline(what: what)
            #else
                let made = try HTTPTransport(environment, silence: patience.silence)
                transport = made
                return made
            #endif
        }
        return Requester(transport: transport, patience: patience, credentials: credentials)
    }
}
