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
            A model of texts learns from a table with a column of texts and one of classes
            (.csv, .tsv, .txt, .jsonl, .json, each also packed as .gz or .zst), or from a
            folder with train.csv, dev.csv and test.csv; which columns is guessed from their
            names, or told with --text and --label. A model
            of images learns from a folder with a sub-folder of images for each class, a
            table of paths and classes, a tar or zip of either, a CIFAR archive or MNIST's
            files. Of the training data a part is held back to choose the best epoch,
            unless --val or the data's own division gives other data. Rate, batch, epochs and
            more are made from the data and the model unless given; the plan says why.
            --head-only solves the new head on fixed features, in seconds.
            The result is installed in the store under --out; the run's folder keeps the
            settings, the log and the weights.

            Examples:
              zoo finetune minilm --train train.csv --out tickets
              zoo finetune minilm --train train.tsv --val dev.tsv --epochs 4 --out mood
              zoo finetune minilm --train train.csv --freeze layers.0-3 --dry-run
              zoo finetune photo-model --train photos --aug light --out flowers
              zoo finetune photo-model --train cifar-10-binary.tar.gz --head-only --out cifar
            """,
        aliases: ["train"])

    @Argument(help: "The pretrained model: an installed one or a folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The data to learn from.", valueName: "path")) var train: String
    @Option(name: .long, help: ArgumentHelp("Data to choose the best epoch by.", valueName: "path")) var val: String?
    @Option(name: .long, help: ArgumentHelp("Data to measure the result on.", valueName: "path")) var test: String?
    @OptionGroup(title: "Data") var columns: ColumnOptions
    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n")) var maxLength: Int?
    @Option(name: .long, help: ArgumentHelp("The edge in pixels that images get; the model's unless given.", valueName: "n"))
    var imgSize: Int?
    @Flag(name: .long, help: "Compute features of a frozen backbone anew, and keep none.") var noFeatureCache = false

    @Option(name: .long, help: ArgumentHelp("The name of the result; <model>-<train file> unless given.", valueName: "name[:tag]"))
    var out: String?
    @Flag(name: .long, help: "Let a model of that name give way.") var overwrite = false
    @Option(name: .long, help: ArgumentHelp("An empty or new folder for the run; one in the store unless given.", valueName: "folder"))
    var runDir: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Measure the settings first: so many runs, each asked about the part of the data that it has not seen.", valueName: "n"))
    var crossValidate: Int?
    @Flag(name: .long, help: "Show the plan and train nothing.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Fetch the model first where it is not installed, without asking.") var yes = false

    @OptionGroup(title: "Training") var options: FinetuneOptions
    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left { Farewell.Left(message: "before the training: nothing is kept, because nothing was learned") }

    func run(_ session: Session) throws -> JSON {
        // What is wrong with flags shows before anything is read.
        _ = try options.settings()
        if val != nil, options.valFraction != nil {
            throw CommandError.usage(
                message: "--val and --val-fraction exclude each other", hint: "with other data for validation none is held back")
        }
        if let crossValidate, !(2...100).contains(crossValidate) {
            throw CommandError.usage(message: "--cross-validate: expected 2 to 100, found \(crossValidate)", hint: nil)
        }
        let store = try session.store()
        let base = try LocatedModel(model, session, fetching: yes ? true : nil)
        let reference = try outputReference(base)
        // Before it is looked at: another run of this name may be about to end.
        let reservation = dryRun ? nil : try NameReservation(reference, in: store)
        defer { withExtendedLifetime(reservation) {} }
        try checkIsFree(reference, store)
        do {
            return try finetune(base.family, base, as: reference, store, session)
        } catch TrainingError.emptiedClasses(let path, let labels) {
            session.note(
                "nothing of \(labels.count == 1 ? "the class" : "the classes") "
                    + labels.map { "\"\(plain($0))\"" }.joined(separator: ", ")
                    + " in \(path) can be read: \(labels.count == 1 ? "it is" : "they are") left out")
            return try finetune(base.family, base, as: reference, without: Set(labels), store, session)
        }
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
        try store.checkCase(of: reference)
        if overwrite { return }
        do {
            let installed = try store.resolve(reference)
            throw CommandError.taken(reference: reference.description, digest: installed.digest.description, flag: "--overwrite")
        } catch StoreError.notFound {
            return
        }
    }

    private func finetune<Family: ModelFamily>(
        _ family: Family.Type, _ base: LocatedModel, as reference: ModelReference, without emptied: Set<String> = [], _ store: Store,
        _ session: Session
    ) throws -> JSON {
        let kind = Family.inputKind
        let skips = try options.settings().training.badInputs == .skip
        let parts = try self.load(train, kind, columns.columns, labels: nil, skips, session).removing(labels: emptied)
        let training = parts.training
        func load(_ path: String) throws -> DatasetParts {
            try self.load(path, kind, training.columns?.names ?? columns.columns, labels: training.labels, skips, session)
        }
        let validation = try val.map(load)?.forValidation ?? parts.validation
        let testing = try test.map(load)?.forTest ?? parts.test
        let settings = try settings(family, base, training, hasValidation: validation != nil)
        let loaded = try Model<Family>(
            base.assets, head: .fresh(training.labels), options: tokenizerOptions(settings.maxLength, imageSize: settings.imageSize),
            summary: settings.pooling, seed: settings.training.seed)
        // What is wrong with the test data shows before the training, not after it.
        let tests = try testing.map { data in
            try EncodedExamples(data, loaded.tokenizer, settings.training.badInputs) {
                session.progress.update("reading the test data", done: $0, total: data.examples.count)
            }
        }
        for error in tests?.errors ?? [] { session.note("left out: \(error.description)") }
        for note in (testing?.warnings ?? []) + (tests?.notes ?? []) + (tests?.cutNotes ?? []) { session.note(note) }
        let report = FinetuneReport(
            session, training, kind, recipe: settings.reasons, folds: crossValidate, isTested: tests != nil,
            stepFlags: options.stepFlags)
        session.say("fine-tuning \(session.style.bold(base.name)) (\(Family.identifier)) on \(plain(train))")
        if dryRun {
            let plan = try FineTuner(loaded, training: training, validation: validation, configuration: settings.training).plan {
                report.event($0, folder: nil)
            }
            report.plan(plan, folder: nil)
            session.say("nothing was trained (--dry-run); the result would be \(reference)")
            session.sayQuietly(reference.description)
            return .object([
                "plan": plan.json, "recipe": .strings(settings.reasons), "configuration": .object(settings.json),
                "reference": .string(reference.description),
            ])
        }

        let folder = try runDir.map { try RunFolder($0) } ?? newRunFolder(store, reference)
        let watch = RunWatch(folder, installing: session.typed(importing(folder, as: reference)))
        session.farewell.left { watch.left($0) }
        let result: FineTuned<Family>
        let crossValidation: CrossValidation?
        do {
            let tuner = FineTuner(
                loaded, training: training, validation: validation, configuration: settings.training, folder: folder,
                cache: noFeatureCache ? nil : FeatureCache(folder: store.home + "/cache/features"))
            crossValidation = try crossValidate.map { try tuner.crossValidate($0) { report.event($0) } }
            if let crossValidation { report.crossValidated(crossValidation) }
            result = try tuner.run { event in
                watch.event(event)
                report.event(event, folder: folder.path)
            }
        } catch {
            folder.removeIfUnused()
            throw error
        }
        let tested: ClassificationMetrics?
        let installed: InstalledModel
        do {
            tested = try tests.map {
                try Evaluation.run(result.model, on: $0) { session.progress.update("testing", done: $0, total: $1) }
            }
            installed = try install(result, base, reference, settings, training, crossValidation, tested, folder, store)
        } catch {
            session.note("the trained model is kept in \(plain(watch.bestFolder, limit: 4096)); \"\(watch.installing)\" installs it")
            throw error
        }
        // Where both are told, and without a second copy of the weights.
        try? folder.note(installed: installed)
        if runDir == nil { store.share(installed, with: parentFolder(of: folder.bestWeightsPath)) }
        report.end(result.summary, tested, installed, data: test ?? val)
        return .object([
            "reference": .string(installed.reference.description), "digest": .string(installed.digest.description),
            "family": .string(Family.identifier), "labels": .strings(training.labels), "run": .string(folder.path),
            "plan": result.plan.json, "recipe": .strings(settings.reasons),
            "summary": result.summary.json, "cross_validation": crossValidation.map { .object($0.json) } ?? .null,
            "test": tested?.json ?? .null, "configuration": .object(settings.json),
        ])
    }

    /// The settings for this model and data.
    private func settings<Family: ModelFamily>(
        _ family: Family.Type, _ base: LocatedModel, _ training: LabelledDataset, hasValidation: Bool
    ) throws -> FinetuneSettings {
        let width = try Model<Family>.configuration(base.assets).width
        var settings = try options.settings(
            Recipe.Facts(
                examples: training.examples.count, classes: training.labels.count, width: width, hasValidation: hasValidation))
        settings.maxLength = maxLength ?? settings.maxLength
        settings.imageSize = imgSize ?? settings.imageSize
        return settings
    }

    /// What the data is called, without the path on this machine.
    private var dataName: String { fileName(realPath(train) ?? train) }

    private func load(
        _ path: String, _ kind: InputKind, _ columns: Columns, labels: [String]?, _ skipsMissing: Bool, _ session: Session
    ) throws -> DatasetParts {
        try DatasetReader.parts(
            path, kind: kind, columns: columns, header: !self.columns.noHeader, dialect: self.columns.dialect, labels: labels,
            skipsMissing: skipsMissing
        ) {
            session.progress.update("reading \(fileName(path))", done: $0, total: $1)
        }
    }

    /// The arguments of the command that installs a run's best weights by hand.
    private func importing(_ folder: RunFolder, as reference: ModelReference) -> String {
        let path = pathArgument(parentFolder(of: folder.bestWeightsPath))
        return "import \(quoted(path)) --as \(reference)" + (overwrite ? " --replace" : "")
    }

    /// A new folder below `runs/`: of several runs that begin at one moment each gets its own.
    private func newRunFolder(_ store: Store, _ reference: ModelReference) throws -> RunFolder {
        try makeFolders(store.runsFolder)
        let stem = store.runsFolder + "/" + reference.name + "-"
        var number = 1
        while true {
            if fileKind(stem + String(number), followingLinks: false) == nil,
                let folder = try RunFolder(new: stem + String(number))
            {
                return folder
            }
            number += 1
        }
    }

    /// Puts the best epoch's folder into the store.
    private func install<Family>(
        _ result: FineTuned<Family>, _ base: LocatedModel, _ reference: ModelReference, _ settings: FinetuneSettings,
        _ training: LabelledDataset, _ crossValidation: CrossValidation?, _ tested: ClassificationMetrics?, _ folder: RunFolder,
        _ store: Store
    ) throws -> InstalledModel {
        let source = base.installed?.manifest
        var manifest = Manifest(
            name: reference.name, family: Family.identifier, task: "\(Family.inputKind.rawValue)-classification")
        manifest.labels = training.labels
        manifest.licence = source?.licence
        manifest.source = source?.source
        manifest.revision = source?.revision
        manifest.metrics["validation"] = result.summary.validation.map { .object($0.summaryJSON) }
        manifest.metrics["cross_validation"] = crossValidation.map { .object($0.metrics.summaryJSON) }
        manifest.metrics["test"] = tested.map { .object($0.summaryJSON) }
        manifest.provenance = Manifest.Provenance(
            base: base.installed?.digest, data: result.plan.dataDigest, dataName: dataName, dataCount: training.examples.count,
            configuration: settings.json)

        let best = parentFolder(of: folder.bestWeightsPath)
        let paths = try Assets(folder: best).paths
        // As importing orders them: configuration, the rest by name, the weights last.
        func rank(_ name: String) -> Int { name == "config.json" ? 0 : name.hasSuffix(".safetensors") ? 2 : 1 }
        let names = paths.keys.sorted { rank($0) != rank($1) ? rank($0) < rank($1) : $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let files = names.compactMap { name in paths[name].map { (name: name, source: FileSource.path($0)) } }
        return try store.add(manifest, as: reference, replacing: overwrite, files: files)
    }
}
