import ModelZoo
import ZooTensor

/// Fetches the contents of files whose digests are known.
struct BlobFetcher: Sendable {
    private let requester: Requester

    init(_ requester: Requester) { self.requester = requester }

    /// Fetches one content into a delivery. What came earlier, and was broken off, is not fetched again.
    ///
    /// - Parameter chunks: where the digests of its parts are, if anywhere. When the content came wrong, the parts that differ are fetched once
    ///   more.
    /// - Throws: `NetworkError`, `BundleError.hash` for another content than expected, of which nothing is kept then.
    func fetch(
        _ file: Manifest.File, from address: WebAddress, chunks: WebAddress? = nil, to delivery: Delivery,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        if file.byteCount == 0 {
            return try delivery.take(delivery.stage(file.name), for: file, origin: "\(address)")
        }
        let partial = try ChunkedFile(file.digest, byteCount: file.byteCount, in: delivery.partialFolder)
        progress(partial.adoptedByteCount)
        let download = Download(requester: requester, address: address)
        try await download.run(into: partial, progress: progress)
        do {
            do {
                try delivery.take(partial, at: partial.path, for: file, origin: "\(address)")
            } catch BundleError.hash {
                let wrong = await wrongChunks(of: partial, chunks)
                guard !wrong.isEmpty else {
                    throw BundleError.hash(
                        file: "\(address)", entry: file.name, expected: file.digest, found: try Digest.ofFile(partial.path))
                }
                partial.forget(wrong)
                progress(-wrong.reduce(0) { $0 + partial.range(of: $1).count })
                try await download.run(into: partial, progress: progress)
                try delivery.take(partial, at: partial.path, for: file, origin: "\(address)")
            }
        } catch let error as BundleError {
            partial.discard()
            throw error
        }
    }

    /// The chunks whose digests are not those of a list; none if there is no list for this file.
    private func wrongChunks(of partial: ChunkedFile, _ address: WebAddress?) async -> [Int] {
        guard let address, let list = try? await requester.document(address, limit: 80 * partial.chunkCount) else { return [] }
        let expected = String(decoding: list.bytes, as: UTF8.self).split(separator: "\n").map { Digest(String($0)) }
        let found = partial.digests
        guard expected.count == found.count else { return [] }
        return found.indices.filter { expected[$0] != found[$0] }
    }
}
