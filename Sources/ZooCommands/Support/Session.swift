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
    /// Styles for the standard output.
    let style: Style
    /// Whether the result is one JSON document.
    private(set) var isJSON: Bool
    /// Whether only names and values are printed.
    let isQuiet: Bool
    /// Whether no socket may be opened.
    let isOffline: Bool
    private let home: String?

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
        home = options.home
        isOffline = options.offline || Session.isSwitchedOn(environment["ZOO_OFFLINE"])
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
    }

    /// Whether a variable of the environment asks for something.
    static func isSwitchedOn(_ value: String?) -> Bool {
        switch value?.lowercased() {
        case nil, "", "0", "false", "no": false
        default: true
        }
    }

    /// NO_COLOR in any value but the empty one, and terminals that know no codes.
    static func allowsStyles(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
    }

    /// The store.
    func store() throws -> Store { try Store(home: home ?? Store.defaultHome(environment)) }

    /// A line of the result for people; nothing with `--json` and `--quiet`.
    func say(_ text: String = "") {
        if isJSON || isQuiet { return }
        write(text + "\n")
    }

    /// A line of the result for `--quiet`.
    func sayQuietly(_ text: String) {
        if isQuiet && !isJSON { write(text + "\n") }
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

    /// The form is chosen by a flag of the verb, which counts more than the environment.
    func overrideJSON() { isJSON = false }
}
