import ModelZoo
import Synchronization
import ZooTensor

/// Fetches the missing chunks of a file, over several connections where the server gives parts of files.
struct Download: Sendable {
    let requester: Requester
    /// Where the file is.
    let address: WebAddress
    /// What is known of the file already: another one is refused.
    var validator: String?
    /// How many parts are fetched at once.
    var jobs = 4

    /// The most chunks that one request asks for.
    private static let longestRun = 64

    /// The server gives whole files only.
    private struct WholeFileOnly: Error {}
    /// All that was asked for has come.
    private struct Enough: Error {}

    /// What the workers share.
    private final class Work: Sendable {
        private struct State {
            var queue: ArraySlice<Int>
            var validator: String?
        }

        private let state: Mutex<State>
        private let runLength: Int

        init(_ missing: [Int], runLength: Int, validator: String?) {
            state = Mutex(State(queue: missing[...], validator: validator))
            self.runLength = runLength
        }

        /// The next chunks that follow each other.
        func next() -> Range<Int>? {
            state.withLock { state in
                guard let first = state.queue.popFirst() else { return nil }
                var end = first + 1
                while end - first < runLength, state.queue.first == end {
                    state.queue.removeFirst()
                    end += 1
                }
                return first..<end
            }
        }

        /// The validator of the file whose parts are fetched, once one is known.
        var validator: String? { state.withLock { $0.validator } }

        func note(validator: String) { state.withLock { $0.validator = $0.validator ?? validator } }
    }

    /// Fetches what is missing.
    ///
    /// - Parameter progress: told how many bytes have come; a negative number takes some back.
    /// - Throws: `NetworkError`, `FileError`. What has come stays for the next time, unless the file changed on the server.
    func run(into file: ChunkedFile, progress: @escaping @Sendable (Int) -> Void) async throws {
        do {
            try await ranges(into: file, progress)
        } catch is WholeFileOnly {
            try await whole(into: file, progress)
        } catch let error as NetworkError {
            if case .changed = error { file.discard() }
            throw error
        }
    }

    private func ranges(into file: ChunkedFile, _ progress: @escaping @Sendable (Int) -> Void) async throws {
        let missing = file.missing
        let length = min(max(missing.count / max(jobs, 1), 1), Self.longestRun)
        let work = Work(missing, runLength: length, validator: validator)
        // The first request alone tells whether the server gives parts.
        if let first = work.next() { try await fetch(first, of: file, work, progress) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(jobs, 1) {
                group.addTask {
                    while let run = work.next() { try await fetch(run, of: file, work, progress) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Fetches some chunks that follow each other. A connection that breaks is taken up where it broke.
    private func fetch(
        _ run: Range<Int>, of file: ChunkedFile, _ work: Work, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        let sink = ChunkSink(
            file, chunks: run, patience: requester.patience, address: "\(address)", progress: progress)
        let end = file.range(of: run.upperBound - 1).upperBound
        let place = "\(address)"
        let byteCount = file.byteCount
        var failures = 0
        while sink.offset < end {
            let range = sink.offset...end - 1
            let tag = work.validator
            sink.beginConnection()
            do {
                try await requester.once(WebRequest(address: address, range: range, validator: tag)) { head, _ in
                    if let found = head.validator, let tag, found != tag { throw Requester.Failure(error: .changed(address: place)) }
                    if head.status == 200 {
                        // The whole file comes when it is another one now, or from a server that gives no parts.
                        if let tag, head.validator != tag { throw Requester.Failure(error: .changed(address: place)) }
                        guard range == 0...byteCount - 1, head.contentLength ?? byteCount == byteCount else { throw WholeFileOnly() }
                    } else {
                        try Self.check(head, range, byteCount, place)
                    }
                    try Self.checkCoding(head, place)
                    if let found = head.validator { work.note(validator: found) }
                    return true
                } piece: { piece in
                    if try sink.take(piece) == .full { throw Enough() }
                }
                if sink.offset < end {
                    throw Requester.Failure(
                        error: .interrupted(address: place, reason: "\(end - sink.offset) of \(range.count) bytes are missing"))
                }
            } catch is Enough {
            } catch let failure as Requester.Failure {
                // A few bytes now and then are no progress.
                let gained = sink.offset - range.lowerBound
                failures = gained >= requester.patience.leastBytes || 2 * gained >= range.count ? 1 : failures + 1
                guard failure.error.isTransient, failures < requester.patience.attempts else { throw failure.error }
                try await requester.patience.sleep(requester.patience.pause(after: failures, asked: failure.retryAfter))
            }
        }
    }

    /// Fetches the whole file over one connection; chunks that are there already are passed over.
    private func whole(into file: ChunkedFile, _ progress: @escaping @Sendable (Int) -> Void) async throws {
        let place = "\(address)"
        let byteCount = file.byteCount
        try await requester.retrying {
            let sink = ChunkSink(
                file, chunks: 0..<file.chunkCount, patience: requester.patience, address: place, progress: progress)
            sink.beginConnection()
            do {
                try await requester.once(WebRequest(address: address)) { head, _ in
                    guard head.status == 200 else {
                        throw Requester.Failure(error: .answer(address: place, what: "status", expected: "200", found: "\(head.status)"))
                    }
                    if let length = head.contentLength, length != byteCount {
                        throw Requester.Failure(
                            error: .answer(address: place, what: "length", expected: "\(byteCount) bytes", found: "\(length)"))
                    }
                    try Self.checkCoding(head, place)
                    return true
                } piece: { piece in
                    if try sink.take(piece) == .full { throw Enough() }
                }
            } catch is Enough {}
            if sink.offset < byteCount {
                throw Requester.Failure(
                    error: .interrupted(address: place, reason: "\(byteCount - sink.offset) of \(byteCount) bytes are missing"))
            }
        }
    }

    private static func check(_ head: WebHead, _ range: ClosedRange<Int>, _ byteCount: Int, _ place: String) throws {
        guard let found = head.contentRange, found.range == range, found.total ?? byteCount == byteCount else {
            throw Requester.Failure(
                error: .answer(
                    address: place, what: "range", expected: "bytes \(range.lowerBound)-\(range.upperBound)/\(byteCount)",
                    found: head["content-range"] ?? "no Content-Range"))
        }
        if let length = head.contentLength, length != range.count {
            throw Requester.Failure(error: .answer(address: place, what: "length", expected: "\(range.count) bytes", found: "\(length)"))
        }
    }

    /// A compressed answer has other bytes than the file.
    private static func checkCoding(_ head: WebHead, _ place: String) throws {
        guard let coding = head["content-encoding"], coding.lowercased() != "identity" else { return }
        throw Requester.Failure(error: .answer(address: place, what: "content coding", expected: "none", found: coding))
    }
}
