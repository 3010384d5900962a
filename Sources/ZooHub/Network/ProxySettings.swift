import ZooTensor

/// Which proxy the environment names for a host: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case.
struct ProxySettings: Sendable {
    /// A proxy that is spoken to with HTTP.
    struct Proxy: Sendable, Hashable {
        let host: String
        let port: Int
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
        let all = try value("ALL_PROXY").map(Self.proxy)
        secure = try value("HTTPS_PROXY").map(Self.proxy) ?? all
        plain = try value("HTTP_PROXY").map(Self.proxy) ?? all
        exceptions = (value("NO_PROXY") ?? "").lowercased().split { $0 == "," || $0 == " " }.map(String.init)
    }

    private static func proxy(_ text: String) throws(SourceError) -> Proxy {
        let full = text.contains("://") ? text : "http://" + text
        guard let address = WebAddress(full), !address.origin.isSecure else {
            throw .address(text: text, reason: "expected a proxy as http://host:port")
        }
        return Proxy(host: address.origin.host, port: address.origin.port)
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
