import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo pack DIR -o FILE.zoo`
struct PackCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Make a bundle of a Hugging Face folder without installing it.",
        usage: "zoo pack <folder> --output <file.zoo> [--as <name>] [<options>]",
        discussion: """
            The same folder gives the same bytes (without compression on every machine).

            Example:
              zoo pack ./all-MiniLM-L6-v2 -o minilm.zoo
            """)

    @Argument(help: "A folder with config.json and *.safetensors, or an archive of one.")
    var folder: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The bundle to write.", valueName: "file.zoo"))
    var output: String

    @Option(name: .customLong("as"), help: ArgumentHelp("The name in the bundle; else the bundle's own.", valueName: "name"))
    var name: String?

    @Option(name: .long, help: ArgumentHelp("The model's folder inside the path, where there are several.", valueName: "folder"))
    var inside: String?

    @Option(name: .long, help: "How the bundle is compressed: none, gzip or zstd (none).", transform: choice)
    var compress = ArchiveCompression.none

    @Flag(name: .long, help: "Replace a bundle that is there.")
    var overwrite = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left { .output(output) }

    func run(_ session: Session) throws -> JSON {
        let place = try OutputFile.kind(of: output)
        guard output.hasSuffix(".zoo") || place.isStream else {
            throw CommandError.usage(message: "--output: expected a name that ends in .zoo, found \"\(plain(output))\"", hint: nil)
        }
        try checkBundle(output, place, overwrite: overwrite)
        if place == .descriptor(1) { try session.leaveOutput("--output") }
        let registry = session.registry
        // The store of one moment, beside the bundle: the same checks as for an import.
        let temporary = try TemporaryFolder(
            in: place.isStream ? session.temporaryFolder : parentFolder(of: place.path ?? output))
        let importer = Importer(
            store: try Store(home: temporary.path), runsFolder: try? session.store().runsFolder,
            checkManifest: { _ = try registry.family(named: $0.family) },
            checkModel: { manifest, assets in for note in try registry.check(manifest, assets).notes { session.note(note) } })
        let model = try importer.importModel(
            folder, as: name ?? modelName(String(fileName(output).dropLast(4))), inside: inside,
            family: { try registry.description(of: $0, file: folder + "/config.json") },
            progress: { session.progress.update("packing", done: $0.done, total: $0.total, details: $0.file) }
        ).model
        try BundleWriter.write(model, to: output, compression: compress)
        withExtendedLifetime(temporary) {}
        session.say(
            "\(session.style.bold(plain(output))) holds \(model.manifest.name) (\(byteSize(model.byteCount)), digest \(model.digest))")
        if !place.isStream { session.say("next: " + session.typed("import " + quoted(pathArgument(output)))) }
        session.sayQuietly(output)
        var data = Description(model).json
        data["path"] = .string(output)
        return .object(data)
    }
}

/// A well-formed model name out of any text; nil if nothing usable is left.
func modelName(_ text: String) -> String? {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == UInt8(ascii: "_")
        let isInner = isLetter || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        let next = isInner ? byte : UInt8(ascii: "-")
        if bytes.isEmpty && !isLetter || next == UInt8(ascii: "-") && bytes.last == next { continue }
        bytes.append(next)
        if bytes.count == 80 { break }
    }
    while let last = bytes.last, last == UInt8(ascii: "-") || last == UInt8(ascii: ".") { bytes.removeLast() }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
}
