/// Which files of an upstream model folder are taken, as Hugging Face names them.
enum UpstreamFiles {
    private static let names: Set<String> = [
        "config.json", "model.safetensors", "model.safetensors.index.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.json",
        "tokenizer_config.json", "tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "special_tokens_map.json",
        "added_tokens.json", "preprocessor_config.json",
    ]
    /// Files that describe the whole model, not the transformer in it.
    private static let common: Set<String> = ["README.md", "modules.json", "config_sentence_transformers.json"]
    private static let pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"]

    /// Whether a file, named from the model's folder on, belongs to the model.
    static func isTaken(_ name: String) -> Bool {
        isTransformers(name) || common.contains(name) || isLicence(name) || isModules(name)
    }

    /// Whether a file is the transformer's own: its configuration, weights and tokenizer.
    static func isTransformers(_ name: String) -> Bool {
        names.contains(name) || isShard(name) || SentenceModule.transformerFiles.contains(name)
    }

    /// Whether a file belongs to a module of sentence-transformers by the name of its folder, as `1_Pooling/config.json`.
    static func isModules(_ name: String) -> Bool {
        guard let slash = name.firstIndex(of: "/") else { return false }
        let folder = name[..<slash]
        let number = folder.prefix { $0.isASCII && $0.isNumber }
        return !number.isEmpty && folder.dropFirst(number.count).first == "_" && isModules(name, in: [String(folder)])
    }

    /// Whether a file belongs to a module of sentence-transformers with one of some folders.
    static func isModules(_ name: String, in folders: some Collection<String>) -> Bool {
        guard let slash = name.firstIndex(of: "/"), folders.contains(String(name[..<slash])) else { return false }
        return isTransformers(String(name[name.index(after: slash)...])) && FileRules.violation(ofPath: name) == nil
    }

    /// Whether a name is that of a licence or notice that goes with a model.
    static func isLicence(_ name: String) -> Bool {
        ["LICENSE", "LICENCE", "NOTICE"].contains { name.hasPrefix($0) } && FileRules.violation(ofPath: name) == nil
            && !name.contains("/") && FileRules.isAllowedType(name)
    }

    /// Whether a name is `model-00001-of-00002.safetensors`.
    static func isShard(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "model", parts[2] == "of", parts[3].hasSuffix(".safetensors") else { return false }
        let total = parts[3].dropLast(".safetensors".count)
        return [parts[1], total].allSatisfy { $0.utf8.count == 5 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// Whether a name is that of safetensors weights.
    static func isWeights(_ name: String) -> Bool {
        let file = name.split(separator: "/").last.map(String.init) ?? name
        return file == "model.safetensors" || isShard(file)
    }

    /// Whether a name is that of weights in a pickle.
    static func isPickle(_ name: String) -> Bool { pickles.contains { name.hasSuffix($0) } }

    /// Whether a name is that of weights in another format that is not read.
    static func isOtherWeights(_ name: String) -> Bool {
        [".h5", ".msgpack", ".gguf", ".onnx", ".tflite", ".ot"].contains { name.hasSuffix($0) }
    }

    /// The order in a bundle: configuration, the rest by name, the weights last.
    static func precedes(_ first: String, _ second: String) -> Bool {
        func rank(_ name: String) -> Int { name == "config.json" ? 0 : isWeights(name) ? 2 : 1 }
        let ranks = (rank(first), rank(second))
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : first.utf8.lexicographicallyPrecedes(second.utf8)
    }

    /// The largest size in bytes of a file that is no weights: 256 MiB.
    static let maximumSideFileBytes = 256 << 20
}
