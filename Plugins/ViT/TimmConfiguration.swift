public import ModelZoo
public import ZooTensor

extension ViT {
    /// The widths of timm's models by the second word of their names: `vit_tiny_patch16_224`.
    private static let timmSizes: [String: (width: Int, layers: Int, heads: Int)] = [
        "tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12), "large": (1024, 24, 16), "huge": (1280, 32, 16),
    ]

    /// timm's `config.json` in the form of `transformers`: the measures follow from the architecture's name and from `model_args`.
    ///
    /// Source: timm/models/vision_transformer.py.
    public static func translated(_ configuration: JSONObject, file: String) throws(ModelError) -> JSONObject {
        guard configuration["model_type"] == nil, let name = configuration["architecture"]?.string else { return configuration }
        func bad(_ key: String, _ expected: String, _ found: String) -> ModelError {
            .configuration(file: file, key: key, expected: expected, found: printable(found, limit: 80))
        }
        let words = name.split(separator: "_").map(String.init)
        let patch = words.lazy.compactMap { word in word.hasPrefix("patch") ? Int(word.dropFirst("patch".count)) : nil }.first
        guard words.count >= 4, words[0] == "vit", let size = timmSizes[words[1]], let patch,
            words.dropFirst(2).allSatisfy({ $0.hasPrefix("patch") || Int($0) != nil })
        else {
            throw bad(
                "architecture",
                "vit_{\(timmSizes.keys.sorted().joined(separator: ","))}_patch<edge>_<size> (no other variant is supported)", name)
        }
        let settings = configuration["pretrained_cfg"]?.object ?? [:]
        var result = JSONObject()
        result["model_type"] = .string("vit")
        result["architectures"] = .array([.string(architectures.classifier)])
        result["hidden_size"] = .integer(size.width)
        result["num_hidden_layers"] = .integer(size.layers)
        result["num_attention_heads"] = .integer(size.heads)
        result["intermediate_size"] = .integer(4 * size.width)
        result["patch_size"] = .integer(patch)
        result["hidden_act"] = .string("gelu")
        result["layer_norm_eps"] = .number(1e-6)
        result["hidden_dropout_prob"] = .number(0)
        result["attention_probs_dropout_prob"] = .number(0)
        result["qkv_bias"] = .bool(true)
        var image = words.last.flatMap { Int($0) }.map { JSON.integer($0) } ?? .integer(224)
        if case .array(let items)? = settings["input_size"], items.count == 3 { image = .array(Array(items.dropFirst())) }
        if let object = configuration["model_args"]?.object {
            for (key, value) in object.pairs {
                switch key {
                case "img_size": image = value
                case "qkv_bias": result["qkv_bias"] = value
                case "embed_dim":
                    result["hidden_size"] = value
                    if let width = value.integer, (1...65536).contains(width) { result["intermediate_size"] = .integer(4 * width) }
                case "depth": result["num_hidden_layers"] = value
                case "num_heads": result["num_attention_heads"] = value
                case "num_classes", "global_pool": continue
                default: throw bad("model_args." + key, "no such setting (it is not supported)", value.serializedText())
                }
            }
        }
        if case .array(let items) = image, items.count == 2, items[0] == items[1] { image = items[0] }
        result["image_size"] = image
        let pool = configuration["global_pool"]?.string ?? configuration["model_args"]?["global_pool"]?.string ?? "token"
        guard ["token", "avg"].contains(pool) else { throw bad("global_pool", "token or avg", pool) }
        if pool == "avg" { result["global_pool"] = .string(pool) }
        setLabels(&result, configuration, settings)
        return result
    }

    /// Class names as timm gives them: names of their own, with readable ones beside them where it has those.
    private static func setLabels(_ result: inout JSONObject, _ configuration: JSONObject, _ settings: JSONObject) {
        let names = (configuration["label_names"] ?? settings["label_names"])?.array?.compactMap(\.string) ?? []
        let descriptions = (configuration["label_descriptions"] ?? settings["label_descriptions"])?.object
        let count = (configuration["num_classes"] ?? settings["num_classes"])?.integer ?? 1000
        result["num_labels"] = .integer(count)
        guard !names.isEmpty else { return }
        var table = JSONObject()
        for (number, name) in names.enumerated() { table[String(number)] = .string(descriptions?[name]?.string ?? name) }
        result["id2label"] = .object(table)
    }
}
