import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// `zoo finetune REF --train FILE`
struct FinetuneCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "finetune",
        abstract: "Teach a pretrained model the classes of your data.",
        discussion: """
            The table needs a column of texts and one of classes; which ones is guessed
            from their names, or told with --text and --label. Of the training data a
            tenth is held back to choose the best epoch, unless --val gives other data.
            The result is installed in the store under --out; the run's folder keeps the
            settings, the log and the weights.

            Examples:
              zoo finetune minilm --train train.csv --out tickets
              zoo finetune minilm --train train.tsv --val dev.tsv --epochs 4 --out mood
              zoo finetune minilm --train train.csv --freeze layers.0-3 --dry-run
            """,
        aliases: ["train"])

    @Argument(help: "The pretrained model: an installed one or a folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The table to learn from.", valueName: "file")) var train: String
    @Option(name: .long, help: ArgumentHelp("A table to choose the best epoch by.", valueName: "file")) var val: String?
    @Option(name: .long, help: ArgumentHelp("A table to measure the result on.", valueName: "file")) var test: String?
    @OptionGroup(title: "Data") var columns: ColumnOptions
    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n")) var maxLength: Int?

    @Option(name: .long, help: ArgumentHelp("The name of the result; <model>-<train file> unless given.", valueName: "name[:tag]"))
    var out: String?
    @Flag(name: .long, help: "Let a model of that name give way.") var overwrite = false
    @Option(name: .long, help: ArgumentHelp("An empty or new folder for the run; one in the store unless given.", valueName: "folder"))
    var runDir: String?
    @Flag(name: .long, help: "Show the plan and train nothing.") var dryRun = false

    @OptionGroup(title: "Training") var options: FinetuneOptions
    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        var settings = try options.settings()
        settings.maxLength = maxLength ?? settings.maxLength
        let store = try session.store()
        let base = try LocatedModel(model, session)
        let reference = try outputReference(base)
        try checkIsFree(reference, store)
        return try finetune(base.family, base, as: reference, settings, store, session)
    }

    private func outputReference(_ base: LocatedModel) throws -> ModelReference {
        if let out {
            let reference = try ModelReference(out)
            guard reference.digest == nil else {
                throw CommandError.usage(message: "--out: a result has no digest before it is there", hint: "give name or name:tag")
            }
            return reference
        }
        let name = base.installed?.reference.name ?? fileName(model)
        let stem = fileName(train).split(separator: ".").first.map(String.init) ?? "model"
        return try ModelReference(name: modelName(name + "-" + stem) ?? "model")
    }

    /// Long work must not end at a name that is taken.
    private func checkIsFree(_ reference: ModelReference, _ store: Store) throws {
        if overwrite { return }
        do {
            let installed = try store.resolve(reference)
            throw CommandError.taken(reference: reference.description, digest: installed.digest.description, flag: "--overwrite")
        } catch StoreError.notFound {
            return
        }
    }

    private func finetune<Family: ModelFamily>(
        _ family: Family.Type, _ base: LocatedModel, as reference: ModelReference, _ settings: FinetuneSettings, _ store: Store,
        _ session: Session
    ) throws -> JSON {
        let training = try load(train, columns.columns, labels: nil, session)
        let validation = try val.map { try load($0, training.columns.names, labels: training.labels, session) }
        let testing = try test.map { try load($0, training.columns.names, labels: training.labels, session) }
        let loaded = try Model<Family>(
            base.assets, head: .fresh(training.labels), options: tokenizerOptions(settings.maxLength), seed: settings.training.seed)
        let report = FinetuneReport(session, training)
        session.say("fine-tuning \(session.style.bold(base.name)) (\(Family.identifier)) on \(plain(train))")
        if dryRun {
            let plan = try FineTuner(loaded, training: training, validation: validation, configuration: settings.training).plan {
                report.event($0, folder: nil)
            }
            report.plan(plan, folder: nil)
            session.say("nothing was trained (--dry-run); the result would be \(reference)")
            session.sayQuietly(reference.description)
            return .object(["plan": plan.json, "configuration": .object(settings.json), "reference": .string(reference.description)])
        }

        let folder = try RunFolder(runDir ?? newRunFolder(store, reference))
        let result: FineTuned<Family>
        do {
            result = try FineTuner(loaded, training: training, validation: validation, configuration: settings.training, folder: folder).run
            {
                report.event($0, folder: folder.path)
            }
        } catch {
            removeEmptyFolder(folder.path)
            throw error
        }
        let tested = try testing.map { data in
            try Evaluation.run(result.model, on: data) { session.progress.update("testing", done: $0, total: $1) }
        }
        let installed = try install(result, base, reference, settings, training, tested, folder, store)
        report.end(result.summary, tested, installed, data: test ?? val)
        return .object([
            "reference": .string(installed.reference.description), "digest": .string(installed.digest.description),
            "family": .string(Family.identifier), "labels": .strings(training.labels), "run": .string(folder.path),
            "plan": result.plan.json,
            "summary": result.summary.json, "test": tested?.json ?? .null, "configuration": .object(settings.json),
        ])
    }

    private func load(_ path: String, _ columns: Columns, labels: [String]?, _ session: Session) throws -> LabelledDataset {
        try LabelledDataset.load(path, header: !self.columns.noHeader, columns: columns, labels: labels) {
            session.progress.update("reading \(fileName(path))", done: $0, total: $1)
        }
    }

    private func newRunFolder(_ store: Store, _ reference: ModelReference) -> String {
        let stem = store.home + "/runs/" + reference.name + "-"
        var number = 1
        while fileKind(stem + String(number), followingLinks: false) != nil { number += 1 }
        return stem + String(number)
    }

    /// Puts the best epoch's folder into the store.
    private func install<Family>(
        _ result: FineTuned<Family>, _ base: LocatedModel, _ reference: ModelReference, _ settings: FinetuneSettings,
        _ training: LabelledDataset, _ tested: ClassificationMetrics?, _ folder: RunFolder, _ store: Store
    ) throws -> InstalledModel {
        let source = base.installed?.manifest
        var manifest = Manifest(name: reference.name, family: Family.identifier, task: task(training))
        manifest.labels = training.labels
        manifest.licence = source?.licence
        manifest.source = source?.source
        manifest.revision = source?.revision
        manifest.metrics["validation"] = result.summary.validation.map { .object($0.summaryJSON) }
        manifest.metrics["test"] = tested.map { .object($0.summaryJSON) }
        manifest.provenance = Manifest.Provenance(
            base: base.installed?.digest, data: try Digest.ofFile(train), configuration: settings.json)

        let best = parentFolder(of: folder.bestWeightsPath)
        let paths = try Assets(folder: best).paths
        // As importing orders them: configuration, the rest by name, the weights last.
        func rank(_ name: String) -> Int { name == "config.json" ? 0 : name.hasSuffix(".safetensors") ? 2 : 1 }
        let names = paths.keys.sorted { rank($0) != rank($1) ? rank($0) < rank($1) : $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let files = names.compactMap { name in paths[name].map { (name: name, source: FileSource.path($0)) } }
        return try store.add(manifest, as: reference, replacing: overwrite, files: files)
    }

    private func task(_ training: LabelledDataset) -> String {
        if case .file? = training.examples.first?.input { "image-classification" } else { "text-classification" }
    }
}
