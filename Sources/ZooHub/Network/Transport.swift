import ZooTensor

/// One request. Only GET is ever sent: nothing is changed on a server.
package struct WebRequest: Sendable {
    package let address: WebAddress
    /// The first and last byte that are asked for.
    package var range: ClosedRange<Int>?
    /// Sent as `Authorization`.
    var credentials: String?
    /// Sent as `If-Range`: the whole file comes if it is another one now.
    var validator: String?
}

/// The beginning of an answer.
package struct WebHead: Sendable {
    let status: Int
    /// Names in lower case.
    let fields: [(name: String, value: String)]

    package init(status: Int, fields: [(name: String, value: String)]) {
        self.status = status
        self.fields = fields
    }

    /// The value of a field; nil if it is missing or stands there several times with different values.
    subscript(_ name: String) -> String? {
        let values = Set(fields.filter { $0.name == name }.map(\.value))
        return values.count == 1 ? values.first : nil
    }

    /// The length of the body, if it is told.
    var contentLength: Int? { self["content-length"].flatMap(Int.init).flatMap { $0 >= 0 ? $0 : nil } }
    /// What tells this file from a later one at the same address, for `If-Range`: a strong entity tag, or else when it was changed last.
    var validator: String? { self["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 } ?? self["last-modified"] }

    /// The first and last byte and the whole length that `Content-Range` tells.
    var contentRange: (range: ClosedRange<Int>, total: Int?)? {
        guard let text = self["content-range"], text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts.first?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last else {
            return nil
        }
        return (first...last, parts[1] == "*" ? nil : Int(parts[1]))
    }
}

/// Sends requests. The one that is used knows HTTP; tests put their own between.
package protocol Transport: Sendable {
    /// Sends one request, follows no redirection, and hands over the answer piece by piece.
    ///
    /// - Parameters:
    ///   - head: told the beginning; false gives up the body.
    ///   - piece: the next bytes of the body, in order.
    /// - Throws: `NetworkError`, and what the closures throw.
    func send(
        _ request: WebRequest, head: @Sendable (WebHead) throws -> Bool, piece: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws
}

/// How patient transfers are.
package struct Patience: Sendable {
    /// How often a request is tried.
    package var attempts = 5
    /// The pause after the first attempt; each further one is twice as long, with a random part.
    package var firstPause = Duration.milliseconds(500)
    /// The longest pause, also where a server asks for a longer one.
    package var longestPause = Duration.seconds(60)
    /// After which silence a connection counts as stalled, and over which its rate is looked at.
    package var silence = Duration.seconds(30)
    /// A connection that gives less than this many bytes in ``silence`` counts as stalled too.
    package var leastBytes = 16 << 10
    /// Waits. Tests do not.
    package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init() {}

    /// The pause before another attempt.
    ///
    /// - Parameters:
    ///   - attempt: counts from 1.
    ///   - asked: what the server asked for with `Retry-After`.
    func pause(after attempt: Int, asked: Duration?) -> Duration {
        var pause = firstPause
        for _ in 1..<max(1, min(attempt, 20)) { pause = min(pause * 2, longestPause) }
        let jitter = Double.random(in: 0.5...1)
        return min(max(pause * jitter, asked ?? .zero), longestPause)
    }
}
