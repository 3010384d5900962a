import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo list`
struct ListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the installed models.",
        usage: "zoo list [--family <family>] [--task <task>] [--tree] [<options>]",
        discussion: """
            Examples:
              zoo list
              zoo list --task text-classification --json
              zoo list --tree
            """,
        aliases: ["ls"])

    @Option(name: .long, help: ArgumentHelp("Only models of this family.", valueName: "family"))
    var family: String?

    @Option(name: .long, help: ArgumentHelp("Only models for this task.", valueName: "task"))
    var task: String?

    @Flag(name: .long, help: "Show which models were made from which, and their files.")
    var tree = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let store = try session.store()
        let listing = try store.list()
        let models = listing.models.filter {
            (family == nil || $0.manifest.family == family) && (task == nil || $0.manifest.task == task)
        }
        let damaged = store.damagedFiles(of: models)
        for error in listing.broken { session.note(error.description + (error.hint.map { "; \($0)" } ?? "")) }
        if models.isEmpty {
            session.say(
                listing.models.isEmpty
                    ? "no model is installed; \"\(session.typed("import PATH"))\" takes a folder or a bundle, \"\(session.typed("search"))\" shows what can be fetched"
                    : "no installed model fits")
        } else if tree {
            for line in ModelTree(models, damaged: damaged).lines(session.style) { session.say(line) }
        } else {
            var table = Table([
                ("NAME", .left), ("FAMILY", .left), ("TASK", .left), ("CLASSES", .right), ("SIZE", .right), ("DIGEST", .left),
            ])
            for (model, damaged) in zip(models, damaged) {
                table.add([
                    model.reference.description + (damaged.isEmpty ? "" : " (damaged)"), plain(model.manifest.family),
                    plain(model.manifest.task),
                    model.manifest.labels.isEmpty ? "-" : String(model.manifest.labels.count), byteSize(model.byteCount),
                    model.digest.short,
                ])
            }
            for line in table.lines(session.style) { session.say(line) }
        }
        for model in models { session.sayQuietly(model.reference.description) }
        guard session.isJSON else { return .null }
        return .object([
            "models": .array(
                zip(models, damaged).map { model, damaged in
                    var data = Description(model).json
                    data["damaged_files"] = .strings(damaged)
                    data["base"] = model.manifest.provenance?.base.map { .string($0.description) } ?? .null
                    return .object(data)
                }),
            "broken": .array(listing.broken.map { Failure($0).json["error"] ?? .null }),
        ])
    }
}
