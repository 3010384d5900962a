import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo fetch REF…`
struct FetchCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Get models from mirrors, the Hugging Face hub, or any web server.",
        usage: "zoo fetch <models> ... [--as <name>] [--from <address>] [--lock <file>] [<options>]",
        discussion: """
            A name is looked for in the mirrors, in their order, then in the program's own
            catalogue ("zoo search"). Every byte is checked against its digest before
            anything is installed. What has come stays when the network breaks: the next
            fetch goes on from there.

            Examples:
              zoo fetch all-MiniLM-L6-v2 --as minilm
              zoo fetch disk/tickets:v2
              zoo fetch hf:organisation/name@main
              zoo fetch https://example.org/models/tickets.zoo
              zoo fetch all-MiniLM-L6-v2 --lock zoo.lock
              zoo fetch minilm@sha256:… --from /media/disk/zoo
            """,
        aliases: ["pull"])

    @Argument(help: "Names, or addresses: hf:organisation/name[@revision], https://…")
    var models: [String]

    @Option(name: .customLong("as"), help: ArgumentHelp("The name, or name and tag, that one model gets.", valueName: "name"))
    var name: String?

    @Flag(name: .long, help: "Let another model of that name and tag give way.")
    var replace = false

    @Option(
        name: .long,
        help: ArgumentHelp("A mirror that need not be trusted, for NAME@DIGEST: a folder or https://…", valueName: "address"))
    var from: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Hold models to the digests in this file, and note there those of new ones.", valueName: "file"))
    var lock: String?

    @Flag(name: .long, help: "Tell what would be fetched from where, and fetch nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left {
        Farewell.Left(
            message: "what is not whole is not installed; what has come is kept for a week", hint: "the same command goes on from there")
    }

    func run(_ session: Session) throws -> JSON {
        guard name == nil || models.count == 1 else {
            throw CommandError.usage(message: "--as names one model, found \(models.count)", hint: nil)
        }
        let store = try session.store()
        let fetcher = try session.fetcher(store)
        let target = try name.map { try ModelReference($0) }
        var locked = try lock.map { try LockFile(path: $0) } ?? LockFile()
        let place = try from.map { try mirrorAddress($0) }
        let plans = try models.map { text in
            do {
                return try fetcher.plan(text, as: target, lock: locked, from: place)
            } catch let error as any ZooError {
                throw explained(error, text, session)
            }
        }
        var list: [JSON] = []
        for plan in plans {
            guard !dryRun else {
                let size = plan.byteCount.map { ", about \(byteSize($0))" } ?? ""
                session.say(
                    "would fetch \(session.style.bold(plan.reference.description))\(size), licence \(plan.licence ?? "not known yet"), from"
                )
                for source in plan.sources { session.say("  \(plain(source))") }
                list.append(
                    .object([
                        "reference": .string(plan.reference.description), "sources": .strings(plan.sources),
                        "size": plan.byteCount.map { .integer($0) } ?? .null, "dry_run": .bool(true),
                    ]))
                continue
            }
            let result = try fetch(plan, fetcher, session)
            list.append(try report(result, session))
            if let lock {
                let before = locked
                locked.note(result.model.digest, of: plan.reference)
                if locked != before { try locked.write(to: lock) }
            }
        }
        return .object(["models": .array(list)])
    }

    /// An error with the command that was meant: an address of the hub without its `hf:`, or a path, which is imported.
    private func explained(_ error: any ZooError, _ text: String, _ session: Session) -> any ZooError {
        if ModelReference.isPath(text) || fileKind(text) != nil, from == nil, !text.contains(":") {
            let path = quoted(pathArgument(text))
            return CommandError.other(Failure(error), hint: "\"\(session.typed("import " + path))\" installs what lies there")
        }
        if case SourceError.unknown(_, nil, _) = error, let address = ModelOffer.hubAddress(text) {
            return CommandError.other(
                Failure(error), hint: "a repository of the Hugging Face hub begins with hf: \"\(session.typed("fetch " + address))\"")
        }
        return error
    }

    private func fetch(_ plan: ModelFetcher.Plan, _ fetcher: ModelFetcher, _ session: Session) throws -> ModelFetcher.Result {
        let replace = replace
        do {
            return try session.waiting("fetching") { progress in
                try await fetcher.fetch(plan, replacing: replace, progress: progress)
            }
        } catch StoreError.exists(let reference, let installed) {
            throw CommandError.taken(reference: reference, digest: installed.description, flag: "--replace")
        }
    }

    private func report(_ result: ModelFetcher.Result, _ session: Session) throws -> JSON {
        for failure in result.failures { session.note(failure) }
        let reference = result.model.reference.description
        session.say("\(session.style.bold(reference)) is installed, from \(plain(result.source ?? "the store"))")
        for line in Description(result.model).lines { session.say("  " + line) }
        let check = try? session.registry.check(result.model.manifest, Assets(result.model))
        for note in check?.notes ?? [] { session.note(note) }
        session.say("next:")
        let kind = try session.registry.family(named: result.model.manifest.family).inputKind
        session.say("  " + session.typed("finetune \(reference) --train \(kind.sampleData) --out NAME"))
        session.sayQuietly(reference)
        var data = Description(result.model).json
        data["source"] = result.source.map { .string($0) } ?? .null
        data["failures"] = .strings(result.failures)
        data["dry_run"] = .bool(false)
        return .object(data)
    }
}
