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

    func run(_ session: Session) throws -> JSON {
        guard !ModelReference.isPath(model) else {
            throw CommandError.usage(
                message: "expected an installed model, found the path \"\(plain(model))\"",
                hint: "make a bundle of a folder with: zoo pack \(quoted(model)) -o NAME.zoo")
        }
        let installed = try session.store().resolve(ModelReference(model))
        let format = self.format ?? (output.hasSuffix(".zoo") ? .zoo : .hf)
        switch format {
        case .zoo: try writeBundle(installed, to: output, compress, overwrite: overwrite)
        case .hf: try writeFolder(installed, session)
        }
        session.say("\(session.style.bold(plain(output))) holds \(installed.reference) (\(byteSize(installed.byteCount)))")
        if format == .zoo {
            session.say("next: zoo import \(quoted(pathArgument(output)))")
        } else if let obstacle = upstreamObstacle(try session.registry.family(named: installed.manifest.family), try Assets(installed)) {
            session.note("transformers cannot open this folder: \(obstacle)")
        } else {
            session.say("next: AutoModel.from_pretrained(\"\(plain(output))\")")
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
        switch fileKind(target, followingLinks: false) {
        case nil: break
        case .directory?:
            guard try folderEntries(target).isEmpty else { throw CommandError.exists(path: target, what: "the folder is not empty") }
        default: throw CommandError.exists(path: target, what: "a file of this name is there")
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

/// Packs an installed model.
func writeBundle(_ model: InstalledModel, to path: String, _ compression: ArchiveCompression, overwrite: Bool) throws {
    if let kind = fileKind(path, followingLinks: false) {
        guard case .regular = kind, overwrite else { throw CommandError.exists(path: path, what: "something of this name is there") }
    }
    try BundleWriter.write(model, to: path, compression: compression)
}

/// A path in a form that no command takes for a model's name.
func pathArgument(_ path: String) -> String { ModelReference.isPath(path) ? path : "./" + path }
