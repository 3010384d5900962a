import Dispatch
import ModelZoo
import Synchronization
import ZooHub
import ZooTensor

/// A transport that answers from a script: each answer in the form
///
///     206
///     content-range: bytes 0-9/10
///
///     the body
final class ScriptedTransport: Transport {
    private let answer: @Sendable (WebRequest) -> [UInt8]

    init(_ answer: @escaping @Sendable (WebRequest) -> [UInt8]) { self.answer = answer }

    func send(
        _ request: WebRequest, head: @Sendable (WebHead) throws -> Bool, piece: @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let bytes = answer(request)
        var status = 0
        var fields: [(name: String, value: String)] = []
        var rest = bytes[...]
        var isFirst = true
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[rest.index(after: end)...]
            if line.isEmpty { break }
            if isFirst {
                // As a parser of HTTP gives it.
                status = Int(line).flatMap { (100...999).contains($0) ? $0 : nil } ?? 200
                isFirst = false
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                fields.append((line[..<colon].lowercased(), String(value)))
            }
        }
        guard try head(WebHead(status: status, fields: fields)) else { return }
        // In two pieces.
        let body = Array(rest)
        try body[..<(body.count / 2)].withUnsafeBytes { try piece($0) }
        try body[(body.count / 2)...].withUnsafeBytes { try piece($0) }
    }
}

/// A value that several tasks see.
final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}

/// Fetching with a scripted transport.
enum ScriptedFetch {
    /// Fetches a model, and waits for it.
    static func run(_ address: String, into store: Store, _ transport: ScriptedTransport) throws -> InstalledModel {
        var patience = Patience()
        patience.attempts = 2
        patience.sleep = { _ in }
        let network = Network(["HF_ENDPOINT": "https://hub.example"], isOffline: false, patience: patience, transport: transport)
        let families = ModelFetcher.Families(check: { _ in }, describe: { ("bert", $0) })
        let fetcher = ModelFetcher(store, network, families: families)
        let plan = try fetcher.plan(address)
        let result = Shared<Result<InstalledModel, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                let model = try await fetcher.fetch(plan, replacing: true).model
                result.value.withLock { $0 = .success(model) }
            } catch {
                result.value.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = result.value.withLock({ $0 }) else { throw Finding("the fetch never ended") }
        return try result.get()
    }

    /// The weights that are fetched, of which all bytes differ.
    static let weights: [UInt8] = (try? SafetensorsWriter.encoded([("w", Tensor((0..<600).map { Float($0) }, [600]))])) ?? []
    static let configuration = Array(#"{"model_type":"bert"}"#.utf8)
    static let vocabulary = Array("[PAD]\n[UNK]\n".utf8)

    /// An answer with a body.
    static func answer(_ status: Int, _ fields: [String], _ body: [UInt8]) -> [UInt8] {
        Array("\(status)\n\(fields.map { $0 + "\n" }.joined())\n".utf8) + body
    }

    /// What a server that is all right answers to a request for a file.
    static func part(_ bytes: [UInt8], _ request: WebRequest) -> [UInt8] {
        guard let range = request.range, range.upperBound < bytes.count else {
            return answer(200, ["content-length: \(bytes.count)"], bytes)
        }
        let fields = ["content-range: bytes \(range.lowerBound)-\(range.upperBound)/\(bytes.count)", "etag: \"1\""]
        return answer(206, fields, Array(bytes[range]))
    }
}

/// Heads of answers and the documents of the hub's protocol: redirections, ranges, lengths, pages, lists of files.
final class HTTPTarget: Target {
    static let name = "http"
    private let folder: ScratchFolder
    private let mutators: [Mutator]

    init(_ folder: ScratchFolder) {
        self.folder = folder
        let commit = String(repeating: "0123456789", count: 4)
        let files: [(String, [UInt8])] = [
            ("config.json", ScriptedFetch.configuration), ("vocab.txt", ScriptedFetch.vocabulary),
            ("model.safetensors", ScriptedFetch.weights),
        ]
        // Git's names of the small ones, as `git hash-object` gives them.
        let objects = ["config.json": "3967ff7fee9d40eb77abadd6a292230496ca9f24", "vocab.txt": "9b63652e4599b6f141f83f77374ca035004e0c8f"]
        let entries = files.map { name, bytes in
            let large = bytes.count > 1024
            let lfs = large ? ",\"lfs\":{\"oid\":\"\(Digest(hashing: bytes).hex)\",\"size\":\(bytes.count)}" : ""
            return "{\"type\":\"file\",\"path\":\"\(name)\",\"size\":\(bytes.count),\"oid\":\"\(objects[name] ?? commit)\"\(lfs)}"
        }
        let page = "</api/models/org/name/tree/\(commit)?cursor=x>; rel=\"next\""
        let weights = ScriptedFetch.weights
        let seeds: [[[UInt8]]] = [
            [ScriptedFetch.answer(200, ["content-length: 50"], Array("{\"sha\":\"\(commit)\"}".utf8))],
            [
                ScriptedFetch.answer(200, [], Array("[\(entries.joined(separator: ","))]".utf8)),
                ScriptedFetch.answer(200, ["link: \(page)"], Array("[\(entries[0])]".utf8)),
            ],
            [
                ScriptedFetch.answer(200, ["content-length: \(ScriptedFetch.configuration.count)"], ScriptedFetch.configuration),
                ScriptedFetch.answer(302, ["location: https://cdn.example/x?y"], []),
                ScriptedFetch.answer(429, ["retry-after: 3"], []), ScriptedFetch.answer(404, [], []),
            ],
            [
                ScriptedFetch.answer(
                    206,
                    ["content-range: bytes 0-\(weights.count - 1)/\(weights.count)", "etag: \"1\"", "content-length: \(weights.count)"],
                    weights),
                ScriptedFetch.answer(200, ["last-modified: Thu, 01 Jan 1970 00:00:00 GMT"], weights),
                ScriptedFetch.answer(416, ["content-range: bytes */3"], []), ScriptedFetch.answer(307, ["location: /other"], []),
            ],
        ]
        let words = [
            "content-range: bytes ", "content-length: ", "location: ", "etag: W/\"1\"", "link: <", "retry-after: ",
            "content-encoding: gzip",
            "206\n", "200\n", "302\n", "503\n", "https://", "http://", "//", "\n\n", "-", "/", "*", "9223372036854775807", commit,
        ].map { Array($0.utf8) }
        mutators = seeds.map { Mutator(seeds: $0, words: words) }
    }

