import ModelZoo
import ZooTensor

/// Where a model can be had.
public enum SourceAddress: Sendable, Hashable, CustomStringConvertible {
    /// A repository of the Hugging Face hub, as `hf:org/name` or `hf:org/name@revision`.
    case hub(repository: String, revision: String?)
    /// An address of the web, as `https://example.org/models/tickets.zoo`.
    case web(String)
    /// A path of this machine.
    case path(String)

    /// Reads an address: `hf:…`, `https://…`, `http://…`, or a path.
    ///
    /// - Throws: `SourceError.address`.
    public init(_ text: String) throws(SourceError) {
        if text.hasPrefix("hf:") {
            let parts = text.dropFirst(3).split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let names = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard names.count == 1 || names.count == 2, names.allSatisfy(Self.isHubName) else {
                throw .address(text: text, reason: "expected hf:organisation/name, each of letters, digits, _, . and -")
            }
            if parts.count == 2 {
                guard Self.isRevision(parts[1]) else {
                    throw .address(text: text, reason: "expected a branch, tag or commit after @, found \"\(printable(parts[1]))\"")
                }
            }
            self = .hub(repository: parts[0], revision: parts.count == 2 ? parts[1] : nil)
        } else if text.hasPrefix("https://") || text.hasPrefix("http://") {
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains("@"), !text.contains("#"),
                let host = text.split(separator: "/").dropFirst().first, !host.isEmpty
            else { throw .address(text: text, reason: "expected an address without spaces, user names and fragments") }
            var text = text
            while text.hasSuffix("/") { text.removeLast() }
            self = .web(text)
        } else if ModelReference.isPath(text) {
            self = .path(text)
        } else if let scheme = text.split(separator: ":", maxSplits: 1).first, text.contains("://") {
            throw .address(text: text, reason: "expected https, http, hf or a path, found \"\(printable(String(scheme)))\"")
        } else {
            throw .address(text: text, reason: "expected hf:organisation/name, https://…, or a path that starts with ./, ../ or /")
        }
    }

    /// Whether a text means an address and not the name of a model.
    public static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("hf:") || text.contains("://") || ModelReference.isPath(text)
    }

    private static func isHubName(_ text: String) -> Bool {
        !text.hasPrefix(".") && !text.hasPrefix("-") && (1...96).contains(text.utf8.count) && !text.contains("..")
            && text.utf8.allSatisfy(ModelReference.isNameByte)
    }

    /// A revision goes into an address: slashes as in `refs/pr/3` are allowed, dots that climb are not.
    private static func isRevision(_ text: String) -> Bool {
        (1...120).contains(text.utf8.count) && text.utf8.allSatisfy { ModelReference.isNameByte($0) || $0 == UInt8(ascii: "/") }
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && !$0.allSatisfy { $0 == "." } }
    }

    public var description: String {
        switch self {
        case .hub(let repository, let revision): "hf:\(repository)" + (revision.map { "@\($0)" } ?? "")
        case .web(let text), .path(let text): text
        }
    }
}
