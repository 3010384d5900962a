public import ZooTensor

/// Errors of importing models that others made.
public enum ImportError: ZooError, Equatable {
    /// Nothing that looks like a model.
    case noModel(path: String, found: [String])
    /// More than one model folder.
    case several(path: String, folders: [String])
    /// No model in the folder that `--inside` names.
    case noFolder(path: String, inside: String, folders: [String])
    /// The only weights are in a pickle.
    case onlyPickle(path: String, folder: String, file: String)
    /// A file of weights in a format that is not read.
    case otherFormat(path: String, found: String)
    /// The only weights of a folder are in a format that is not read.
    case onlyOther(path: String, folder: String, file: String)
    /// An archive holds a file of the model twice.
    case duplicate(path: String, entry: String)
    /// An archive holds an absolute name or one with `..`.
    case unsafeEntry(path: String, entry: String, rule: String)
    /// A file of the model is no regular file.
    case notRegular(path: String, entry: String, found: String)
    /// A link that leads out of the folder, or a hard link.
    case link(path: String, entry: String, rule: String)
    /// No model name can be made of the path.
    case noName(path: String)
    /// A JSON file of the model is not usable.
    case configuration(path: String, entry: String, reason: String)
    /// The shards and their index do not fit each other.
    case shards(path: String, entry: String, reason: String)
    /// A file that is neither folder, bundle nor archive.
    case notAModelFile(path: String)
    /// The archive changed between two readings.
    case changed(path: String, entry: String)
    /// The weights are not good safetensors.
    case weights(path: String, entry: String, cause: SafetensorsError)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .noModel: "import.no_model"
        case .several: "import.several_models"
        case .noFolder: "import.no_folder"
        case .onlyPickle: "import.pickle"
        case .otherFormat, .onlyOther: "import.other_format"
        case .duplicate: "import.duplicate_entry"
        case .unsafeEntry: "import.entry_name"
        case .notRegular: "import.entry_kind"
        case .link: "import.link"
        case .noName: "import.no_name"
        case .configuration: "import.configuration"
        case .shards: "import.shards"
        case .notAModelFile: "import.not_a_model"
        case .changed: "import.changed"
        case .weights(_, _, let cause): cause.code
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .several, .noName, .notAModelFile: .usage
        case .noFolder: .notFound
        case .onlyPickle: .refused
        case .otherFormat(_, let found): found.contains("pickle") ? .refused : .format
        case .noModel, .onlyOther, .duplicate, .unsafeEntry, .notRegular, .link, .configuration, .shards, .changed: .format
        case .weights(_, _, let cause): cause.exitCode
        }
    }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .noModel(_, let found):
            "no model found: expected a folder with config.json and *.safetensors"
                + (found.isEmpty ? "" : "; it holds " + Self.list(found))
        case .several(_, let folders): "several models found: \(Self.list(folders))"
        case .noFolder(_, let inside, let folders):
            "no model in \"\(printable(inside))\"" + (folders.isEmpty ? "" : "; there is one in \(Self.list(folders))")
        case .onlyPickle:
            "the weights are refused: they are a Python pickle, which can run any code when it is loaded; expected *.safetensors"
        case .otherFormat(_, let found):
            "expected a folder, a .zoo bundle or an archive, found \(found)"
                + (found.contains("pickle") ? ", which can run any code when it is loaded" : ", which is not read")
        case .onlyOther: "the weights are in a format that is not read; expected *.safetensors"
        case .duplicate: "the archive holds this file twice"
        case .unsafeEntry(_, _, let rule): "the entry's name is refused: it \(rule)"
        case .notRegular(_, _, let found): "expected a regular file, found \(found)"
        case .link(_, _, let rule): "the link is refused: \(rule)"
        case .noName(let path): "no model name can be made of \"\(printable(path))\""
        case .configuration(_, _, let reason), .shards(_, _, let reason): reason
        case .notAModelFile: "expected a folder, a .zoo bundle, or a zip or tar archive"
        case .changed: "the archive changed while it was read"
        case .weights(_, _, let cause): (cause.place?.entry.map { "\"\(printable($0))\": " } ?? "") + cause.message
        }
    }

    /// Where it happened.
    public var place: Place? {
        switch self {
        case .noModel(let path, _), .several(let path, _), .noFolder(let path, _, _), .noName(let path), .notAModelFile(let path),
            .otherFormat(let path, _):
            Place(file: path)
        case .onlyPickle(let path, let folder, let file), .onlyOther(let path, let folder, let file):
            Place(file: path, entry: folder.isEmpty ? file : folder + "/" + file)
        case .duplicate(let path, let entry), .unsafeEntry(let path, let entry, _), .notRegular(let path, let entry, _),
            .link(let path, let entry, _), .configuration(let path, let entry, _), .shards(let path, let entry, _),
            .changed(let path, let entry), .weights(let path, let entry, _):
            Place(file: path, entry: entry)
        }
    }

    /// What the user can do.
    public var hint: String? {
        switch self {
        case .several: "choose one with --inside FOLDER"
        case .onlyPickle(_, _, let file): Self.conversion(file)
        case .otherFormat(let path, let found) where found.contains("pickle"): Self.conversion(path)
        case .otherFormat, .onlyOther: "get the model's safetensors, in a folder with its config.json and the tokenizer's files"
        case .noName: "give a name with --as"
        case .link: "copy the folder with its links resolved first, as with cp -rL --no-preserve=links"
        case .notAModelFile: "give the folder that holds the file"
        default: nil
        }
    }

    /// How a pickle becomes safetensors.
    private static func conversion(_ file: String) -> String {
        "get the model's safetensors, or convert the weights where you trust them, in Python: "
            + "safetensors.torch.save_file(torch.load(\"\(printable(file))\", weights_only=True), \"model.safetensors\")"
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(10).map { "\"" + printable($0.isEmpty ? "." : $0) + "\"" }.joined(separator: ", ")
            + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }
}
