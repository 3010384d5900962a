import ModelZoo
import Synchronization
import ZooTensor

/// Speaks the public protocol of the Hugging Face hub: what a repository is, which files it has with their sizes and hashes, and the files.
///
/// Only the files of an allow-list are asked for: weights as safetensors, JSON, vocabularies, the card and licences; never pickles, never code.
struct HubClient: Sendable {
    /// A repository at a commit.
    struct Snapshot: Sendable {
        /// `org/name`.
        let repository: String
        /// The commit, 40 hexadecimal digits.
        let commit: String
        /// Its files.
        let files: [File]
    }

    /// One file of a repository.
    struct File: Sendable {
        let name: String
        let byteCount: Int
        /// The SHA-256 of a large file.
        let digest: Digest?
        /// The name that git gives to a small file's content: the SHA-1 of its length and its bytes.
        let gitObject: String
    }

    static let standardEndpoint = "https://huggingface.co"
    private static let largestAnswer = 16 << 20
    private static let mostPages = 100

    private let endpoint: WebAddress
    private let requester: Requester

    init(_ network: Network) throws {
        (endpoint, requester) = try network.hub()
    }

    /// A repository at a revision; the branch `main` unless one is given.
    ///
    /// - Throws: `HubError`, `NetworkError`.
    func snapshot(_ repository: String, revision: String?) async throws -> Snapshot {
        let address = api(repository)
        // A branch may be called refs/pr/3: its slashes are a part of the name.
        let encoded = (revision ?? "main").split(separator: "/").joined(separator: "%2F")
        let information = try await json(address.appending(escapedName: "revision/" + encoded), repository, revision)
        guard let commit = information.value["sha"]?.string, Self.isCommit(commit) else {
            throw HubError.answer(address: "\(address)", reason: "expected a commit of 40 hexadecimal digits as \"sha\"")
        }
        var files: [File] = []
        var next: WebAddress? = address.appending("tree/" + commit).querying("recursive=true")
        for _ in 0..<Self.mostPages {
            guard let page = next else { break }
            let (value, head) = try await json(page, repository, revision)
            guard let list = value.array else { throw HubError.answer(address: "\(page)", reason: "expected a list of files") }
            for entry in list where entry["type"]?.string == "file" {
                files.append(try Self.file(entry, "\(page)"))
                guard files.count <= FileRules.maximumEntries else {
                    throw HubError.answer(address: "\(page)", reason: "more than \(FileRules.maximumEntries) files")
                }
            }
            next = try Self.nextPage(head, page)
        }
        return Snapshot(repository: repository, commit: commit, files: files)
    }

    private func api(_ repository: String) -> WebAddress { endpoint.appending("api/models/" + repository) }

    /// Where a file of a snapshot is.
    private func address(_ file: String, of snapshot: Snapshot) -> WebAddress {
        endpoint.appending("\(snapshot.repository)/resolve/\(snapshot.commit)/\(file)")
    }

    private func json(_ address: WebAddress, _ repository: String, _ revision: String?) async throws -> (value: JSON, head: WebHead) {
        do {
            guard let (bytes, head) = try await requester.document(address, limit: Self.largestAnswer) else {
                throw HubError.notFound(repository: repository, revision: revision)
            }
            return (try JSON.parse(bytes, file: "\(address)"), head)
        } catch TrustError.tooLarge(_, let limit) {
            throw HubError.answer(address: "\(address)", reason: "it has more than \(limit) bytes")
        } catch NetworkError.forbidden(_, let status) {
            // The hub does not tell strangers whether a private repository exists.
            throw HubError.forbidden(repository: repository, status: status, hasToken: requester.credentials != nil)
        } catch let error as JSONError {
            throw HubError.answer(address: "\(address)", reason: error.message)
        }
    }

    private static func file(_ entry: JSON, _ address: String) throws(HubError) -> File {
        guard let name = entry["path"]?.string, let size = entry["size"]?.integer, size >= 0, let object = entry["oid"]?.string else {
            throw .answer(address: address, reason: "expected path, size and oid of a file")
        }
        guard let large = entry["lfs"], large != .null else {
            return try checked(File(name: name, byteCount: size, digest: nil, gitObject: object), address)
        }
        guard let hash = large["oid"]?.string, let digest = Digest("sha256:" + hash), let count = large["size"]?.integer, count >= 0 else {
            throw .answer(address: address, reason: "expected the SHA-256 and size of the large file \"\(printable(name))\"")
        }
        return try checked(File(name: name, byteCount: count, digest: digest, gitObject: object), address)
    }

    /// No file of a model is larger than a model may be.
    private static func checked(_ file: File, _ address: String) throws(HubError) -> File {
        guard file.byteCount <= FileRules.maximumBytes else {
            throw .answer(
                address: address,
                reason: "\(printable(file.name)) has \(file.byteCount) bytes, at most \(FileRules.maximumBytes) are allowed")
        }
        return file
    }

    /// The page that a `Link` header names, on the same server.
    private static func nextPage(_ head: WebHead, _ page: WebAddress) throws(HubError) -> WebAddress? {
        guard let link = head["link"] else { return nil }
        for part in link.split(separator: ",") where part.contains("rel=\"next\"") {
            guard let start = part.firstIndex(of: "<"), let end = part.firstIndex(of: ">"), start < end,
                let next = page.resolving(String(part[part.index(after: start)..<end])), next.origin == page.origin
            else { throw .answer(address: "\(page)", reason: "the next page is on another server") }
            return next
        }
        return nil
    }

    private static func isCommit(_ text: String) -> Bool {
        text.utf8.count == 40 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Fetches a file into a delivery. The hash that the hub's list tells is compared.
    ///
    /// - Returns: the file as a manifest has it, and its bytes if it is small and `keeps`.
    func fetch(
        _ file: File, of snapshot: Snapshot, to delivery: Delivery, keeps: Bool, progress: @escaping @Sendable (Int) -> Void
    ) async throws -> (file: Manifest.File, bytes: [UInt8]) {
        let address = address(file.name, of: snapshot)
        if let digest = file.digest {
            let entry = Manifest.File(name: file.name, byteCount: file.byteCount, digest: digest)
            if delivery.isThere(entry) {
                progress(file.byteCount)
            } else {
                try await BlobFetcher(requester).fetch(entry, from: address, to: delivery, progress: progress)
            }
            return (entry, keeps ? try delivery.bytes(of: entry) : [])
        }
        guard file.byteCount <= Self.largestAnswer else {
            throw BundleError.limit(
                file: "\(address)", entry: file.name, what: "size in bytes without a SHA-256", found: file.byteCount,
                limit: Self.largestAnswer)
        }
        guard let (bytes, _) = try await requester.document(address, limit: file.byteCount) else {
            throw NetworkError.status(address: "\(address)", status: 404)
        }
        let found = GitObject.name(of: bytes)
        guard bytes.count == file.byteCount, found == file.gitObject else {
            throw NetworkError.answer(
                address: "\(address)", what: "content", expected: "git object \(file.gitObject)", found: found)
        }
        progress(bytes.count)
        let blob = try delivery.stage(file.name)
        try bytes.withUnsafeBytes { try blob.write($0) }
        return (try delivery.take(blob, origin: "\(address)"), keeps ? bytes : [])
    }
}
