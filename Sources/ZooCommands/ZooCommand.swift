import ArgumentParser
public import ModelZoo
import ZooHub
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The command `zoo` for a list of families: an executable of its own needs one call of ``main(families:)``.
public enum ZooCommand {
    /// The variables of the environment that the command looks at.
    public static let variables =
        [
            "ZOO_HOME", "XDG_DATA_HOME", "HOME", "ZOO_JSON", "ZOO_PROGRESS", "ZOO_THREADS", "ZOO_OFFLINE", "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "NO_COLOR", "TERM", "COLUMNS",
            "TMPDIR",
        ] + Network.variables

    /// Runs the command with this process's arguments, and ends the process.
    ///
    /// - Parameter families: the families that the command knows.
    public static func main(families: [any ModelFamily.Type]) -> Never {
        // A reader that goes away shows as an error of `write`, which ends the command in silence.
        signal(SIGPIPE, SIG_IGN)
        Signals.listen()
        // They would take half of a processor from a short command.
        Threads.endProductThreads()
        var environment: [String: String] = [:]
        for name in variables { environment[name] = getenv(name).map { String(cString: $0) } }
        let code = run(
            arguments: Array(CommandLine.arguments.dropFirst()), families: families, environment: environment, takesSignals: true,
            standardInput: CommandInput(descriptor: 0, name: "the standard input"),
            standardOutput: CommandOutput(descriptor: 1, name: "the standard output"),
            standardError: CommandOutput(descriptor: 2, name: "the error output"))
        // All is written. OpenBLAS' own way out waits for a thread that, without memory, never ends.
        _exit(code)
    }

    /// Runs the command.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - families: the families that the command knows.
    ///   - environment: at least what it has of ``variables``.
    /// - Returns: the exit code.
    public static func run(
        arguments: [String], families: [any ModelFamily.Type], environment: [String: String] = [:],
        standardInput: CommandInput, standardOutput: CommandOutput, standardError: CommandOutput
    ) -> Int32 {
        run(
            arguments: arguments, families: families, environment: environment, takesSignals: false, standardInput: standardInput,
            standardOutput: standardOutput, standardError: standardError)
    }

    /// - Parameter takesSignals: whether signals of this process end this command, which says what is kept then.
    private static func run(
        arguments: [String], families: [any ModelFamily.Type], environment: [String: String], takesSignals: Bool,
        standardInput: CommandInput, standardOutput: CommandOutput, standardError: CommandOutput
    ) -> Int32 {
        let arguments = VerbOptions.joiningNegativeNumbers(ordered(arguments))
        let ownArguments = arguments.prefix { $0 != "--" }
        var isJSON = ownArguments.contains("--json") || Session.isSwitchedOn(environment["ZOO_JSON"])
        var progress: Progress?
        var farewell: Farewell?
        var session: Session?
        var code = ZooTensor.ExitCode.ok
        do {
            switch try parse(arguments, columns: columns(environment, standardOutput)) {
            case .text(let text):
                if isJSON {
                    write(document("help", .object(["text": .string(text)])), standardOutput)
                } else {
                    standardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
                }
            case .verb(let verb):
                let begun = try Session(
                    registry: Registry(families), environment: environment, input: standardInput, output: standardOutput,
                    errors: standardError, options: verb.global)
                session = begun
                progress = begun.progress
                if takesSignals {
                    let (last, left) = (begun.farewell, verb.leftByInterruption)
                    farewell = last
                    last.left { _ in left }
                    Signals.onFirst { last.say($0) }
                }
                try setThreads(verb.global.threads, environment["ZOO_THREADS"])
                defer { isJSON = begun.isJSON }
                let data = try verb.run(begun)
                farewell?.end()
                if begun.isJSON { write(document(type(of: verb).schema, data), standardOutput) }
            }
        } catch {
            farewell?.end()
            progress?.clear()
            var failure = Failure(error)
            if let session, let hint = failure.hint { failure.hint = session.typeable(hint) }
            if isJSON { write(failure.json, standardOutput) }
            if let progress, progress.mode == .json {
                progress.event(.object(["type": .string("error"), "error": failure.json["error"] ?? .null]))
            } else {
                standardError.write(failure.text(Style(isOn: standardError.isTerminal && Session.allowsStyles(environment))))
            }
            code = failure.exitCode
        }
        progress?.clear()
        standardOutput.flush()
        if code == .ok, let error = standardOutput.failure {
            standardError.write(Failure(error).text(Style(isOn: false)))
            code = error.exitCode
        }
        standardError.flush()
        return code.rawValue
    }

    private enum Parsed {
        case verb(any Verb)
        case text(String)
    }

