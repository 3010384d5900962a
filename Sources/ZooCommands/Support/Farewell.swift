import Synchronization
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a command says when a signal ends it: what is kept, and how to use it.
final class Farewell: Sendable {
    /// What is left of a command that is broken off at this moment.
    struct Left: Sendable {
        /// What is kept, or that nothing is half-written.
        var message: String
        /// How to go on.
        var hint: String?

        /// What is left of a file or folder that was being written.
        static func output(_ path: String) -> Left {
            let isStream = (try? OutputFile.kind(of: path).isStream) == true
            return Left(message: isStream ? "\(plain(path)) got a part of the result" : "\(plain(path)) was not written")
        }
    }

    private struct State {
        var isJSON: Bool
        var isOver = false
        var hasBegun = false
        var left: @Sendable (_ signal: String) -> Left = { _ in Left(message: "nothing is half-written") }
    }

    private let output: CommandOutput
    private let errors: CommandOutput
    private let mode: Progress.Mode
    private let style: Style
    private let state: Mutex<State>

    init(output: CommandOutput, errors: CommandOutput, mode: Progress.Mode, style: Style, isJSON: Bool) {
        self.output = output
        self.errors = errors
        self.mode = mode
        self.style = style
        state = Mutex(State(isJSON: isJSON))
    }

    /// Sets what is left from now on. It is asked on a thread beside the command's own.
    func left(_ body: @escaping @Sendable (_ signal: String) -> Left) { state.withLock { $0.left = body } }

    /// Sets the form of the last word.
    func setJSON(_ isJSON: Bool) { state.withLock { $0.isJSON = isJSON } }

    /// The command is about to write its result, or its error: that is the last word now. Does not return when a signal came first.
    func end() {
        let hasBegun = state.withLock { state in
            if !state.hasBegun { state.isOver = true }
            return state.hasBegun
        }
        while hasBegun { pause() }
    }

    /// Ends the process with the last word of the command, or returns when the command has its own already.
    func say(_ number: Int32) {
        let now = state.withLock { state -> State? in
            if state.isOver { return nil }
            state.hasBegun = true
            return state
        }
        guard let now else { return }
        let name = number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP"
        let left = now.left(name)
        let failure = Failure(CommandError.interrupted(signal: number, name: name, message: left.message, hint: left.hint))
        if now.isJSON {
            output.end(with: String(decoding: failure.json.serialized(pretty: output.isTerminal), as: UTF8.self) + "\n")
        } else {
            output.end(with: "")
        }
        if mode == .json {
            let event = JSON.object([
                "schema": .string("zoo.event/1"), "type": .string("error"), "error": failure.json["error"] ?? .null,
            ])
            errors.end(with: String(decoding: event.serialized(), as: UTF8.self) + "\n")
        } else {
            // A bar, and the ^C of the terminal, stand at the start of the row.
            errors.end(with: (mode == .bar ? "\r\u{1B}[K" : errors.isTerminal ? "\n" : "") + failure.text(style))
        }
        TemporaryFiles.deleteAll(exitingWith: failure.exitCode.rawValue)
    }
}
