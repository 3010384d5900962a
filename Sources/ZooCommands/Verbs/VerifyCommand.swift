import ArgumentParser
import ModelZoo
import ZooHub
import ZooTensor

/// `zoo verify REF…`
struct VerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check installed models against their digests.",
        usage: "zoo verify <models> ... | --all [--deep] [--repair] [<options>]",
        discussion: """
            Reads every byte and compares the digests; with --deep also the weights'
            values. What is found to be damaged is shown by "zoo list", and not used.

            Examples:
              zoo verify minilm
              zoo verify --all --deep
              zoo verify minilm --repair
            """)

    @Argument(help: "The models.")
    var models: [String] = []

    @Flag(name: .long, help: "All models of the store.")
    var all = false

    @Flag(name: .long, help: "Also look for infinite and undefined values among the weights.")
    var deep = false

    @Flag(name: .long, help: "Fetch again what is damaged, and only that.")
    var repair = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        guard all != !models.isEmpty else {
            throw CommandError.usage(message: all ? "models and --all exclude each other" : "expected models, or --all", hint: nil)
        }
        let store = try session.store()
        var chosen: [InstalledModel] = []
        var problems: [any ZooError] = []
        if all {
            let listing = try store.list()
            chosen = listing.models
            problems = listing.broken
        } else {
            chosen = try models.map { try store.resolve(ModelReference($0)) }
        }
        let total = chosen.reduce(0) { $0 + $1.byteCount }
        var before = 0
        var list: [JSON] = []
        for model in chosen {
            let reference = model.reference.description
            var found: [any ZooError] = []
            var mended: [String] = []
            do {
                let check = {
                    try store.verify(model) { file, done in
                        session.progress.update("verifying", done: before + done, total: total, details: "\(reference) \(file)")
                    }
                }
                do {
                    try check()
                } catch let error as StoreError where repair && error.exitCode == .format {
                    let fetcher = try session.fetcher(store)
                    mended = try session.waiting("mending") { try await fetcher.repair(model, progress: $0) }
                    try check()
                }
                if deep { found = try weightProblems(of: model) }
            } catch StoreError.notFound where all {
                continue  // It was removed meanwhile.
            } catch let error as any ZooError {
                found = [error]
            }
            before += model.byteCount
            let repaired = mended.isEmpty ? "" : ", mended \(mended.map { plain($0) }.joined(separator: ", "))"
            session.say(found.isEmpty ? "\(reference): good, \(byteSize(model.byteCount))\(repaired)" : "\(reference): damaged")
            if found.isEmpty { session.sayQuietly(reference) }
            problems += found
            list.append(
                .object([
                    "reference": .string(reference), "digest": .string(model.digest.description), "bytes": .integer(model.byteCount),
                    "good": .bool(found.isEmpty), "mended": .strings(mended),
                    "problems": .array(found.map { Failure($0).json["error"] ?? .null }),
                ]))
        }
        if let first = problems.first {
            if problems.count == 1 { throw first }
            for problem in problems.dropFirst() { session.note(problem.description) }
            throw CommandError.verification(count: problems.count, first: Failure(first))
        }
        if chosen.isEmpty { session.say("no model is installed") }
        return .object(["models": .array(list)])
    }

    private func weightProblems(of model: InstalledModel) throws -> [any ZooError] {
        let assets = try Assets(model)
        guard assets.paths.keys.contains(where: { $0.hasSuffix(".safetensors") }) else { return [] }
        let reports = try Checkpoint(files: assets.paths, access: .mapped).nonFiniteValues()
        guard let first = reports.first else { return [] }
        return [StoreError.weights(reference: model.reference.description, report: first, others: reports.count - 1)]
    }
}
