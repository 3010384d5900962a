import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// `zoo gc`
struct GarbageCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Delete contents that no installed model needs.",
        usage: "zoo gc [--older-than <time>] [--partials] [--dry-run] [<options>]",
        discussion: """
            Removing a model deletes its files already. What is left for this: files of
            commands that were killed, of models that were removed while another command
            was adding one, and runs that ended without weights. Younger ones than an hour
            stay, since another command may be about to use them. Runs with weights stay
            too: "zoo runs clean" deletes them.

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
        let store = try session.store()
        let removal = try store.collectGarbage(olderThan: olderThan.seconds, includesFetches: partials, isDryRun: dryRun)
        let known = RunRecord.all(in: store.runsFolder)
        let useless = known.filter { !$0.hasWeights && $0.state != .running && $0.age >= olderThan.seconds }
        let runs = dryRun ? useless : useless.filter { $0.delete() }
        let left = dryRun ? [] : RunRecord.leftovers(in: store.runsFolder, olderThan: olderThan.seconds)
        let bytes = removal.bytes + runs.reduce(0) { $0 + $1.ownByteCount } + left.reduce(0) { $0 + $1.byteCount }
        for file in left { file.delete() }
        let unfinished = removal.partialFiles + left.count
        let what =
            "\(counted(removal.files, "file", "files")) that no model needs, \(grouped(unfinished)) unfinished and "
            + counted(runs.count, "run without weights", "runs without weights")
        let isNothing = removal.files + unfinished + runs.count == 0
        session.say(isNothing ? "nothing to delete" : "\(dryRun ? "would delete" : "deleted") \(what), \(byteSize(bytes))")
        if let kept = removal.kept { session.note(kept) }
        let others = known.filter { $0.hasWeights && $0.state != .running && $0.ownByteCount > 0 }
        let held = others.reduce(0) { $0 + $1.ownByteCount }
        if held >= 1_000_000 {
            session.note(
                "\(counted(others.count, "run", "runs")) with weights \(others.count == 1 ? "holds" : "hold") \(byteSize(held)); "
                    + "\"\(session.typed("runs list"))\" shows them, \"\(session.typed("runs clean"))\" deletes what is installed")
        }
        return .object([
            "files": .integer(removal.files), "unfinished_files": .integer(unfinished), "runs": .strings(runs.map(\.name)),
            "bytes": .integer(bytes), "run_bytes_kept": .integer(held),
            "dry_run": .bool(dryRun), "kept": removal.kept.map { .string($0) } ?? .null,
        ])
    }
}
