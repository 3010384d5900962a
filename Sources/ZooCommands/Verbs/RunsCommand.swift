import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// `zoo runs`
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Look at the runs of finetune, and delete what they left.",
        discussion: """
            Each run leaves a folder in the store's folder runs: the settings, the log and
            the weights of the best epoch. The weights of a model that was installed are
            shared with the store.

            Examples:
              zoo runs list
              zoo runs clean --older-than 30d
            """,
        subcommands: [RunsListCommand.self, RunsCleanCommand.self])
}

/// A run for programs.
private func describe(_ run: RunRecord) -> JSONObject {
    [
        "name": .string(run.name), "folder": .string(run.path), "state": .string(run.state.rawValue), "age": .integer(run.age),
        "base": run.base.map { .string($0) } ?? .null, "accuracy": run.accuracy.map { .number($0) } ?? .null,
        "model": run.result.map { .string($0.reference) } ?? .null, "digest": run.result.map { .string($0.digest) } ?? .null,
        "bytes": .integer(run.ownByteCount), "shared_bytes": .integer(run.sharedByteCount), "has_weights": .bool(run.hasWeights),
    ]
}

/// `zoo runs list`
struct RunsListCommand: Verb {
    static let schema = "runs.list"
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the runs: how they ended, and what they take.",
        usage: "zoo runs list [<options>]",
        discussion: """
            SIZE is what only the run holds; what it shares with the store is not counted.

            Example:
              zoo runs list
            """,
        aliases: ["ls"])

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let runs = RunRecord.all(in: try session.store().runsFolder)
        var table = Table([
            ("RUN", .left), ("STATE", .left), ("ACCURACY", .right), ("MODEL", .left), ("SIZE", .right), ("LAST WRITTEN", .right),
        ])
        for run in runs {
            table.add([
                plain(run.name), run.state.rawValue, run.accuracy.map { percent($0) } ?? "-", plain(run.result?.reference ?? "-"),
                byteSize(run.ownByteCount), duration(Double(run.age)) + " ago",
            ])
            session.sayQuietly(run.name)
        }
        if runs.isEmpty {
            session.say("no runs")
        } else {
            for line in table.lines(session.style) { session.say(line) }
            let shared = runs.reduce(0) { $0 + $1.sharedByteCount }
            session.say(
                "\(counted(runs.count, "run", "runs")), \(byteSize(runs.reduce(0) { $0 + $1.ownByteCount }))"
                    + (shared > 0 ? " beside \(byteSize(shared)) that they share with the store" : ""))
        }
        return .object(["runs": .array(runs.map { .object(describe($0)) })])
    }
}

/// `zoo runs clean [RUN…]`
struct RunsCleanCommand: Verb {
    static let schema = "runs.clean"
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Delete runs.",
        usage: "zoo runs clean [<runs> ...] [--older-than <time>] [--all] [--dry-run] [--yes] [<options>]",
        discussion: """
            Without names: the runs with no weights, and those whose weights are an
            installed model's. With --all also those that hold the only copy of their
            weights. A run that is still training stays. Asks first on a terminal;
            elsewhere it needs --yes.

            Examples:
              zoo runs clean --dry-run
              zoo runs clean tickets-1 --yes
              zoo runs clean --all --older-than 30d --yes
            """)

    @Argument(help: "The runs, as zoo runs list names them.")
    var runs: [String] = []

    @Option(name: .long, help: ArgumentHelp("Only what was not written to for so long: 30s, 15m, 1h, 30d.", valueName: "time"))
    var olderThan: Age = Age(seconds: 0)

    @Flag(name: .long, help: "Also runs that hold the only copy of their weights.")
    var all = false

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(name: .long, help: "Tell what would be deleted, and delete nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        guard runs.isEmpty || !all else { throw CommandError.usage(message: "runs and --all exclude each other", hint: nil) }
        let store = try session.store()
        let known = RunRecord.all(in: store.runsFolder)
        let (chosen, kept) = try choose(known, store)
        let size = byteSize(chosen.reduce(0) { $0 + $1.ownByteCount })
        let what = chosen.count == 1 ? "the run \(plain(chosen[0].name))" : counted(chosen.count, "run", "runs")
        if !kept.isEmpty {
            session.note(
                "\(counted(kept.count, "run holds the only copy of its weights", "runs hold the only copy of their weights")) "
                    + "(\(kept.prefix(5).map { plain($0.name) }.joined(separator: ", "))\(kept.count > 5 ? ", …" : "")); --all deletes \(kept.count == 1 ? "it" : "them") too"
            )
        }
        var deleted: [RunRecord] = []
        if chosen.isEmpty {
            session.say("nothing to delete")
        } else if dryRun {
            session.say("would delete \(what), \(size)")
            deleted = chosen
        } else {
            if !yes {
                guard let answer = try session.confirm("delete \(what), \(size)?") else {
                    throw CommandError.unconfirmed(what: "deleting \(what)")
                }
                guard answer else {
                    session.say("nothing was deleted")
                    return data([], bytes: 0)
                }
            }
            for run in chosen {
                if run.delete() {
                    deleted.append(run)
                } else {
                    session.note("\(plain(run.name)) stays: it is in use, or cannot be deleted")
                }
            }
            session.say(
                "deleted \(counted(deleted.count, "run", "runs")); \(byteSize(deleted.reduce(0) { $0 + $1.ownByteCount })) are free again")
        }
        for run in deleted { session.sayQuietly(run.name) }
        return data(deleted, bytes: deleted.reduce(0) { $0 + $1.ownByteCount })
    }

    /// The runs to delete, and those that are kept for their weights alone.
    private func choose(_ known: [RunRecord], _ store: Store) throws -> (chosen: [RunRecord], kept: [RunRecord]) {
        guard runs.isEmpty else {
            let named = try runs.map { name in
                guard let run = known.first(where: { $0.name == name || $0.path == name }) else {
                    throw CommandError.noRun(name: name, near: nearNames(name, among: known.map(\.name)))
                }
                guard run.state != .running else { throw CommandError.busyRun(name: name) }
                return run
            }
            return (named.filter { $0.age >= olderThan.seconds }, [])
        }
        let ended = known.filter { $0.state != .running && $0.age >= olderThan.seconds }
        if all { return (ended, []) }
        let installed = Set(try store.list().models.map(\.digest.description))
        var (chosen, kept): ([RunRecord], [RunRecord]) = ([], [])
        for run in ended {
            let isKept = run.hasWeights && !(run.result.map { installed.contains($0.digest) } ?? false)
            if isKept { kept.append(run) } else { chosen.append(run) }
        }
        return (chosen, kept)
    }

    private func data(_ deleted: [RunRecord], bytes: Int) -> JSON {
        .object(["deleted": .strings(deleted.map(\.name)), "bytes": .integer(bytes), "dry_run": .bool(dryRun)])
    }
}
