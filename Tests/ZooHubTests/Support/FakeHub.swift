import ModelZoo
import Synchronization
import ZooHub
import ZooTensor

/// A server that speaks as much of the hub's protocol as fetching needs, for one repository at one commit, or for any with the same files.
final class FakeHub: Sendable {
    static let commit = "0123456789abcdef0123456789abcdef01234567"

    let server: FaultServer
    private let files: [String: [UInt8]]

    /// - Parameters:
    ///   - repository: `org/name`; nil for any.
    ///   - files: those of more than 1 KiB are large ones, whose SHA-256 the list tells.
    ///   - other: another answer for some requests, nil for the usual one.
    init(
        _ repository: String?, _ files: [String: [UInt8]],
        other: @escaping @Sendable (FaultServer.Request) -> [FaultServer.Step]? = { _ in nil }
    )
        throws
    {
        self.files = files
        let names = files.keys.sorted()
        let entries = names.map { Self.entry($0, files[$0] ?? []) }
        server = try FaultServer { request in
            if let steps = other(request) { return steps }
            let path = String(request.path.split(separator: "?")[0])
            // /api/models/org/name/… or /org/name/…
            let parts = path.split(separator: "/")
            let own = parts.starts(with: ["api", "models"]) ? parts.dropFirst(2).prefix(2) : parts.prefix(2)
            let name = own.joined(separator: "/")
            guard repository == nil || name == repository else { return FaultServer.status(404) }
            let api = "/api/models/\(name)"
            let first = JSON.object(["sha": .string(Self.commit), "id": .string(name)]).serialized()
            if path == api + "/revision/main" || path == "\(api)/revision/\(Self.commit)" { return FaultServer.file(first, request) }
            if path == "\(api)/tree/\(Self.commit)" {
                // Two pages.
                let isFirst = !request.path.contains("cursor")
                let half = isFirst ? Array(entries.prefix(2)) : Array(entries.dropFirst(2))
                let body = JSON.array(half).serialized()
                let link = isFirst ? [("Link", "<\(path)?recursive=true&cursor=x>; rel=\"next\"")] : []
                return [.bytes(FaultServer.head(200, [("Content-Length", "\(body.count)")] + link) + body)]
            }
            let prefix = "/\(name)/resolve/\(Self.commit)/"
            guard path.hasPrefix(prefix), let bytes = files[String(path.dropFirst(prefix.count))] else { return FaultServer.status(404) }
            return FaultServer.file(bytes, request)
        }
    }

    private static func entry(_ name: String, _ bytes: [UInt8]) -> JSON {
        var entry: JSONObject = [
            "type": .string("file"), "path": .string(name), "size": .integer(bytes.count), "oid": .string(gitObject(bytes)),
        ]
        if bytes.count > 1024 {
            entry["lfs"] = .object(["oid": .string(Digest(hashing: bytes).hex), "size": .integer(bytes.count)])
        }
        return .object(entry)
    }

    /// The names that `git hash-object` gives to the small files of these tests.
    private static func gitObject(_ bytes: [UInt8]) -> String {
        switch String(decoding: bytes, as: UTF8.self) {
        case "{\"model_type\": \"bert\"}": "46332c50668921e90868a1d44a2550bb60ffdb1d"
        case "[PAD]\n[UNK]\n": "9b63652e4599b6f141f83f77374ca035004e0c8f"
        default: String(repeating: "0", count: 40)
        }
    }

    /// The network with this hub in it.
    func network(_ environment: [String: String] = [:]) -> Network {
        MirrorSite.network(environment.merging(["HF_ENDPOINT": server.address]) { own, _ in own })
    }
}
