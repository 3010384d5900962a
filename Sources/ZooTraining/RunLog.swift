import Synchronization
package import ZooTensor

/// The log of a run, one JSON object a line. Another thread than the run's own may end it, and nothing follows the line that does.
package final class RunLog: Sendable {
    private enum State {
        case unopened
        case open(AppendingFile)
        case ended
    }

    private let path: String
    private let state = Mutex(State.unopened)

    init(_ path: String) { self.path = path }

    /// Creates the file.
    func open() throws {
        try state.withLock { state in
            if case .unopened = state { state = .open(try AppendingFile(path)) }
        }
    }

    /// Adds a line, unless the log has ended.
    func append(_ json: JSON) throws {
        try state.withLock { state in
            if case .open(let file) = state { try file.append(json.serialized() + [UInt8(ascii: "\n")]) }
        }
    }

    /// Adds the last line.
    ///
    /// - Returns: whether there is a log; without one nothing has been written to the folder yet, and nothing will be.
    @discardableResult
    package func end(_ object: JSONObject) throws -> Bool {
        try state.withLock { state in
            defer { state = .ended }
            switch state {
            case .unopened: return false
            case .open(let file): try file.append(JSON.object(object).serialized() + [UInt8(ascii: "\n")])
            case .ended: break
            }
            return true
        }
    }
}
