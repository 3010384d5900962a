import ArgumentParser
import ModelZoo
import ZooNN
import ZooTensor

/// `zoo show REF`
struct ShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a model is.",
        usage: "zoo show <model> [--tensors] [--labels] [--license] [--provenance] [<options>]",
        discussion: """
            Without flags: a summary. With flags: only what they name. The tensors'
            parameters are the names that "zoo finetune --freeze" takes.

            Examples:
              zoo show tickets
              zoo show tickets --labels --metrics
              zoo show minilm --tensors
            """,
        aliases: ["info"])

    @Argument(help: "An installed model, a folder, or a bundle.")
    var model: String

    @Flag(name: .long, help: "The tensors with type and shape.") var tensors = false
    @Flag(name: .long, help: "The upstream config.json.") var config = false
    @Flag(name: .long, help: "The names of the classes.") var labels = false
    @Flag(name: .long, help: "The licence.") var license = false
    @Flag(name: .long, help: "The model card.") var card = false
    @Flag(name: .long, help: "What the model was made from, and that from what, as far as it is installed.") var provenance = false
    @Flag(name: .long, help: "The measured figures.") var metrics = false

    @OptionGroup var global: GlobalOptions

    func run(_ session: Session) throws -> JSON {
        let subject = try Subject(model, session)
        session.sayQuietly(subject.name)
        var data = JSONObject()
        data["reference"] = .string(subject.name)
        data["digest"] = subject.digest.map { .string($0.description) } ?? .null
        if let manifest = subject.manifest {
            data["manifest"] = try JSON.parse(manifest.encoded())
            data["size"] = .integer(manifest.byteCount)
            data["content"] = .string(manifest.contentDigest.description)
        }
        let isWhole = !(tensors || config || labels || license || card || provenance || metrics)
        let notes = isWhole ? subject.notes : []
        if isWhole { try summary(subject, session) }
        for note in notes { session.note(note) }
        if isWhole { data["notes"] = .strings(notes) }
        if isWhole || config, let document = try subject.configuration() {
            data["config"] = document
            if config { session.say(document.serializedText(pretty: true)) }
        }
        let names = subject.manifest?.labels ?? []
        data["labels"] = .strings(names)
        if labels { for (number, label) in names.enumerated() { session.say("\(number)\t\(plain(label))") } }
        if license { try showLicence(subject, session) }
        if card { try showFiles(subject, session) { $0 == "README.md" } }
        if provenance { data["chain"] = try showProvenance(subject, session) }
        if metrics {
            let found = subject.manifest?.metrics ?? [:]
            session.say(found.count == 0 ? "no figures have been measured" : JSON.object(found).serializedText(pretty: true))
        }
        if tensors { data["tensors"] = try showTensors(subject, session) }
        return .object(data)
    }

    private func summary(_ subject: Subject, _ session: Session) throws {
        session.say(session.style.bold(subject.name))
        if let installed = subject.installed {
            for line in Description(installed).lines { session.say("  " + line) }
        } else if let manifest = subject.manifest {
            session.say("  family: \(plain(manifest.family))")
            session.say("  task: \(plain(manifest.task))")
            session.say("  size: \(byteSize(manifest.byteCount)) in \(counted(manifest.files.count, "file", "files"))")
        }
        if let provenance = subject.manifest?.provenance {
            if let base = provenance.base { session.say("  made from: \(base)") }
            if let data = provenance.data { session.say("  training data: \(data)") }
        }
        if let metrics = subject.manifest?.metrics, metrics.count > 0 {
            for (name, value) in metrics.pairs { session.say("  \(plain(name)): \(Self.figures(value))") }
        }
        if let values = try subject.configuration()?.object {
            session.say("  configuration:")
            for (key, value) in values.pairs where value.object == nil && value.array == nil {
                session.say("    \(plain(key)): \(plain(value.brief))")
            }
        }
        if let files = subject.manifest?.files {
            session.say("  files:")
            for file in files { session.say("    \(file.name), \(byteSize(file.byteCount))") }
        }
    }

    /// The plain numbers of a group of figures.
    static func figures(_ value: JSON) -> String {
        guard let object = value.object else { return plain(value.number.map { fixed($0, 4) } ?? value.brief) }
        return object.pairs.compactMap { key, value in
            switch value {
            case .integer(let number): "\(plain(key)) \(number)"
            case .number(let number): "\(plain(key)) \(fixed(number, 4))"
            default: nil
            }
        }.joined(separator: ", ")
    }

    private func showLicence(_ subject: Subject, _ session: Session) throws {
        session.say("licence: \(plain(subject.manifest?.licence ?? "not told"))")
        if let source = subject.manifest?.source { session.say("source: \(plain(source))") }
        try showFiles(subject, session) { name in ["LICENSE", "LICENCE", "NOTICE"].contains(where: name.uppercased().hasPrefix) }
    }

    private func showFiles(_ subject: Subject, _ session: Session, _ isWanted: (String) -> Bool) throws {
        let names = (subject.assets?.paths.keys.sorted() ?? []).filter(isWanted)
        guard let assets = subject.assets, !names.isEmpty else { return session.say("the model has no such file") }
        for name in names {
            session.say("")
            session.say("\(name):")
            for line in String(decoding: try assets.bytes(name, limit: 1 << 20), as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            {
                session.say(plain(String(line), limit: 1000))
            }
        }
    }

    /// The model, what it was made from, and so on down to what is not installed.
    private func showProvenance(_ subject: Subject, _ session: Session) throws -> JSON {
        guard let manifest = subject.manifest else {
            session.say("a folder has no provenance; import it")
            return .array([])
        }
        var chain: [JSON] = []
        let installed = try session.store().list().models
        var next: (name: String, digest: Digest, manifest: Manifest?)? = (subject.name, manifest.digest, manifest)
        var seen: Set<Digest> = []
        while let (name, digest, manifest) = next, seen.insert(digest).inserted {
            next = nil
            var data: JSONObject = ["reference": manifest == nil ? .null : .string(name), "digest": .string(digest.description)]
            session.say(session.style.bold(name) + " \(digest)")
            if let source = manifest?.source {
                session.say("  from \(plain(source))" + (manifest?.revision.map { " at \(plain($0))" } ?? ""))
                data["source"] = .string(source)
                data["revision"] = manifest?.revision.map { .string($0) } ?? .null
            }
            if let provenance = manifest?.provenance {
                let facts = [provenance.dataName.map { plain($0) }, provenance.dataCount.map { counted($0, "example", "examples") }]
                    .compactMap { $0 }.joined(separator: ", ")
                if let data = provenance.data { session.say("  trained on data \(data)" + (facts.isEmpty ? "" : " (\(facts))")) }
                data["data_name"] = provenance.dataName.map { .string($0) } ?? .null
                data["data_examples"] = provenance.dataCount.map { .integer($0) } ?? .null
                data["data"] = provenance.data.map { .string($0.description) } ?? .null
                data["configuration"] = .object(provenance.configuration)
                for (key, value) in provenance.configuration.pairs { session.say("  \(plain(key)): \(plain(value.brief))") }
                if let base = provenance.base {
                    let model = installed.first { $0.digest == base }
                    session.say("made from")
                    next = (model?.reference.description ?? "a model that is not installed", base, model?.manifest)
                }
            }
            chain.append(.object(data))
        }
        if manifest.provenance == nil { session.say("  not made from another model here") }
        return .array(chain)
    }

    private func showTensors(_ subject: Subject, _ session: Session) throws -> JSON {
        guard let assets = subject.assets else { throw CommandError.bundle(path: model) }
        let checkpoint = try Checkpoint(files: assets.paths, access: assets.isImmutable ? .mapped : .copied)
        var table = Table([("TENSOR", .left), ("TYPE", .left), ("SHAPE", .left), ("PARAMETER", .left)])
        var list: [JSON] = []
        var count = 0
        for name in checkpoint.names {
            let shape = try checkpoint.shape(of: name)
            let type = try checkpoint.dtype(of: name).rawValue
            var parameter: String?
            if case .parameter(let path)? = subject.family?.names.resolve(name) { parameter = path.description }
            table.add([plain(name), type, shape.description, parameter.map { plain($0) } ?? "-"])
            count += shape.count
            list.append(
                .object([
                    "name": .string(name), "dtype": .string(type), "shape": .array(shape.dimensions.map { .integer($0) }),
                    "parameter": parameter.map { .string($0) } ?? .null,
                ]))
        }
        for line in table.lines(session.style) { session.say(line) }
        session.say("\(counted(list.count, "tensor", "tensors")), \(grouped(count)) values")
        return .array(list)
    }
}