    private static func parse(_ arguments: [String], columns: Int?) throws -> Parsed {
        try checkVerb(arguments)
        let arguments = NegativeValues.joined(arguments)
        do {
            var command = try Zoo.parseAsRoot(arguments)
            if let verb = command as? any Verb { return .verb(verb) }
            try command.run()
            return .text("")
        } catch {
            guard !Zoo.exitCode(for: error).isSuccess else { return .text(Zoo.fullMessage(for: error, columns: columns)) }
            throw usageError(Zoo.message(for: error), arguments)
        }
    }

    /// Refuses words that are no commands; the parser would only call them unexpected.
    private static func checkVerb(_ arguments: [String]) throws(CommandError) {
        func check(_ word: String?, after prefix: String, among words: [String]) throws(CommandError) {
            guard let word, !word.hasPrefix("-"), !words.contains(word) else { return }
            throw .unknownVerb(name: prefix + word, near: suggestion(for: word, among: words).map { prefix + $0 })
        }
        try check(arguments.first, after: "", among: Zoo.words)
        let second = arguments.dropFirst().first
        if arguments.first == "help" { try check(second, after: "", among: Zoo.words) }
        if let name = arguments.first, let group = Zoo.group(name) { try check(second, after: name + " ", among: Zoo.words(of: group)) }
    }

    /// The parser's message as an error of ours, its suggestion as the hint.
    private static func usageError(_ text: String, _ arguments: [String]) -> CommandError {
        if let unknown = VerbOptions(arguments)?.unknown(in: arguments) {
            guard case .usage(let message, nil) = unknown else { return unknown }
            return .usage(message: message, hint: hintOnOptions(arguments))
        }
        var message = text.split(separator: "\n").map { plain(String($0), limit: 500) }.joined(separator: "; ")
        var hint: String?
        let mark = ". Did you mean '"
        if let place = message.utf8.indices.first(where: { message.utf8[$0...].starts(with: mark.utf8) }) {
            let word = message[place...].dropFirst(mark.count).prefix { $0 != "'" }
            hint = "did you mean \(word)?"
            message = String(message[..<place])
        }
        if message.hasPrefix("Unknown option") && hint == nil { hint = hintOnOptions(arguments) }
        if let first = message.first { message = first.lowercased() + message.dropFirst() }
        let verb = arguments.first.flatMap { Zoo.words.contains($0) ? " " + $0 : nil } ?? ""
        return .usage(message: message, hint: hint ?? "\"zoo\(verb) --help\" shows what it takes")
    }

    private static func hintOnOptions(_ arguments: [String]) -> String? {
        guard let verb = arguments.first, Zoo.words.contains(verb) else { return nil }
        let words = arguments.prefix(Zoo.group(verb) == nil ? 1 : 2).joined(separator: " ")
        return "\"zoo \(words) --help\" shows the options; an argument that starts with a dash goes after --"
    }

    /// Puts options that stand before the verb behind it, where the parser looks for them.
    private static func ordered(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var options: [String] = []
        while let word = rest.first {
            let name = word.prefix { $0 != "=" }
            if GlobalOptions.flags.contains(word) {
                options.append(word)
            } else if GlobalOptions.options.contains(String(name)) {
                options.append(word)
                if name.count == word.count, rest.count > 1 {
                    rest.removeFirst()
                    options.append(rest[rest.startIndex])
                }
            } else {
                break
            }
            rest.removeFirst()
        }
        guard !options.isEmpty, let verb = rest.first, Zoo.words.contains(verb) else { return arguments }
        // `family list`: two words.
        let words = Zoo.group(verb) != nil && rest.dropFirst().first?.hasPrefix("-") == false ? 2 : 1
        return Array(rest.prefix(words)) + options + Array(rest.dropFirst(words))
    }

    private static func setThreads(_ flag: Int?, _ variable: String?) throws {
        if let flag {
            guard flag >= 1 else { throw CommandError.usage(message: "--threads: expected 1 or more, found \(flag)", hint: nil) }
            Threads.count = flag
        } else if let variable, !variable.isEmpty {
            guard let count = Int(variable), count >= 1 else {
                throw CommandError.usage(message: "ZOO_THREADS: expected 1 or more, found \"\(plain(variable))\"", hint: nil)
            }
            Threads.count = count
        }
    }

    private static func columns(_ environment: [String: String], _ output: CommandOutput) -> Int? {
        if let text = environment["COLUMNS"], let count = Int(text), count >= 40 { return min(count, 120) }
        return output.isTerminal ? nil : 100
    }

    private static func document(_ schema: String, _ data: JSON) -> JSON {
        .object(["schema": .string("zoo.\(schema)/1"), "data": data])
    }

    private static func write(_ document: JSON, _ output: CommandOutput) {
        output.write(bytes: document.serialized(pretty: output.isTerminal) + [UInt8(ascii: "\n")])
    }
}
