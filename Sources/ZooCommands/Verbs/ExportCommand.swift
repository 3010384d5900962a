import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo export REF -o PATH`
struct ExportCommand: Verb {
    /// The layouts that a model can leave the store in.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case zoo, hf
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an installed model as a bundle or as a Hugging Face folder.",
        usage: "zoo export <model> --output <path> [--format zoo|hf] [<options>]",
        discussion: """
            A bundle (.zoo) is one file that "zoo import" takes. A folder (hf) is what
            transformers' from_pretrained takes.

            Examples:
              zoo export tickets --format zoo -o tickets.zoo
              zoo export tickets --format hf -o ./tickets-hf
            """)

    @Argument(help: "An installed model.")
    var model: String

    @Option(name: .long, help: "A bundle or a Hugging Face folder; else what the path's name tells.")
    var format: Format?

    @Option(name: .shortAndLong, help: ArgumentHelp("The file or folder to write.", valueName: "path"))
    var output: String

    @Option(name: .long, help: "How a bundle is compressed: none, gzip or zstd.", transform: choice)
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
        let format = self.format ?? (output.hasSuffix(".zoo") || place.isStream ? .zoo : .hf)
        switch format {
        case .zoo:
            try checkBundle(output, place, overwrite: overwrite)
            if place == .descriptor(1) { try session.leaveOutput("--output") }
            try BundleWriter.write(installed, to: output, compression: compress)
        case .hf:
            guard !overwrite, compress == .none else {
                throw CommandError.usage(
                    message: "\(overwrite ? "--overwrite" : "--compress") is for bundles, but \(plain(output)) is to be a folder",
                    hint: "--format zoo writes a bundle")
            }
            try writeFolder(installed, session)
        }
        session.say("\(session.style.bold(plain(output))) holds \(installed.reference) (\(byteSize(installed.byteCount)))")
        switch format {
        case .zoo:
            if !place.isStream { session.say("next: " + session.typed("import " + quoted(pathArgument(output)))) }
        case .hf:
            if let obstacle = upstreamObstacle(try session.registry.family(named: installed.manifest.family), try Assets(installed)) {
                session.note("transformers cannot open this folder: \(obstacle)")
            } else {
                session.say("next: AutoModel.from_pretrained(\"\(plain(output))\")")
            }
        }
        session.sayQuietly(output)
        return .object([
            "reference": .string(installed.reference.description), "digest": .string(installed.digest.description),
            "format": .string(format.rawValue), "path": .string(output), "files": .strings(installed.manifest.files.map(\.name)),
        ])
    }

    private func upstreamObstacle<Family: ModelFamily>(_ family: Family.Type, _ assets: Assets) -> String? {
        (try? Model<Family>.configuration(assets)).flatMap(Family.upstreamObstacle)
    }

    private func writeFolder(_ model: InstalledModel, _ session: Session) throws {
        var target = output
        while target.utf8.count > 1 && target.hasSuffix("/") { target.removeLast() }
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
        try folder.rename(to: target)
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
