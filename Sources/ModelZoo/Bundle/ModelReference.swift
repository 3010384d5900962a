/// The name of an installed model: `name[:tag][@sha256:hex]`, the tag `latest` unless given.
///
/// Name and tag are `[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}`, so both are safe as file names.
public struct ModelReference: Sendable, Hashable, CustomStringConvertible {
    /// The tag of a reference that gives none.
    public static let defaultTag = "latest"

    /// The model's name.
    public let name: String
    /// The tag.
    public let tag: String
    /// The digest that the model's manifest must have, if one is pinned.
    public let digest: Digest?

    /// Reads a reference.
    public init(_ text: String) throws(ReferenceError) {
        guard !text.isEmpty else { throw .empty }
        guard !Self.isPath(text) else { throw .path(text: text) }
        var rest = Substring(text)
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            let pinned = String(rest[rest.index(after: at)...])
            guard let parsed = Digest(pinned) else { throw .digest(text: text, part: pinned) }
            digest = parsed
            rest = rest[..<at]
        }
        var tag = Self.defaultTag
        if let colon = rest.firstIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            if let rule = Self.violation(of: tag) { throw .name(text: text, part: "the tag", rule: rule) }
        }
        if let rule = Self.violation(of: String(rest)) { throw .name(text: text, part: "the name", rule: rule) }
        name = String(rest)
        self.tag = tag
        self.digest = digest
    }

    /// A reference of checked parts.
    public init(name: String, tag: String = ModelReference.defaultTag, digest: Digest? = nil) throws(ReferenceError) {
        if let rule = Self.violation(of: name) { throw .name(text: name, part: "the name", rule: rule) }
        if let rule = Self.violation(of: tag) { throw .name(text: tag, part: "the tag", rule: rule) }
        self.name = name
        self.tag = tag
        self.digest = digest
    }

    /// Whether an argument means a path: `.`, `..`, what starts with `./`, `../` or `/`, or ends in `.zoo`.
    public static func isPath(_ text: String) -> Bool {
        text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../") || text.hasPrefix("/") || text.hasSuffix(".zoo")
    }

    /// The rule that a name or tag breaks, nil if it is well-formed.
    static func violation(of part: String) -> String? {
        let bytes = Array(part.utf8)
        guard let first = bytes.first else { return "is empty" }
        guard bytes.count <= 80 else { return "has \(bytes.count) bytes, at most 80 are allowed" }
        guard isNameStart(first) else { return "must start with a letter, a digit or _" }
        guard bytes.allSatisfy(isNameByte) else { return "may hold only letters, digits, _, . and - of ASCII" }
        return nil
    }

    /// Makes a well-formed name out of any text; nil if nothing usable is left.
    static func sanitised(_ text: String) -> String? {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let next = isNameByte(byte) ? byte : UInt8(ascii: "-")
            if next == UInt8(ascii: "-"), bytes.last == next { continue }
            if bytes.isEmpty && !isNameStart(next) { continue }
            bytes.append(next)
            if bytes.count == 80 { break }
        }
        while let last = bytes.last, last == UInt8(ascii: "-") || last == UInt8(ascii: ".") { bytes.removeLast() }
        let name = String(decoding: bytes, as: UTF8.self)
        return name.isEmpty || isPath(name) ? nil : name
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    package static func isNameByte(_ byte: UInt8) -> Bool {
        isNameStart(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// `name`, `:tag` unless it is `latest`, and the pinned digest.
    public var description: String {
        name + (tag == Self.defaultTag ? "" : ":" + tag) + (digest.map { "@\($0)" } ?? "")
    }
}
