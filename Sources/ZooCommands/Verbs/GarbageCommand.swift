import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo gc`
struct GarbageCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Delete contents that no installed model needs.",
        usage: "zoo gc [--older-than <time>] [--partials] [--dry-run] [<options>]",
        discussion: """
            Removing a model deletes its files already. What is left for this: files of
            commands that were killed, and of models that were removed while another
            command was adding one. Younger ones than an hour stay, since another command
            may be about to use them.

            Examples:
              zoo gc --dry-run
              zoo gc --older-than 0s
            """,
        aliases: ["prune"])

    @Option(name: .long, help: ArgumentHelp("Only what was not touched for so long: 30s, 15m, 1h, 30d.", valueName: "time"))
    var olderThan: Age = Age(seconds: Store.grace)

    @Flag(name: .long, help: "Also what has come of fetches that were broken off, and could go on.")
    var partials = false

    @Flag(name: .long, help: "Tell what would be deleted, and delete nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let removal = try session.store().collectGarbage(
            olderThan: olderThan.seconds, includesFetches: partials, isDryRun: dryRun)
        let count = removal.files + removal.partialFiles
        let what = "\(counted(removal.files, "file", "files")) that no model needs and \(removal.partialFiles) unfinished ones"
        session.say(count == 0 ? "nothing to delete" : "\(dryRun ? "would delete" : "deleted") \(what), \(byteSize(removal.bytes))")
        if let kept = removal.kept { session.note(kept) }
        return .object([
            "files": .integer(removal.files), "unfinished_files": .integer(removal.partialFiles), "bytes": .integer(removal.bytes),
            "dry_run": .bool(dryRun), "kept": removal.kept.map { .string($0) } ?? .null,
        ])
    }
}
