import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The signals that ask a process to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP.
///
/// The first one is handed to a thread of its own, which may do more than a signal's handler may; a second one ends the process at once.
enum Signals {
    fileprivate static let received = Atomic<Int32>(0)
    fileprivate static let pipe = Atomic<Int32>(-1)
    private static let action = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// What is done when the first signal comes; nothing if nil. If it returns, the process goes on to its own end.
    static func onFirst(_ body: (@Sendable (Int32) -> Void)?) { action.withLock { $0 = body } }

    /// Begins to listen. A signal that the process was started to ignore, as under `nohup`, is ignored on.
    static func listen() {
        var ends: [Int32] = [0, 0]
        guard makePipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipe.store(ends[1], ordering: .sequentiallyConsistent)
        let readEnd = ends[0]
        guard startThread(readEnd) else { return }
        // A parent may have started this process from a thread that takes no signals, which it inherits.
        var numbers = sigset_t()
        sigemptyset(&numbers)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&numbers, number) }
        pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let before = signal(number, noteSignal)
            if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
        }
    }

    private static func startThread(_ descriptor: Int32) -> Bool {
        let argument = UnsafeMutableRawPointer(bitPattern: Int(descriptor))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let result = pthread_create(
            &thread, nil,
            { argument in
                waitForSignal(Int32(Int(bitPattern: argument)))
                return nil
            }, argument)
        return result == 0
    }

    fileprivate static func act(_ number: Int32) {
        guard let body = action.withLock({ $0 }) else { _exit(128 + number) }
        body(number)
    }
}

/// The handler: only what is allowed in one.
private func noteSignal(_ number: Int32) {
    if Signals.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
    let before = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(Signals.pipe.load(ordering: .relaxed), &byte, 1)
    errno = before
}

private func waitForSignal(_ descriptor: Int32) {
    var byte: UInt8 = 0
    while true {
        let count = read(descriptor, &byte, 1)
        if count < 0 && errno == EINTR { continue }
        guard count == 1 else { return }
        Signals.act(Int32(byte))
    }
}

private func makePipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }
