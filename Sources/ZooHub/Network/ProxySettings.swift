import ZooTensor

/// Which proxy the environment names for a host: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case.
struct ProxySettings: Sendable {
    /// A proxy that is spoken to with HTTP or SOCKS 5.
    struct Proxy: Sendable, Hashable {
        /// Who one is to the proxy.
        struct Credentials: Sendable, Hashable {
            let user: String
            let password: String
        }

        let host: String
        let port: Int
        var isSOCKS = false
        var credentials: Credentials?
    }

    private let secure: Proxy?
    private let plain: Proxy?
    private let exceptions: [String]

    /// The names of the variables.
    static let variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap { [$0, $0.lowercased()] }

    /// - Throws: `SourceError.address` for a proxy that cannot be used.
    init(_ environment: [String: String]) throws(SourceError) {
        func value(_ name: String) -> String? {
            [environment[name.lowercased()], environment[name]].compactMap { $0 }.first { !$0.isEmpty }
        }
        let (forSecure, forPlain) = (try value("HTTPS_PROXY").map(Self.proxy), try value("HTTP_PROXY").map(Self.proxy))
        // Looked at only where it counts: many set one that only other programs can use.
        let all = forSecure == nil || forPlain == nil ? try value("ALL_PROXY").map(Self.proxy) : nil
        secure = forSecure ?? all
        plain = forPlain ?? all
        exceptions = (value("NO_PROXY") ?? "").lowercased().split { $0 == "," || $0 == " " }.map(String.init)
    }

    private static func proxy(_ text: String) throws(SourceError) -> Proxy {
        var rest = Substring(text)
        var scheme = "http"
        if let mark = text.firstRange(of: "://") {
            scheme = text[..<mark.lowerBound].lowercased()
            rest = text[mark.upperBound...]
        }
        // What stands before the last @ is a secret, and is never told.
        var secret: Substring?
        if let at = rest.lastIndex(of: "@") {
            secret = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        let isSOCKS = ["socks5", "socks5h", "socks"].contains(scheme)
        guard scheme == "http" || isSOCKS, let address = WebAddress("http://" + rest) else {
            throw .address(text: "\(scheme)://\(rest)", reason: "expected a proxy as http://host:port or socks5://host:port")
        }
        guard let secret else { return Proxy(host: address.origin.host, port: address.origin.port, isSOCKS: isSOCKS) }
        let parts = secret.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { Self.unescaped($0) }
        guard !isSOCKS, let user = parts[0], let password = parts.count == 2 ? parts[1] : "" else {
            throw .address(text: "\(scheme)://…@\(rest)", reason: "expected a proxy as http://user:password@host:port")
        }
        return Proxy(
            host: address.origin.host, port: address.origin.port, credentials: Proxy.Credentials(user: user, password: password))
    }

    /// Without percent codes; nil where they are broken.
    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The proxy for an origin; nil where the environment names none or makes an exception.
    func proxy(for origin: WebAddress.Origin) -> Proxy? {
        for exception in exceptions {
            if exception == "*" { return nil }
            let parts = exception.split(separator: ":")
            if parts.count == 2, let port = Int(parts[1]), port != origin.port { continue }
            let name = parts.count == 2 ? String(parts[0]) : exception
            let suffix = name.hasPrefix(".") ? name : "." + name
            if origin.host == name || origin.host.hasSuffix(suffix) { return nil }
        }
        return origin.isSecure ? secure : plain
    }
}
