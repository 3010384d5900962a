import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo import PATH`
struct ImportCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Install a model from a bundle, a folder or an archive.",
        usage: "zoo import <path> [--as <name>] [--tag <tag>] [--dry-run] [<options>]",
        discussion: """
            The path leads to a .zoo bundle, to a folder as Hugging Face lays it out
            (config.json, *.safetensors and the tokenizer's files), or to a zip, tar or
            wheel archive with such a folder. Nothing of it is executed.

            Examples:
              zoo import ./all-MiniLM-L6-v2 --as minilm
              zoo import ./tickets.zoo
              zoo import ./model-1.0-py3-none-any.whl --as minilm --tag v1
            """)

    @Argument(help: "A bundle, a folder or an archive.")
    var path: String

    @Option(name: .customLong("as"), help: ArgumentHelp("The name to install it under.", valueName: "name"))
    var name: String?

    @Option(name: .long, help: ArgumentHelp("The tag to install it under; latest unless given.", valueName: "tag"))
    var tag: String?

    @Option(name: .long, help: ArgumentHelp("The model's folder inside the path, where there are several.", valueName: "folder"))
    var inside: String?

    @Flag(name: .long, help: "Let a model of that name and tag give way.")
    var replace = false

    @Flag(name: .long, help: "Read and check everything, and install nothing.")
    var dryRun = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left { Farewell.Left(message: "nothing was installed") }

    func run(_ session: Session) throws -> JSON {
        try checkPath(session)
        let registry = session.registry
        var check: ModelCheck?
        let importer = Importer(
            store: try session.store(), checkManifest: { _ = try registry.family(named: $0.family) },
            checkModel: { check = try registry.check($0, $1) })
        let (name, tag) = try split()
        let result: ImportResult
        do {
            result = try importer.importModel(
                path, as: name, tag: tag, inside: inside, replacing: replace, isDryRun: dryRun,
                family: { try registry.description(of: $0, file: path + "/config.json") },
                progress: { session.progress.update("importing", done: $0.done, total: $0.total, details: $0.file) })
        } catch StoreError.exists(let reference, let installed) {
            throw CommandError.taken(reference: reference, digest: installed.description, flag: "--replace")
        }
        let model = result.model
        let reference = model.reference.description
        session.say("\(session.style.bold(reference)) \(dryRun ? "would be" : "is") installed")
        for line in Description(model).lines { session.say("  " + line) }
        for file in model.manifest.files { session.say("    \(file.name), \(byteSize(file.byteCount))") }
        if !result.ignored.isEmpty { session.note("not needed and left out: \(result.ignored.map { plain($0) }.joined(separator: ", "))") }
        let kind = try registry.family(named: model.manifest.family).inputKind
        for note in check?.notes ?? [] { session.note(note) }
        if !dryRun { sayNext(model, kind, check, session) }
        session.sayQuietly(reference)
        var data = Description(model).json
        data["ignored"] = .strings(result.ignored)
        data["dry_run"] = .bool(dryRun)
        data["notes"] = .strings(check?.notes ?? [])
        data["content"] = .string(model.manifest.contentDigest.description)
        return .object(data)
    }

    /// Refuses the name or the address of a model, which is fetched.
    private func checkPath(_ session: Session) throws {
        guard fileKind(path, followingLinks: false) == nil else { return }
        let isAddress = path.hasPrefix("hf:") || path.contains("://")
        guard !ModelReference.isPath(path) || isAddress, let offer = ModelOffer(path, session) else { return }
        throw CommandError.noPath(argument: path, hint: "\"\(offer.command(session))\" installs \(offer.description)")
    }

    private func sayNext(_ model: InstalledModel, _ kind: InputKind, _ check: ModelCheck?, _ session: Session) {
        let reference = model.reference.description
        session.say("next:")
        if check?.head != .classifier {
            session.say("  " + session.typed("finetune \(reference) --train \(kind.sampleData) --out NAME"))
            if check?.givesVectors != false { session.say("  " + session.typed("embed \(reference) \(kind.sampleArgument)")) }
        } else {
            session.say("  " + session.typed("predict \(reference) \(kind.sampleArgument)"))
            session.say("  " + session.typed("evaluate \(reference) --data \(kind.sampleData)"))
        }
    }

    /// `--as name:tag` is as good as `--as name --tag tag`.
    private func split() throws -> (name: String?, tag: String?) {
        guard let name, tag == nil, name.contains(":") else { return (name, tag) }
        let reference = try ModelReference(name)
        return (reference.name, reference.tag)
    }
}

/// An installed model in a few lines, and for programs.
struct Description {
    private let model: InstalledModel

    init(_ model: InstalledModel) { self.model = model }

    var lines: [String] {
        let manifest = model.manifest
        var lines = ["family: \(plain(manifest.family))", "task: \(plain(manifest.task))"]
        if !manifest.labels.isEmpty {
            let shown = manifest.labels.prefix(8).map { plain($0, limit: 40) }.joined(separator: ", ")
            lines.append("classes: \(manifest.labels.count) (\(shown)\(manifest.labels.count > 8 ? ", …" : ""))")
        }
        if let licence = manifest.licence { lines.append("licence: \(plain(licence))") }
        if let source = manifest.source {
            lines.append("source: \(plain(source))" + (manifest.revision.map { " at \(plain($0))" } ?? ""))
        }
        lines.append("digest: \(model.digest)")
        lines.append("size: \(byteSize(model.byteCount)) in \(counted(manifest.files.count, "file", "files"))")
        return lines
    }

    var json: JSONObject {
        let manifest = model.manifest
        return [
            "name": .string(model.reference.name), "tag": .string(model.reference.tag), "reference": .string(model.reference.description),
            "digest": .string(model.digest.description), "family": .string(manifest.family), "task": .string(manifest.task),
            "classes": .integer(manifest.labels.count), "size": .integer(model.byteCount),
            "licence": manifest.licence.map { .string($0) } ?? .null,
            "files": .array(
                manifest.files.map {
                    .object(["name": .string($0.name), "size": .integer($0.byteCount), "digest": .string($0.digest.description)])
                }),
        ]
    }
}
