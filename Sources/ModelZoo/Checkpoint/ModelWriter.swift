public import ZooNN
public import ZooTensor

extension Model {
    /// The key of `config.json` for what the head reads of a sequence, where that differs from what the family publishes: the one that
    /// ModernBERT has in `transformers`.
    static var summaryKey: String { "classifier_pooling" }

    /// What the family's published head reads of a sequence.
    var publishedSummary: ClassificationHead.Summary { Family.publishedSummary(configuration) }

    /// The files of this model in upstream layout, but for the weights: the configuration with its labels, and the tokenizer's files as they
    /// were, with the greatest length if the caller chose one.
    public func companionFiles() throws -> [(name: String, bytes: [UInt8])] { try companionFiles(head: head) }

    /// The same of the backbone with a head, or alone.
    private func companionFiles(head: ClassificationHead?) throws -> [(name: String, bytes: [UInt8])] {
        var configuration = upstreamConfiguration
        let names = Family.architectures
        configuration["architectures"] = .array([.string(head == nil ? names.backbone : names.classifier)])
        configuration["id2label"] = nil
        configuration["label2id"] = nil
        configuration["num_labels"] = nil
        configuration[Self.summaryKey] = nil
        for key in ConfigurationReader.codeKeys { configuration[key] = nil }
        // The weights are written so, whatever they were read as: `transformers` would load them in the precision that it finds here.
        for key in ["dtype", "torch_dtype"] where configuration[key] != nil && configuration[key] != .null {
            configuration[key] = .string("float32")
        }
        if !labels.isEmpty {
            let members = Labels.members(labels)
            configuration["id2label"] = members.id2label
            configuration["label2id"] = members.label2id
        }
        configuration["problem_type"] = nil
        if let head {
            if head.summary != publishedSummary { configuration[Self.summaryKey] = .string(head.summary.rawValue) }
            configuration["problem_type"] = .string("single_label_classification")
        }
        var files = [("config.json", JSON.object(configuration).serialized(pretty: true, bareNonFinite: true))]
        for name in assets.paths.keys.sorted() where name != "config.json" && ModelFiles.belongsToDerived(name) {
            files.append((name, try assets.bytes(name)))
        }
        for file in try tokenizer.companionFiles(assets) {
            files.removeAll { $0.0 == file.name }
            files.append((file.name, file.bytes))
        }
        return files
    }

    /// The weights under upstream names.
    public func upstreamTensors() -> [(name: String, tensor: Tensor)] {
        schema.parameters.map { parameter in
            (Family.names.upstream(parameter.path, withHead: head != nil) ?? parameter.path.description, weights[parameter])
        }
    }

    /// Writes the model as an upstream folder, which is made if it does not exist. The weights come last: with them the folder is whole.
    public func write(to folder: String) throws {
        try write(companionFiles(), to: folder)
        try writeWeights(to: folder + "/" + Checkpoint.fileName)
    }

    private func write(_ files: [(name: String, bytes: [UInt8])], to folder: String) throws {
        try makeFolders(folder)
        for file in files {
            if let slash = file.name.lastIndex(of: "/") { try makeFolders(folder + "/" + file.name[..<slash]) }
            try writeFile(folder + "/" + file.name, file.bytes)
        }
    }

    /// Writes a classifier of texts as a folder that sentence-transformers opens: the backbone, what the head reads of the tokens as
    /// `Pooling`, and the head as `Dense` without an activation, so that `encode` gives the logits. `config.json` holds the classes' names.
    ///
    /// - Returns: the names of the files.
    /// - Throws: `ModelError.noHead`; `ModelError.noSentenceForm` for images, and for a head that reads what no `Pooling` gives.
    public func writeSentenceFolder(to folder: String) throws -> [String] {
        guard let head else { throw ModelError.noHead(model: name) }
        guard Family.inputKind.hasSentenceModules else {
            throw ModelError.noSentenceForm(model: name, reason: "it reads \(Family.inputKind.rawValue)s")
        }
        guard head.summary != .pooled else {
            throw ModelError.noSentenceForm(model: name, reason: "its classifier reads the model's own pooler, which no module there is")
        }
        let layer = head.parameters(in: weights)
        let modules = ["": "Transformer", "1_Pooling": "Pooling", "2_Dense": "Dense"].sorted { $0.key < $1.key }
        var files = try companionFiles(head: nil)
        func add(_ name: String, _ value: JSON) { files.append((name, value.serialized(pretty: true))) }
        add(
            "modules.json",
            .array(
                modules.enumerated().map { place, module in
                    .object([
                        "idx": .integer(place), "name": .string("\(place)"), "path": .string(module.key),
                        "type": .string("sentence_transformers.models." + module.value),
                    ])
                }))
        add(
            "1_Pooling/config.json",
            .object([
                "word_embedding_dimension": .integer(configuration.width), "pooling_mode_cls_token": .bool(head.summary == .firstToken),
                "pooling_mode_mean_tokens": .bool(head.summary == .mean), "pooling_mode_max_tokens": .bool(false),
                "pooling_mode_mean_sqrt_len_tokens": .bool(false), "pooling_mode_weightedmean_tokens": .bool(false),
                "pooling_mode_lasttoken": .bool(false), "include_prompt": .bool(true),
            ]))
        add(
            "2_Dense/config.json",
            .object([
                "in_features": .integer(configuration.width), "out_features": .integer(head.outputs), "bias": .bool(true),
                "activation_function": .string("torch.nn.modules.linear.Identity"),
            ]))
        try write(files, to: folder)
        let backbone = schema.parameters.filter { !head.owns($0) }.map { parameter in
            (Family.names.upstream(parameter.path, withHead: false) ?? parameter.path.description, weights[parameter])
        }
        let tensors = [("2_Dense/", [("linear.weight", layer.weight), ("linear.bias", layer.bias)]), ("", backbone)]
        for (place, tensors) in tensors {
            try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: folder + "/" + place + Checkpoint.fileName)
        }
        return files.map(\.name) + tensors.map { $0.0 + Checkpoint.fileName }
    }

    /// The weights that ``writeWeights(to:)`` wrote.
    public func weights(from checkpoint: Checkpoint) throws -> Weights {
        try CheckpointLoader(layouts: [Family.names], schema: schema, file: checkpoint.files.first?.path ?? name).load(
            checkpoint, fresh: { _ in false }, optional: [], seed: 0
        ).weights
    }

    /// Writes the weights as safetensors.
    public func writeWeights(to path: String) throws {
        try SafetensorsWriter.write(upstreamTensors(), metadata: ["format": "pt"], to: path)
    }
}

/// Which files of a model go with a model derived from it.
enum ModelFiles {
    private static let derived: Set<String> = [
        "vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "preprocessor_config.json",
    ]

    /// The files that inputs are prepared with, and licences; weights, cards and pooling belong to the base alone.
    static func belongsToDerived(_ name: String) -> Bool {
        derived.contains(name) || UpstreamFiles.isLicence(name)
    }
}
