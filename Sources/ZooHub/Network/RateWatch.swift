import ModelZoo

/// Notices a connection that gives a byte now and then, and would go on so for ever.
struct RateWatch: Sendable {
    private let leastBytes: Int
    private let window: Duration
    private let address: String
    private var start = ContinuousClock.now
    private var byteCount = 0

    /// - Parameter address: what errors name.
    init(_ patience: Patience, _ address: String) {
        leastBytes = patience.leastBytes
        window = patience.silence
        self.address = address
    }

    /// Begins to count the bytes of a connection.
    mutating func begin() {
        start = .now
        byteCount = 0
    }

    /// Counts bytes that have come.
    ///
    /// - Throws: `Requester.Failure` when too few came in the time that has passed.
    mutating func add(_ count: Int) throws {
        byteCount += count
        let passed = ContinuousClock.now - start
        guard passed >= window else { return }
        guard byteCount >= leastBytes else {
            throw Requester.Failure(error: .stalled(address: address, seconds: max(1, Int(passed.components.seconds))))
        }
        begin()
    }
}
