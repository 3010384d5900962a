import ModelZoo
import ZooTensor

/// What a verb works with: the families, the store, and where its text goes.
final class Session {
    let registry: Registry
    let environment: [String: String]
    let input: CommandInput
    let output: CommandOutput
    let errors: CommandOutput
    let progress: Progress
    /// What is said when a signal ends the command.
    let farewell: Farewell
    /// Styles for the standard output.
    let style: Style
    /// Whether the result is one JSON document.
    private(set) var isJSON: Bool
    /// Whether only names and values are printed.
    let isQuiet: Bool
    /// Whether no socket may be opened.
    let isOffline: Bool
    private let homeFlag: String?
    private var isOutputTaken = false

    init(
        registry: Registry, environment: [String: String], input: CommandInput, output: CommandOutput, errors: CommandOutput,
        options: GlobalOptions
    ) throws {
        self.registry = registry
        self.environment = environment
        self.input = input
        self.output = output
        self.errors = errors
        isJSON = options.json || Session.isSwitchedOn(environment["ZOO_JSON"])
        isQuiet = options.quiet
        homeFlag = options.home
        isOffline = options.offline || Session.forbidsNetwork(environment)
        style = Style(isOn: output.isTerminal && Session.allowsStyles(environment))
        var mode = options.progress
        if mode == .auto, let text = environment["ZOO_PROGRESS"], !text.isEmpty {
            guard let chosen = Progress.Mode(rawValue: text) else {
                throw CommandError.usage(
                    message:
                        "ZOO_PROGRESS: expected \(Progress.Mode.allCases.map(\.rawValue).joined(separator: ", ")), found \"\(plain(text))\"",
                    hint: nil)
            }
            mode = chosen
        }
        let canRedraw = errors.isTerminal && environment["TERM"] != "dumb"
        if mode == .auto { mode = options.quiet ? .none : .bar }
        if mode == .bar && !canRedraw { mode = .plain }
        progress = Progress(mode, errors)
        farewell = Farewell(
            output: output, errors: errors, mode: mode, style: Style(isOn: errors.isTerminal && Session.allowsStyles(environment)),
            isJSON: isJSON)
    }

    /// Whether a variable of the environment asks for something.
    static func isSwitchedOn(_ value: String?) -> Bool {
        switch value?.lowercased() {
        case nil, "", "0", "false", "no", "off": false
        default: true
        }
    }

    /// Whether the environment forbids the network: with ZOO_OFFLINE, else with what the hub's own programs look at.
    static func forbidsNetwork(_ environment: [String: String]) -> Bool {
        if let own = environment["ZOO_OFFLINE"], !own.isEmpty { return isSwitchedOn(own) }
        return isSwitchedOn(environment["HF_HUB_OFFLINE"]) || isSwitchedOn(environment["TRANSFORMERS_OFFLINE"])
    }

    /// NO_COLOR in any value but the empty one, and terminals that know no codes.
    static func allowsStyles(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
    }

    /// The store.
    func store() throws -> Store { try Store(home: homeFlag ?? Store.defaultHome(environment)) }

    /// A line of the result for people; nothing with `--json` and `--quiet`.
    func say(_ text: String = "") {
        if isJSON || isQuiet || isOutputTaken { return }
        write(text + "\n")
    }

    /// A line of the result for `--quiet`.
    func sayQuietly(_ text: String) {
        if isQuiet && !isJSON && !isOutputTaken { write(text + "\n") }
    }

    /// Bytes of the result whatever the form.
    func write(_ text: String) {
        progress.clear()
        output.write(text)
        if output.isTerminal { output.flush() }
    }

    /// All that ``note(_:)`` has told, for the documents of verbs.
    private(set) var notes: [String] = []

    /// Something that a person should know, beside the result.
    func note(_ text: String) {
        notes.append(text)
        if isQuiet { return }
        if progress.mode == .json { return progress.event(.object(["type": .string("note"), "message": .string(text)])) }
        progress.clear()
        output.flush()
        errors.write("note: " + text + "\n")
        errors.flush()
    }

    /// The standard output is to hold the result and nothing else: no lines for people are written to it from now on.
    ///
    /// - Throws: `CommandError.usage` where one JSON document was asked for, which would go there too.
    func leaveOutput(_ flag: String) throws(CommandError) {
        guard !isJSON else {
            throw .usage(message: "\(flag) and --json cannot both go to the standard output", hint: "name a file with \(flag)")
        }
        isOutputTaken = true
    }

    /// A command as it can be typed to go on with what this one did: with the store that this one was given.
    func typed(_ command: String) -> String { "zoo " + command + (homeFlag.map { " --home " + quoted($0) } ?? "") }

    /// Asks a question that is answered with yes or no; nil where nobody can be asked.
    func confirm(_ question: String) throws -> Bool? {
        guard input.isTerminal, errors.isTerminal, !isJSON else { return nil }
        progress.clear()
        output.flush()
        errors.write("\(question) [y/N] ")
        errors.flush()
        let answer = String(decoding: try input.read(), as: UTF8.self).lowercased().split(whereSeparator: \.isWhitespace).first
        return answer == "y" || answer == "yes"
    }

    /// A text with the store of this command added to the commands in its quotation marks, so that they can be typed.
    func typeable(_ text: String) -> String {
        guard homeFlag != nil else { return text }
        return text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().map { place, part in
            place % 2 == 1 && part.hasPrefix("zoo ") && !part.contains(" --home ") && !part.hasSuffix("--help")
                ? typed(String(part.dropFirst(4))) : String(part)
        }.joined(separator: "\"")
    }

    /// A folder for files of a moment.
    var temporaryFolder: String { environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }

    /// The form is chosen by a flag of the verb, which counts more than the environment.
    func overrideJSON() {
        isJSON = false
        farewell.setJSON(false)
    }
}
