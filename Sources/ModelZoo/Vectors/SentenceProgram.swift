import ZooTensor

/// How a model's own files say that vectors are made: the modules that sentence-transformers lists in `modules.json`, one after the other.
///
/// Source: sentence_transformers/base/model.py and the modules beside it, version 6.2; files of all versions are read.
struct SentenceProgram: Sendable {
    /// A module after the pooling.
    enum Step: Sendable {
        case dense(DenseModule)
        /// Length 1.
        case normalize
    }

    /// What is made of the tokens; the vectors of several follow each other.
    var poolings: [Pooling]
    /// Whether the files tell the pooling.
    private(set) var tellsPooling = false
    /// Whether the tokens of a prompt count in the pooling.
    var includesPrompt = true
    /// What follows.
    private(set) var steps: [Step] = []
    /// The greatest number of tokens of an input.
    private(set) var maxLength: Int?
    /// Whether texts are lower-cased before anything else.
    private(set) var lowercases = false
    /// What messages call the file that tells the pooling.
    private(set) var poolingFile: String

    private static let modulesFile = "modules.json"
    private static let poolingFolder = "1_Pooling"

    /// Reads the files of a model; one that has none of them takes the standard pooling.
    ///
    /// - Throws: `ModelError.vectors` for modules and settings that are not known, `ModelError.missingFile`, `JSONError`.
    init(_ assets: Assets, otherwise standard: Pooling) throws {
        poolings = [standard]
        poolingFile = assets.name
        guard assets.contains(Self.modulesFile) else {
            // What was written before there was a list of modules.
            if assets.contains(Self.poolingFolder + "/config.json") { try readPooling(assets, Self.poolingFolder) }
            try readTransformer(assets, "")
            return
        }
        let file = assets.label(Self.modulesFile)
        func bad(_ entry: String, _ problem: String) -> ModelError { .vectors(file: file, entry: entry, problem: problem) }
        let modules = try SentenceModule.list(assets)
        guard let first = modules.first, first.kind == "Transformer" else {
            throw bad("[0]", "expected the module Transformer first, found \(modules.first.map { printable($0.type) } ?? "no module")")
        }
        try readTransformer(assets, first.path)
        try Self.checkModelType(assets)
        var hasPooling = false
        for (place, module) in modules.enumerated().dropFirst() {
            switch module.kind {
            case "Pooling" where !hasPooling:
                try readPooling(assets, module.path)
                hasPooling = true
            case "Dense" where hasPooling: steps.append(.dense(try DenseModule(assets, module.path)))
            case "Normalize" where hasPooling:
                try Self.checkNormalize(assets, module.path)
                steps.append(.normalize)
            case "Dropout" where hasPooling: continue  // Nothing happens outside of training.
            case nil:
                throw bad("[\(place)]", "the module \"\(printable(module.type))\" is not known; known are \(SentenceModule.known)")
            default:
                throw bad(
                    "[\(place)]", "expected one Pooling after the Transformer, then Dense, Normalize or Dropout, found \(module.type)")
            }
        }
        guard hasPooling else { throw bad("[\(modules.count - 1)]", "expected a module Pooling after the Transformer, found none") }
    }

    /// The number of numbers of a vector.
    ///
    /// - Parameter width: the width of the features.
    /// - Throws: `ModelError.vectors` when a module does not fit what it gets.
    func width(_ width: Int) throws(ModelError) -> Int {
        var width = width * poolings.count
        for case .dense(let module) in steps {
            guard module.inputs == width else {
                throw .vectors(file: module.file, entry: "in_features", problem: "expected \(width), found \(module.inputs)")
            }
            width = module.outputs
        }
        return width
    }

    /// Leaves out what scales the vectors at the end.
    mutating func dropLastNormalize() {
        while case .normalize? = steps.last { steps.removeLast() }
    }

    // MARK: modules

