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
        var windowStart = ContinuousClock.now
        var windowBytes = 0
    }

    private let file: ChunkedFile
    private let end: Int
    private let leastBytes: Int
    private let window: Duration
    private let address: String
    private let progress: @Sendable (Int) -> Void
    private let isThere: [Bool]
    private let state: Mutex<State>

    init(
        _ file: ChunkedFile, chunks: Range<Int>, leastBytes: Int, window: Duration, address: String,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.file = file
        self.leastBytes = leastBytes
        self.window = window
        self.address = address
        self.progress = progress
        end = file.range(of: chunks.upperBound - 1).upperBound
        isThere = file.digests.map { $0 != nil }
        state = Mutex(State(offset: file.range(of: chunks.lowerBound).lowerBound))
    }

    /// Where the next byte goes.
    var offset: Int { state.withLock { $0.offset } }

    /// Begins to count the bytes of a connection.
    func beginConnection() {
        state.withLock { state in
            state.windowStart = .now
            state.windowBytes = 0
        }
    }

    /// Takes the next bytes.
    func take(_ buffer: UnsafeRawBufferPointer) throws -> Answer {
        try state.withLock { state in
            var rest = UnsafeRawBufferPointer(rebasing: buffer[..<min(buffer.count, end - state.offset)])
            try checkRate(&state, rest.count)
            while !rest.isEmpty {
                let chunk = state.offset / ChunkedFile.chunkByteCount
                let range = file.range(of: chunk)
                let part = UnsafeRawBufferPointer(rebasing: rest[..<min(rest.count, range.upperBound - state.offset)])
                if !isThere[chunk] {
                    state.hasher.update(part)
                    try file.write(part, at: state.offset)
                    progress(part.count)
                }
                state.offset += part.count
                if state.offset == range.upperBound {
                    if !isThere[chunk] { try file.complete(chunk, state.hasher.finalize()) }
                    state.hasher = DigestHasher()
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
            }
            return state.offset == end ? .full : .more
        }
    }

    private func checkRate(_ state: inout State, _ count: Int) throws {
        state.windowBytes += count
        let passed = ContinuousClock.now - state.windowStart
        guard passed >= window else { return }
        guard state.windowBytes >= leastBytes else {
            throw Requester.Failure(error: .stalled(address: address, seconds: max(1, Int(passed.components.seconds))))
        }
        state.windowStart = .now
        state.windowBytes = 0
    }
}