    func run(_ source: inout Source) throws {
        folder.clear("store")
        // One answer of four kinds is damaged, the others are as they should be.
        let damaged = source.below(mutators.count)
        var answers = mutators.map { $0.seeds[0] }
        answers[damaged] = source.document(mutators[damaged])
        let repeats = source.once(in: 2)
        let script = answers
        let asked = Shared(0)
        let transport = ScriptedTransport { request in
            let path = request.address.path
            let kind =
                path.contains("/revision/")
                ? 0 : path.contains("/tree/") ? 1 : path.hasSuffix("config.json") ? 2 : path.hasSuffix("vocab.txt") ? 4 : 3
            // Damaged for ever, or the first time only.
            if kind == damaged {
                let earlier = asked.value.withLock { count in
                    count += 1
                    return count - 1
                }
                if earlier == 0 || repeats { return script[damaged] }
            }
            if kind == 3 { return ScriptedFetch.part(ScriptedFetch.weights, request) }
            if kind == 4 { return ScriptedFetch.part(ScriptedFetch.vocabulary, request) }
            return script[kind]
        }
        let model = try ScriptedFetch.run("hf:org/name", into: try Store(home: folder.path + "/store"), transport)
        for file in model.manifest.files where file.name == "model.safetensors" {
            try require(file.digest == Digest(hashing: ScriptedFetch.weights), "weights came in that the list does not name")
        }
    }
}

/// Journals of chunks that an earlier fetch has left, and the bytes beside them: whatever they say, the right content comes out.
final class JournalTarget: Target {
    static let name = "journal"
    static let interval = 20
    private let folder: ScratchFolder
    private let journals: Mutator
    private let parts: Mutator
    private let bundle: [UInt8]
    private let manifest: Manifest

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        var manifest = SampleBundle.manifest
        let weights = ScriptedFetch.weights
        manifest.files = [.init(name: "model.safetensors", byteCount: weights.count, digest: Digest(hashing: weights))]
        self.manifest = manifest
        bundle = weights
        let digest = Digest(hashing: weights)
        journals = Mutator(
            seeds: [
                "0 \(digest)\n", "0 \(Digest(hashing: [1]))\n0 \(digest)\n", "1 \(digest)\n-1 \(digest)\n9223372036854775807 \(digest)\n",
            ]
            .map { Array($0.utf8) }, words: ["0 ", "\n", digest.description, "sha256:"].map { Array($0.utf8) })
        parts = Mutator(seeds: [weights, Array(weights.prefix(100)), []], words: [])
    }

    func run(_ source: inout Source) throws {
        folder.clear("store")
        let store = try Store(home: folder.path + "/store")
        let digest = Digest(hashing: bundle)
        let place = "store/partial/fetch-\(digest.hex)"
        try makeFolders(folder.path + "/" + place)
        for _ in 0...source.below(2) {
            // As a process of another name would have left them, or this one's own.
            let name = place + "/" + (source.once(in: 3) ? ".tmp-1-\(source.below(9))-abc" : FileWriter.temporaryName())
            if !source.once(in: 8) { try folder.write(name + ".log", source.document(journals)) }
            if !source.once(in: 8) { try folder.write(name + ".part", source.document(parts)) }
        }
        let commit = String(repeating: "0123456789", count: 4)
        let list = Array(
            "[{\"type\":\"file\",\"path\":\"config.json\",\"size\":\(ScriptedFetch.configuration.count),\"oid\":\"x\",\"lfs\":{\"oid\":\"\(Digest(hashing: ScriptedFetch.configuration).hex)\",\"size\":\(ScriptedFetch.configuration.count)}},{\"type\":\"file\",\"path\":\"vocab.txt\",\"size\":12,\"oid\":\"x\",\"lfs\":{\"oid\":\"\(Digest(hashing: ScriptedFetch.vocabulary).hex)\",\"size\":12}},{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":\(bundle.count),\"oid\":\"x\",\"lfs\":{\"oid\":\"\(digest.hex)\",\"size\":\(bundle.count)}}]"
                .utf8)
        let weights = bundle
        let transport = ScriptedTransport { request in
            let path = request.address.path
            if path.contains("/revision/") { return ScriptedFetch.answer(200, [], Array("{\"sha\":\"\(commit)\"}".utf8)) }
            if path.contains("/tree/") { return ScriptedFetch.answer(200, [], list) }
            let content =
                path.hasSuffix("config.json")
                ? ScriptedFetch.configuration : path.hasSuffix("vocab.txt") ? ScriptedFetch.vocabulary : weights
            return ScriptedFetch.part(content, request)
        }
        let model: InstalledModel
        do {
            model = try ScriptedFetch.run("hf:org/name", into: store, transport)
        } catch let error as any ZooError {
            throw Finding("what an earlier fetch left keeps a model from coming: \(error)")
        }
        try require(model.manifest.file(named: "model.safetensors")?.digest == digest, "another content")
        try require(store.damagedFiles(of: [model]) == [[]], "damaged files are installed")
    }
}
