import ModelZoo
import Synchronization
import ZooTensor

/// Takes the bytes of some chunks in order, over as many connections as it takes.
final class ChunkSink: Sendable {
    enum Answer {
        case more
        case full
    }

    private struct State: Sendable {
        var offset: Int
        var hasher = DigestHasher()
        var rate: RateWatch
    }

    private let file: ChunkedFile
    private let end: Int
    private let address: String
    private let progress: @Sendable (Int) -> Void
    private let known: [Digest?]
    private let state: Mutex<State>

    init(
        _ file: ChunkedFile, chunks: Range<Int>, patience: Patience, address: String, progress: @escaping @Sendable (Int) -> Void
    ) {
        self.file = file
        self.address = address
        self.progress = progress
        end = file.range(of: chunks.upperBound - 1).upperBound
        known = file.digests
        state = Mutex(State(offset: file.range(of: chunks.lowerBound).lowerBound, rate: RateWatch(patience, address)))
    }

    /// Where the next byte goes.
    var offset: Int { state.withLock { $0.offset } }

    /// Begins to count the bytes of a connection.
    func beginConnection() { state.withLock { $0.rate.begin() } }

    /// Takes the next bytes.
    func take(_ buffer: UnsafeRawBufferPointer) throws -> Answer {
        try state.withLock { state in
            var rest = UnsafeRawBufferPointer(rebasing: buffer[..<min(buffer.count, end - state.offset)])
            try state.rate.add(rest.count)
            while !rest.isEmpty {
                let chunk = state.offset / ChunkedFile.chunkByteCount
                let range = file.range(of: chunk)
                let part = UnsafeRawBufferPointer(rebasing: rest[..<min(rest.count, range.upperBound - state.offset)])
                state.hasher.update(part)
                if known[chunk] == nil {
                    try file.write(part, at: state.offset)
                    progress(part.count)
                }
                state.offset += part.count
                if state.offset == range.upperBound {
                    let digest = state.hasher.finalize()
                    state.hasher = DigestHasher()
                    if let known = known[chunk] {
                        // What is passed over must be what came before, or two files are mixed.
                        guard known == digest else { throw NetworkError.changed(address: address) }
                    } else {
                        try file.complete(chunk, digest)
                    }
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
            }
            return state.offset == end ? .full : .more
        }
    }
}
