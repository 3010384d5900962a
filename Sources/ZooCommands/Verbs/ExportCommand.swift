import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo export REF -o PATH`
struct ExportCommand: Verb {
    /// The layouts that a model can leave the store in.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case zoo, hf
        case sentenceTransformers = "sentence-transformers"
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an installed model as a bundle or as a Hugging Face folder.",
        usage: "zoo export <model> --output <path> [--format zoo|hf|sentence-transformers] [<options>]",
        discussion: """
            A bundle (.zoo) is one file that "zoo import" takes. A folder (hf) is what
            transformers' from_pretrained takes; a model that was trained here gets a card
            (README.md) with its data, figures, licence, base and how to use it.
            transformers has no class for a classifier of texts on the mean over their tokens:
            sentence-transformers writes it as a folder whose encode gives the logits.

            Examples:
              zoo export tickets --format zoo -o tickets.zoo
              zoo export tickets --format hf -o ./tickets-hf
              zoo export tickets --format sentence-transformers -o ./tickets-st
            """)

    @Argument(help: "An installed model.")
    var model: String

    @Option(name: .long, help: "A bundle, or a folder of Hugging Face's form; else what the path's name tells.")
    var format: Format?

    @Option(name: .shortAndLong, help: ArgumentHelp("The file or folder to write.", valueName: "path"))
    var output: String

    @Option(name: .long, help: "How a bundle is compressed: none, gzip or zstd (none).", transform: choice)
    var compress = ArchiveCompression.none

    @Flag(name: .long, help: "Replace a bundle that is there.")
    var overwrite = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left { .output(output) }

    func run(_ session: Session) throws -> JSON {
        guard !ModelReference.isPath(model) else {
            throw CommandError.usage(
                message: "expected an installed model, found the path \"\(plain(model))\"",
                hint: "\"zoo pack \(quoted(model)) -o NAME.zoo\" makes a bundle of a folder")
        }
        let installed = try session.store().resolve(ModelReference(model))
        let place = try OutputFile.kind(of: output)
        let format = try chosenFormat(place)
        var written = installed.manifest.files.map(\.name)
        switch format {
        case .zoo:
            try checkBundle(output, place, overwrite: overwrite)
            if place == .descriptor(1) { try session.leaveOutput("--output") }
            try BundleWriter.write(installed, to: output, compression: compress)
        case .hf, .sentenceTransformers:
            guard !overwrite, compress == .none else {
                throw CommandError.usage(
                    message: "\(overwrite ? "--overwrite" : "--compress") is for bundles, but \(plain(output)) is to be a folder",
                    hint: "--format zoo writes a bundle")
            }
            if format == .hf {
                written += try writeFolder(installed, session)
            } else {
                written = try writeSentenceFolder(installed, session)
            }
        }
        session.say("\(session.style.bold(plain(output))) holds \(installed.reference) (\(byteSize(installed.byteCount)))")
        switch format {
        case .zoo:
            if !place.isStream { session.say("next: " + session.typed("import " + quoted(pathArgument(output)))) }
        case .hf:
            if let obstacle = upstreamObstacle(try session.registry.family(named: installed.manifest.family), try Assets(installed)) {
                session.note("transformers cannot open this folder: \(obstacle)")
                if try session.registry.family(named: installed.manifest.family).inputKind.hasSentenceModules {
                    let other = quoted(pathArgument(freePath(withoutSlashes(output) + "-st")))
                    session.say("next: " + session.typed("export \(quoted(model)) --format sentence-transformers -o \(other)"))
                }
            } else {
                session.say("next: \(try loading(installed))")
            }
        case .sentenceTransformers:
            session.say(
                "next: SentenceTransformer(\(JSON.string(output).serializedText())).encode([\"a text\"]) gives the logits in Python")
        }
        session.sayQuietly(output)
        return .object([
            "reference": .string(installed.reference.description), "digest": .string(installed.digest.description),
            "format": .string(format.rawValue), "path": .string(output), "files": .strings(written),
        ])
    }

    /// Endings of names that are files of other formats, which a folder is not.
    private static let otherEndings = [
        "onnx", "gguf", "safetensors", "bin", "pt", "pth", "ckpt", "pkl", "h5", "keras", "msgpack", "tflite", "mlmodel", "mlpackage", "npz",
        "zip", "tar", "gz", "tgz", "zst", "whl", "json",
    ]

    /// The format that was asked for, or else that the name tells.
    ///
    /// - Throws: `CommandError.usage` for a name that promises something else.
    private func chosenFormat(_ place: OutputFile.Kind) throws -> Format {
        if output.hasSuffix(".zoo") || (format == nil && place.isStream) {
            if let format, format != .zoo {
                throw misnamed("a folder", "choose a name that does not end in .zoo, or leave out --format \(format.rawValue)")
            }
            return .zoo
        }
        if let format { return format }
        let name = fileName(output)
        guard let dot = name.lastIndex(of: "."), Self.otherEndings.contains(name[name.index(after: dot)...].lowercased()) else {
            return .hf
        }
        throw misnamed(
            "a bundle (.zoo) or a Hugging Face folder, the formats that are known",
            "name it \(String(name[..<dot])).zoo, or write a folder of this name with --format hf")
    }

    private func misnamed(_ expected: String, _ hint: String) -> CommandError {
        .usage(message: "--output: expected the name of \(expected), found \"\(plain(output))\"", hint: hint)
    }

    /// What loads the folder in Python.
    private func loading(_ model: InstalledModel) throws -> String {
        let path = JSON.string(output).serializedText()
        let assets = try Assets(model)
        if assets.contains("modules.json") { return "SentenceTransformer(\(path))" }
        return ModelCard.autoClass(try assets.json("config.json")) + ".from_pretrained(\(path))"
    }

    private func upstreamObstacle<Family: ModelFamily>(_ family: Family.Type, _ assets: Assets) -> String? {
        // Told only where it differs from what the class of the family reads.
        if let pooling = (try? assets.json("config.json"))?["classifier_pooling"]?.string {
            return
                "its classifier reads \"\(plain(pooling))\" of the tokens (classifier_pooling), which \(Family.architectures.classifier) does not"
        }
        return (try? Model<Family>.configuration(assets)).flatMap(Family.upstreamObstacle)
    }

    private func withoutSlashes(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// A path where nothing is: the given one, or the first with a number behind it.
    private func freePath(_ path: String) -> String {
        var (free, number) = (path, 2)
        while fileKind(free) != nil {
            free = "\(path)\(number)"
            number += 1
        }
        return free
    }

    /// The folder that is to be written, which is not there yet or is empty.
    private func targetFolder() throws -> String {
        var target = withoutSlashes(output)
        switch try OutputFile.kind(of: target) {
        case .new(let path): target = path
        case .folder(let path):
            guard try folderEntries(path).isEmpty else {
                throw CommandError.other(
                    Failure(CommandError.exists(path: target, what: "the folder is not empty")),
                    hint: "choose another folder, or empty this one")
            }
            target = realPath(path) ?? path
        case .regular:
            throw CommandError.other(
                Failure(CommandError.exists(path: target, what: "a file of this name is there")),
                hint: "choose another name for the folder; --format zoo writes a file")
        case .device, .descriptor:
            throw CommandError.usage(message: "\(plain(output)) cannot be made a folder", hint: "--format zoo writes one file")
        }
        return target
    }

    /// - Returns: the names of the files.
    private func writeSentenceFolder(_ model: InstalledModel, _ session: Session) throws -> [String] {
        let target = try targetFolder()
        try makeFolders(parentFolder(of: target))
        let folder = try TemporaryFolder(in: parentFolder(of: target))
        let family = try session.registry.family(named: model.manifest.family)
        var files = try writeSentenceModules(family, model, to: folder.path)
        if model.manifest.provenance != nil {
            let card = ModelCard(model.manifest, kind: family.inputKind, form: .sentenceTransformers)
            try writeFile(folder.path + "/" + ModelCard.fileName, card.text.utf8)
            files.append(ModelCard.fileName)
        }
        try folder.rename(to: target)
        return files
    }

    private func writeSentenceModules<Family: ModelFamily>(
        _ family: Family.Type, _ model: InstalledModel, to folder: String
    ) throws -> [String] {
        let assets = try Assets(model)
        guard try Model<Family>.hasPublishedHead(assets) else { throw ModelError.noHead(model: model.manifest.name) }
        return try Model<Family>(assets, head: .published).writeSentenceFolder(to: folder)
    }

    /// - Returns: the names of the files that were added to the model's own.
    private func writeFolder(_ model: InstalledModel, _ session: Session) throws -> [String] {
        let target = try targetFolder()
        try makeFolders(parentFolder(of: target))
        let folder = try TemporaryFolder(in: parentFolder(of: target))
        var done = 0
        for file in model.manifest.files {
            let path = folder.path + "/" + file.name
            if file.name.contains("/") { try makeFolders(parentFolder(of: path)) }
            let source = try model.path(of: file.name)
            let found = try copyFile(source, to: path)
            guard found == file.digest else {
                throw StoreError.blob(
                    reference: model.reference.description, file: file.name, path: source, reason: "expected \(file.digest), found \(found)"
                )
            }
            done += file.byteCount
            session.progress.update("exporting", done: done, total: model.byteCount)
        }
        var added: [String] = []
        let card = ModelCard.fileName
        // Upstream's models have their own card, or none that could be told here.
        if model.manifest.provenance != nil, model.manifest.file(named: card) == nil {
            let family = try session.registry.family(named: model.manifest.family)
            let obstacle = upstreamObstacle(family, try Assets(model))
            let text = ModelCard(model.manifest, kind: family.inputKind, form: .transformers(obstacle: obstacle)).text
            try writeFile(folder.path + "/" + card, text.utf8)
            added.append(card)
        }
        try folder.rename(to: target)
        return added
    }
}

/// Throws unless a bundle may be written to a path: a file that is there gives way only if the user says so.
func checkBundle(_ path: String, _ place: OutputFile.Kind, overwrite: Bool) throws(CommandError) {
    switch place {
    case .new, .device, .descriptor: return
    case .regular where overwrite: return
    case .regular: throw .exists(path: path, what: "something of this name is there")
    case .folder:
        throw .usage(message: "expected a file to write, found the folder \(plain(path))", hint: "name a file that ends in .zoo")
    }
}

/// A path in a form that no command takes for a model's name.
func pathArgument(_ path: String) -> String { ModelReference.isPath(path) ? path : "./" + path }
