import ArgumentParser

/// What every verb takes.
struct GlobalOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON document, also for errors (ZOO_JSON=1).")
    var json = false

    @Flag(name: .shortAndLong, help: "Print names and values only.")
    var quiet = false

    @Flag(name: .long, help: "Use no network (ZOO_OFFLINE=1, HF_HUB_OFFLINE=1).")
    var offline = false

    @Option(name: .long, help: ArgumentHelp("The folder of the store (ZOO_HOME).", valueName: "folder"))
    var home: String?

    @Option(name: .long, help: ArgumentHelp("The number of threads (ZOO_THREADS); all processors unless given.", valueName: "n"))
    var threads: Int?

    @Option(name: .long, help: "How progress is told on the error output (ZOO_PROGRESS).")
    var progress = Progress.Mode.auto

    /// The flags without a value.
    static let flags: Set<String> = ["--json", "--quiet", "-q", "--offline"]
    /// The flags with a value.
    static let options: Set<String> = ["--home", "--threads", "--progress"]
}

extension Progress.Mode: ExpressibleByArgument {}