    private mutating func readTransformer(_ assets: Assets, _ folder: String) throws {
        let names = SentenceModule.transformerFiles.map { SentenceModule.place($0, in: folder) }
        guard let name = names.first(where: assets.contains) else { return }
        let reader = try SettingsReader(assets, name)
        try reader.checkKeys([
            "max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name", "processing_kwargs",
            "unpad_inputs", "query_length", "document_length", "query_expansion", "model_args", "model_kwargs", "tokenizer_args",
            "processor_kwargs", "config_args", "config_kwargs", "tokenizer_name_or_path",
        ])
        maxLength = try reader.count("max_seq_length")
        lowercases = try reader.bool("do_lower_case", default: false)
        try reader.require("transformer_task", { $0 == .string("feature-extraction") }, "feature-extraction")
        try reader.require("module_output_name", { $0 == .string("token_embeddings") }, "token_embeddings")
        try reader.require(
            "modality_config",
            {
                $0.object?.pairs.allSatisfy { $1["method"]?.string == "forward" && $1["method_output_name"]?.string == "last_hidden_state" }
                    ?? false
            },
            "the method forward and its last_hidden_state")
        for key in [
            "processing_kwargs", "query_length", "document_length", "query_expansion", "model_args", "model_kwargs", "tokenizer_args",
            "processor_kwargs", "config_args", "config_kwargs", "tokenizer_name_or_path",
        ] {
            try reader.require(key, { $0.object?.count == 0 || $0 == .string("") }, "nothing")
        }
    }

    private mutating func readPooling(_ assets: Assets, _ folder: String) throws {
        let name = SentenceModule.place("config.json", in: folder)
        let reader = try SettingsReader(assets, name)
        // In the order in which the vectors of several follow each other.
        let flags: [(key: String, pooling: Pooling)] = [
            ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
            ("pooling_mode_mean_sqrt_len_tokens", .meanOverRoot), ("pooling_mode_weightedmean_tokens", .weightedMean),
            ("pooling_mode_lasttoken", .lastToken),
        ]
        try reader.checkKeys(
            Set(flags.map(\.key) + ["pooling_mode", "include_prompt", "embedding_dimension", "word_embedding_dimension"]))
        poolingFile = assets.label(name)
        tellsPooling = true
        includesPrompt = try reader.bool("include_prompt", default: true)
        let names = Pooling.allCases.filter { $0 != .pooled }.map(\.rawValue).joined(separator: ", ")
        switch reader.value("pooling_mode") {
        case .string(let mode)?:
            guard let pooling = Self.pooling(mode) else { throw reader.bad("pooling_mode", "one of \(names)") }
            poolings = [pooling]
        case .array(let modes)?:
            let found = modes.compactMap { $0.string.flatMap(Self.pooling) }
            guard found.count == modes.count, !found.isEmpty else { throw reader.bad("pooling_mode", "some of \(names)") }
            poolings = found
        case nil:
            var active: [Pooling] = []
            for (key, pooling) in flags where try reader.bool(key, default: false) { active.append(pooling) }
            poolings = active.isEmpty ? [.mean] : active
        default: throw reader.bad("pooling_mode", "one of \(names)")
        }
    }

    private static func pooling(_ name: String) -> Pooling? { name == Pooling.pooled.rawValue ? nil : Pooling(rawValue: name) }

    private static func checkNormalize(_ assets: Assets, _ folder: String) throws {
        let name = SentenceModule.place("config.json", in: folder)
        // The transformer's own file, where the module has no folder.
        guard !folder.isEmpty, assets.contains(name) else { return }
        let reader = try SettingsReader(assets, name)
        for key in ["module_input_name", "module_output_name"] {
            try reader.require(key, { $0 == .string("sentence_embedding") }, "sentence_embedding")
        }
    }

    private static func checkModelType(_ assets: Assets) throws {
        guard assets.contains(Prompts.file) else { return }
        let reader = try SettingsReader(assets, Prompts.file)
        try reader.require("model_type", { $0 == .string("SentenceTransformer") }, "SentenceTransformer")
    }
}
