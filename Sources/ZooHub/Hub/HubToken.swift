import ZooTensor

/// The user's token for the hub.
enum HubToken {
    /// The token of the file that `ZOO_TOKEN_FILE` names, else `HF_TOKEN`, else where the hub's own programs keep it; nil if there is none.
    ///
    /// - Throws: `HubError.token` for a token with bytes that no header may hold.
    static func find(_ environment: [String: String]) throws -> String? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = value("ZOO_TOKEN_FILE") { return try read(path) }
        if let token = value("HF_TOKEN") { return try checked(token, "HF_TOKEN") }
        if let path = value("HF_TOKEN_PATH"), fileKind(path) != nil { return try read(path) }
        let folder = value("HF_HOME") ?? value("HOME").map { $0 + "/.cache/huggingface" }
        guard let path = folder.map({ $0 + "/token" }), fileKind(path) != nil else { return nil }
        return try read(path)
    }

    private static func read(_ path: String) throws -> String {
        try checked(String(decoding: readFile(path, limit: 4096), as: UTF8.self), path)
    }

    private static func checked(_ text: String, _ place: String) throws -> String {
        let token = text.split(whereSeparator: \.isWhitespace)
        guard token.count == 1, token[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw HubError.token(path: place, reason: "expected one word of ASCII")
        }
        return String(token[0])
    }
}