/// What `show` is asked about: it need not be loadable.
private struct Subject {
    let name: String
    var digest: Digest?
    var manifest: Manifest?
    var installed: InstalledModel?
    var assets: Assets?
    var family: (any ModelFamily.Type)?

    init(_ argument: String, _ session: Session) throws {
        if !ModelReference.isPath(argument) {
            let model = try session.store().resolve(ModelReference(argument))
            name = model.reference.description
            digest = model.digest
            manifest = model.manifest
            installed = model
            assets = try? Assets(model)
            family = try? session.registry.family(named: model.manifest.family)
        } else if case .regular? = fileKind(argument) {
            let found = try Manifest(ofBundle: argument)
            name = argument
            digest = found.digest
            manifest = found
            family = try? session.registry.family(named: found.family)
        } else {
            let located = try LocatedModel(argument, session)
            name = argument
            assets = located.assets
            family = located.family
        }
    }

    /// What the user should know about its use: a head that is not answered, files that do not fit each other.
    var notes: [String] {
        guard let assets, let family else { return [] }
        func run<Family: ModelFamily>(_ family: Family.Type) -> [String] {
            do {
                return try Model<Family>.check(assets).notes
            } catch let error as any ZooError {
                return ["it cannot be loaded: \(error.description)"]
            } catch { return ["it cannot be loaded: \(error)"] }
        }
        return run(family)
    }

    func configuration() throws -> JSON? {
        guard let assets, assets.contains("config.json") else { return nil }
        return try assets.json("config.json")
    }
}
