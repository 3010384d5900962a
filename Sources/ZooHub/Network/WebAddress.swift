import ZooTensor

/// An http or https address, taken apart (RFC 3986, without user names and fragments).
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    /// What two addresses must share for the same credentials to be sent to both (RFC 6454).
    package struct Origin: Sendable, Hashable {
        let isSecure: Bool
        let host: String
        let port: Int

        /// Whether nobody can listen or change anything on the way: over TLS, or on this machine.
        var isPrivate: Bool { isSecure || ["localhost", "127.0.0.1", "[::1]"].contains(host) }
    }

    /// The scheme, host and port.
    let origin: Origin
    /// The path with its leading slash.
    package let path: String
    /// What follows the question mark, without it.
    let query: String?

    /// Reads an absolute address; nil for other schemes, user names, and bytes that no address may hold.
    package init?(_ text: String) {
        let isSecure = text.lowercased().hasPrefix("https://")
        guard isSecure || text.lowercased().hasPrefix("http://") else { return nil }
        let bytes = Array(text.utf8).dropFirst(isSecure ? 8 : 7)
        guard bytes.count <= 8192, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else { return nil }
        let withoutFragment = bytes.prefix { $0 != UInt8(ascii: "#") }
        let authority = withoutFragment.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        let rest = withoutFragment.dropFirst(authority.count)
        guard let (host, port) = Self.hostAndPort(String(decoding: authority, as: UTF8.self)) else { return nil }
        origin = Origin(isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80))
        let pathPart = rest.prefix { $0 != UInt8(ascii: "?") }
        path = pathPart.isEmpty ? "/" : String(decoding: pathPart, as: UTF8.self)
        query = pathPart.count < rest.count ? String(decoding: rest.dropFirst(pathPart.count + 1), as: UTF8.self) : nil
    }

    private init(origin: Origin, path: String, query: String?) {
        self.origin = origin
        self.path = path
        self.query = query
    }

    private static func hostAndPort(_ text: String) -> (String, Int?)? {
        guard !text.contains("@") else { return nil }
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("[") {  // An IPv6 address.
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[...end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let isPlain = host.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || "-._[]:".utf8.contains($0)
        }
        guard !host.isEmpty, isPlain else { return nil }
        guard let port, !port.isEmpty else { return (host.lowercased(), nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65535).contains(number) else { return nil }
        return (host.lowercased(), number)
    }

    /// The address that a `Location` header means, seen from this one; nil where it is none that may be followed.
    func resolving(_ location: String) -> WebAddress? {
        if location.contains("://") || location.hasPrefix("//") {
            return WebAddress(location.hasPrefix("//") ? (origin.isSecure ? "https:" : "http:") + location : location)
        }
        // Another scheme, as `file:` or `data:`.
        if let colon = location.firstIndex(of: ":"), !location[..<colon].contains("/"), !location[..<colon].contains("?") { return nil }
        let base = "\(origin.isSecure ? "https" : "http")://\(origin.host):\(origin.port)"
        if location.hasPrefix("/") { return WebAddress(base + location) }
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return WebAddress(base + path[...slash] + location)
    }

    /// The address of something below this one.
    ///
    /// - Parameter name: plain path components; other bytes than letters, digits and `-._~/` are escaped.
    func appending(_ name: String) -> WebAddress {
        var path = path
        while path.hasSuffix("/") { path.removeLast() }
        return WebAddress(origin: origin, path: path + "/" + Self.escaped(name), query: nil)
    }

    /// The address of something below this one, whose name is escaped already.
    func appending(escapedName name: String) -> WebAddress {
        WebAddress(origin: origin, path: path + "/" + name, query: nil)
    }

    /// The same with another query.
    func querying(_ query: String) -> WebAddress { WebAddress(origin: origin, path: path, query: query) }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// The address without its query, which may hold secrets: for messages.
    package var description: String {
        let standard = origin.isSecure ? 443 : 80
        return "\(origin.isSecure ? "https" : "http")://\(origin.host)" + (origin.port == standard ? "" : ":\(origin.port)") + path
    }

    /// The whole address.
    var text: String { description + (query.map { "?" + $0 } ?? "") }
}
