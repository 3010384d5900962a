import ModelZoo
import Synchronization
import ZooTensor

/// A secret for one origin, which no other ever sees.
struct Credentials: Sendable {
    let origin: WebAddress.Origin
    /// The value of `Authorization`.
    let value: String
}

/// Sends requests, follows redirections as far as that is safe, and tries again where that may help.
struct Requester: Sendable {
    let transport: any Transport
    var patience = Patience()
    var credentials: Credentials?

    private static let longestRedirection = 10

    /// A failure, and how long the server asks to wait.
    struct Failure: Error {
        let error: NetworkError
        var retryAfter: Duration?
    }

    /// Sends a request once. Redirections are followed, at most ten, never from https to http, never to anything else than the two; credentials
    /// go to their own origin only.
    ///
    /// - Parameters:
    ///   - head: told the beginning of a success and where it came from; false gives up the body.
    ///   - piece: the bytes in order.
    /// - Throws: ``Failure``, and what the closures throw.
    func once(
        _ request: WebRequest, head: @Sendable (WebHead, WebAddress) throws -> Bool,
        piece: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        var request = request
        for _ in 0...Self.longestRedirection {
            let address = request.address
            request.credentials = credentials.flatMap { $0.origin == address.origin ? $0.value : nil }
            let next = Mutex<WebAddress?>(nil)
            do {
                try await transport.send(request) { found in
                    switch found.status {
                    case 200, 206: return try head(found, address)
                    case 301, 302, 303, 307, 308:
                        let target = try Self.redirection(found, from: address)
                        next.withLock { $0 = target }
                        return false
                    case 401, 403: throw Failure(error: .forbidden(address: "\(address)", status: found.status))
                    default:
                        throw Failure(
                            error: .status(address: "\(address)", status: found.status),
                            retryAfter: found["retry-after"].flatMap(Int.init).map { .seconds(max(0, $0)) })
                    }
                } piece: {
                    try piece($0)
                }
            } catch let error as NetworkError {
                throw Failure(error: error)
            }
            guard let target = next.withLock({ $0 }) else { return }
            request = WebRequest(address: target, range: request.range, validator: request.validator)
        }
        throw Failure(
            error: .redirect(
                address: "\(request.address)", to: "another address", rule: "more than \(Self.longestRedirection) redirections"))
    }

    private static func redirection(_ head: WebHead, from address: WebAddress) throws -> WebAddress {
        guard let location = head["location"] else {
            throw Failure(error: .answer(address: "\(address)", what: "redirection", expected: "an address", found: "none"))
        }
        guard let target = address.resolving(location) else {
            throw Failure(error: .redirect(address: "\(address)", to: location, rule: "only https and http are"))
        }
        guard target.origin.isSecure || !address.origin.isSecure else {
            throw Failure(error: .redirect(address: "\(address)", to: "\(target)", rule: "https leads to https only"))
        }
        return target
    }

    /// Does something until it succeeds, fails for good, or has been tried often enough.
    func retrying<T>(_ body: () async throws -> T) async throws -> T {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let failure as Failure {
                guard failure.error.isTransient, attempt < patience.attempts else { throw failure.error }
                try await patience.sleep(patience.pause(after: attempt, asked: failure.retryAfter))
                attempt += 1
            }
        }
    }

    /// A small file; nil if there is none.
    ///
    /// - Returns: the bytes, the beginning of the answer, and where it came from.
    /// - Throws: `NetworkError`, `TrustError.tooLarge` for more bytes than `limit`.
    func document(_ address: WebAddress, limit: Int) async throws -> (bytes: [UInt8], head: WebHead)? {
        do {
            return try await retrying {
                let state = Mutex<(bytes: [UInt8], head: WebHead?, rate: RateWatch)>(([], nil, RateWatch(patience, "\(address)")))
                try await once(WebRequest(address: address)) { head, _ in
                    guard head.status == 200 else {
                        throw Failure(error: .answer(address: "\(address)", what: "status", expected: "200", found: "\(head.status)"))
                    }
                    guard head.contentLength ?? 0 <= limit else { throw TrustError.tooLarge(file: "\(address)", limit: limit) }
                    state.withLock { state in
                        state.head = head
                        state.rate.begin()
                    }
                    return true
                } piece: { piece in
                    try state.withLock { state in
                        guard state.bytes.count + piece.count <= limit else { throw TrustError.tooLarge(file: "\(address)", limit: limit) }
                        state.bytes.append(contentsOf: piece)
                        // The end of a document is good however long it took.
                        if state.bytes.count != state.head?.contentLength { try state.rate.add(piece.count) }
                    }
                }
                let (bytes, head, _) = state.withLock { $0 }
                guard let head else {
                    throw Failure(error: .interrupted(address: "\(address)", reason: "the server closed the connection without an answer"))
                }
                if let expected = head.contentLength, expected != bytes.count {
                    throw Failure(error: .interrupted(address: "\(address)", reason: "expected \(expected) bytes, \(bytes.count) came"))
                }
                return (bytes, head)
            }
        } catch NetworkError.status(_, let status) where status == 404 || status == 410 {
            return nil
        }
    }
}
