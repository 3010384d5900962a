import ModelZoo
import ZooTensor

/// A mirror on a web server: any that serves files, best one that gives parts of them (RFC 9110, section 14).
struct WebMirror: MirrorAccess {
    private let root: WebAddress
    private let requester: Requester

    var address: String { "\(root)" }

    init(_ root: WebAddress, _ requester: Requester) {
        self.root = root
        self.requester = requester
    }

    func document(_ path: String, limit: Int) async throws -> [UInt8]? {
        try await requester.document(root.appending(path), limit: limit)?.bytes
    }

    func deliver(_ file: Manifest.File, to delivery: Delivery, progress: @escaping @Sendable (Int) -> Void) async throws {
        try await BlobFetcher(requester).fetch(
            file, from: root.appending(MirrorLayout.blob(file.digest)), chunks: root.appending(MirrorLayout.chunks(file.digest)),
            to: delivery, progress: progress)
    }
}
