import AsyncHTTPClient
import ModelZoo
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import ZooTensor

/// Sends requests over HTTP/1.1 and TLS. Nothing is opened before the first request.
final class HTTPTransport: Transport {
    private let clients = Mutex<[ProxySettings.Proxy?: HTTPClient]>([:])
    private let proxies: ProxySettings
    private let certificates: String?
    private let silence: Duration

    /// - Parameters:
    ///   - environment: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` are looked at.
    ///   - silence: after which a connection counts as stalled.
    init(_ environment: [String: String], silence: Duration = .seconds(30)) throws {
        proxies = try ProxySettings(environment)
        certificates = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        self.silence = silence
        if let certificates, fileKind(certificates) == nil { throw FileError.notFound(path: certificates) }
    }

    /// The client for an origin; there is one for each proxy.
    private func client(for origin: WebAddress.Origin) -> HTTPClient {
        let proxy = proxies.proxy(for: origin)
        return clients.withLock { clients in
            if let client = clients[proxy] { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration(proxy))
            clients[proxy] = client
            return client
        }
    }

    private func configuration(_ proxy: ProxySettings.Proxy?) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(15), read: .nanoseconds(silence.nanoseconds))
        configuration.connectionPool.retryConnectionEstablishment = false
        if let certificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificates)
            configuration.tlsConfiguration = tls
        }
        if let proxy, proxy.isSOCKS {
            configuration.proxy = .socksServer(host: proxy.host, port: proxy.port)
        } else if let proxy, let credentials = proxy.credentials {
            configuration.proxy = .server(
                host: proxy.host, port: proxy.port,
                authorization: .basic(username: credentials.user, password: credentials.password))
        } else if let proxy {
            configuration.proxy = .server(host: proxy.host, port: proxy.port)
        }
        return configuration
    }

    deinit {
        // The connections close in the background.
        for client in clients.withLock({ $0.values }) { client.shutdown { _ in } }
    }

    func send(
        _ request: WebRequest, head: @Sendable (WebHead) throws -> Bool, piece: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let place = "\(request.address)"
        var message = HTTPClientRequest(url: request.address.text)
        message.headers.add(name: "User-Agent", value: "zoo/\(CoreVersion.current)")
        message.headers.add(name: "Accept-Encoding", value: "identity")
        if let range = request.range {
            message.headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound)")
            if let tag = request.validator { message.headers.add(name: "If-Range", value: tag) }
        }
        if let credentials = request.credentials { message.headers.add(name: "Authorization", value: credentials) }
        let response: HTTPClientResponse
        do {
            response = try await client(for: request.address.origin).execute(message, deadline: .distantFuture)
        } catch {
            throw self.error(error, place, hasBegun: false)
        }
        let fields = response.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        let answer = Result { try head(WebHead(status: Int(response.status.code), fields: fields)) }
        let isWanted = if case .success(true) = answer { true } else { false }
        var iterator = response.body.makeAsyncIterator()
        var left = Self.mostUnwanted
        let deadline = ContinuousClock.now + Self.longestUnwanted
        while isWanted || left > 0 && ContinuousClock.now < deadline {
            let next: ByteBuffer?
            do {
                next = try await iterator.next()
            } catch {
                guard isWanted else { break }
                throw self.error(error, place, hasBegun: true)
            }
            guard let buffer = next else { break }
            if isWanted {
                try buffer.withUnsafeReadableBytes { try piece($0) }
            } else {
                left -= buffer.readableBytes
            }
        }
        _ = try answer.get()
    }

    /// The most bytes of an unwanted answer that are read, so that its connection can be used again. Of a longer one the connection is closed.
    private static let mostUnwanted = 64 << 10
    /// How long is read for it.
    private static let longestUnwanted = Duration.seconds(2)

    private func error(_ error: any Error, _ place: String, hasBegun: Bool) -> any Error {
        if error is CancellationError { return error }
        switch error {
        case let error as HTTPClientError where error == .readTimeout:
            return NetworkError.stalled(address: place, seconds: max(1, Int(silence.components.seconds)))
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case NIOSSLError.handshakeFailed(.sslError(let reasons)) where reasons.contains(.eofDuringHandshake): fallthrough
        case NIOSSLError.uncleanShutdown:
            return NetworkError.interrupted(address: place, reason: printable("\(error)"))
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return NetworkError.certificate(address: place, reason: "\(error)")
        case let error as NIOConnectionError:
            let reasons = error.connectionErrors.map { "\($0.target): \($0.error)" }
            let names = [error.dnsAError, error.dnsAAAAError].compactMap { $0 }.map { "\($0)" }
            return NetworkError.unreachable(address: place, reason: (reasons.isEmpty ? names : reasons).joined(separator: ", "))
        case let error as HTTPClientError where !hasBegun && error != .remoteConnectionClosed:
            return NetworkError.unreachable(address: place, reason: error.shortDescription)
        default: return NetworkError.interrupted(address: place, reason: printable("\(error)"))
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
