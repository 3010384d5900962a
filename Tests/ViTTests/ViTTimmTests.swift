import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooViT

@Suite("ViT in timm's layout")
struct ViTTimmTests {
    /// timm's `config.json` with some values changed; nil leaves one out.
    private func configuration(_ changes: [String: JSON?] = [:], preparation: [String: JSON?] = [:]) -> JSON {
        let half = JSON.array([.number(0.5), .number(0.5), .number(0.5)])
        var settings: JSONObject = [
            "input_size": .array([.integer(3), .integer(32), .integer(32)]), "interpolation": .string("bicubic"), "crop_pct": .number(1),
            "crop_mode": .string("center"), "mean": half, "std": half, "num_classes": .integer(3), "classifier": .string("head"),
        ]
        for (key, value) in preparation { settings[key] = value }
        var object: JSONObject = [
            "architecture": .string("vit_tiny_patch8_32"), "num_classes": .integer(3), "global_pool": .string("token"),
            "pretrained_cfg": .object(settings),
        ]
        for (key, value) in changes { object[key] = value }
        return .object(object)
    }

    private func expectRefusal(_ key: String, _ expected: String, _ found: String, _ configuration: JSON) throws {
        let model = try AlteredModel(configuration: configuration)
        expectError(.format, "config.json, \"\(key)\": expected \(expected)", "found \(found)") { _ = try model.load() }
    }

    @Test(
        "architectures of another kind are refused by their names",
        arguments: [
            "vit_tiny_patch16_clip_224", "vit_tiny_r_s16_p8_224", "vit_giant_patch14_224", "vit_tiny_patch16", "vit_tiny_patchx_224",
            "vit_tiny_224", "vit_", "vit_base_patch16_rope_224", "vit_small_patch16_224_dino2", "vit_tiny_patch99999999999999999999_224",
        ])
    func architectures(name: String) throws {
        try expectRefusal("architecture", "vit_{", name, configuration(["architecture": .string(name)]))
    }

    @Test("settings of the architecture that are not supported are refused by their names")
    func settings() throws {
        let unknown: [(String, JSON)] = [
            ("class_token", .bool(false)), ("reg_tokens", .integer(4)), ("init_values", .number(1e-5)), ("mlp_ratio", .number(2)),
            ("qk_norm", .bool(true)), ("no_embed_class", .bool(true)), ("act_layer", .string("relu")), ("dynamic_img_size", .bool(true)),
        ]
        for (key, value) in unknown {
            let arguments = JSON.object(JSONObject(dictionaryLiteral: (key, value)))
            try expectRefusal("model_args.\(key)", "no such setting", value.serializedText(), configuration(["model_args": arguments]))
        }
        try expectRefusal("global_pool", "token or avg", "map", configuration(["global_pool": .string("map")]))
    }

    @Test("measures out of range name the key of transformers")
    func measures() throws {
        let large = JSON.integer(1_000_000_000)
        for (key, name) in [("embed_dim", "hidden_size"), ("depth", "num_hidden_layers"), ("num_heads", "num_attention_heads")] {
            let arguments = JSON.object(JSONObject(dictionaryLiteral: (key, large)))
            try expectRefusal(name, "a whole number from 1 to", "1000000000", configuration(["model_args": arguments]))
        }
        try expectRefusal("patch_size", "a whole number from 1 to", "0", configuration(["architecture": .string("vit_tiny_patch0_32")]))
        try expectRefusal(
            "image_size", "a multiple of patch_size (7)", "32", configuration(["architecture": .string("vit_tiny_patch7_32")]))
    }

    @Test("C12 a preparation without sense")
    func preparation() throws {
        let zeros = JSON.array([.integer(0), .integer(1), .integer(1)])
        let values: [(key: String, value: JSON, name: String, expected: String)] = [
            ("input_size", .array([.integer(1), .integer(32), .integer(32)]), "pretrained_cfg.input_size", "[3, height, width]"),
            ("input_size", .integer(32), "pretrained_cfg.input_size", "[3, height, width]"),
            ("interpolation", .string("cubist"), "pretrained_cfg.interpolation", "one of nearest, lanczos"),
            ("crop_mode", .string("border"), "pretrained_cfg.crop_mode", "center or squash"),
            ("crop_pct", .integer(0), "crop_pct", "a number from 0.05 to 1.0"), ("crop_pct", .string("all"), "crop_pct", "a number from"),
            ("std", zeros, "std", "three numbers"), ("mean", .array([.number(0.5)]), "mean", "three numbers"),
        ]
        // Weights that fit, so that nothing else is wrong.
        let folder = try written().folder
        for (key, value, name, expected) in values {
            let text = configuration(["model_args": Self.small], preparation: [key: value]).serialized()
            try folder.write("config.json", text)
            expectError(.format, "config.json, \"\(name)\": expected \(expected)") {
                _ = try Model<ViT>(Assets(folder: folder.path), head: .published)
            }
        }
    }

    /// The measures of a model that is small enough for a test.
    private static let small = JSON.object(["embed_dim": .integer(16), "depth": .integer(2), "num_heads": .integer(2)])

    /// A model of random weights in the layout of transformers, and the same weights in timm's.
    private func written(pooling: String = "token") throws -> (model: Model<ViT>, folder: TemporaryFolder, own: TemporaryFolder) {
        let (own, folder) = (try TemporaryFolder(), try TemporaryFolder())
        let preparation = #"{"size": 32, "resample": 3, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#
        try RandomModel.write(
            ViT.self,
            configuration: .object([
                "model_type": .string("vit"), "image_size": .integer(32), "patch_size": .integer(8), "hidden_size": .integer(16),
                "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(64),
                "layer_norm_eps": .number(1e-6), "global_pool": .string(pooling),
            ]), files: ["preprocessor_config.json": Array(preparation.utf8)], labels: ["a", "b", "c"], to: own.path)
        let model = try Model<ViT>(Assets(folder: own.path), head: .published)

        var tensors: [(name: String, tensor: Tensor)] = []
        let timm = try #require(ViT.otherNames.first)
        for parameter in model.schema.parameters {
            guard let name = timm.upstream(parameter.path, withHead: true) else { continue }
            tensors.append((name, model.weights[parameter]))
        }
        // timm keeps queries, keys and values in one tensor.
        for layer in 0..<2 {
            for (leaf, shape) in [("weight", Shape([48, 16])), ("bias", Shape([48]))] {
                let parts = try ["query", "key", "value"].map { part in
                    let path = ParameterPath("layers.\(layer).attention.\(part).\(leaf)")
                    return model.weights[try #require(model.schema.parameters.first { $0.path == path })]
                }
                tensors.append(("blocks.\(layer).attn.qkv.\(leaf)", Tensor(parts.flatMap(\.elements), shape)))
            }
        }
        try SafetensorsWriter.write(tensors, to: folder.path + "/model.safetensors")
        try folder.write("config.json", configuration(["model_args": Self.small, "global_pool": .string(pooling)]).serialized())
        return (model, folder, own)
    }

    @Test("the same weights in both layouts give the same bits; what is written is in the layout of transformers")
    func layouts() throws {
        let (model, folder, _) = try written()
        let other = try Model<ViT>(Assets(folder: folder.path), head: .published)
        for parameter in model.schema.parameters { #expect(other.weights[parameter].elements == model.weights[parameter].elements) }
        #expect(other.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
        // A square, of which both preparations take all.
        let images = [
            Input.image(ImageSource(name: "square", PixelImage(width: 20, height: 20, pixels: (0..<1200).map { UInt8($0 * 7 % 256) })))
        ]
        func logits(_ model: Model<ViT>) throws -> [Float] { try model.logits(model.tokenizer(images), Pass(model.weights)).value.elements }
        #expect(try logits(other) == logits(model))

        let target = try TemporaryFolder()
        try other.write(to: target.path)
        let again = try Model<ViT>(Assets(folder: target.path), head: .published)
        #expect(try Checkpoint(folder: target.path).names.contains("vit.encoder.layer.1.attention.attention.key.bias"))
        #expect(again.upstreamConfiguration["model_type"] == .string("vit") && again.upstreamConfiguration["architecture"] == nil)
        #expect(again.notes.isEmpty && again.labels == other.labels)
        #expect(try logits(again) == logits(model))
    }

    @Test("class names as timm keeps them")
    func labels() throws {
        let (_, folder, _) = try written()
        let names: JSON = .array([.string("n01"), .string("n02"), .string("n03")])
        let descriptions: JSON = .object(["n01": .string("tench"), "n03": .string("great white shark")])
        let text = configuration(["model_args": Self.small, "label_names": names, "label_descriptions": descriptions]).serialized()
        try folder.write("config.json", text)
        let model = try Model<ViT>(Assets(folder: folder.path), head: .published)
        #expect(model.labels == ["tench", "n02", "great white shark"])
    }

    // MARK: vectors

    /// Squares, of which both preparations take all.
    private static let squares = [7, 11].map { step in
        let image = PixelImage(width: 20, height: 20, pixels: (0..<1200).map { UInt8($0 * step % 256) })
        return Input.image(ImageSource(name: "square \(step)", image))
    }

    /// Each row of 16 scaled to length 1.
    private func normalised(_ vectors: [Float]) -> [Float] {
        stride(from: 0, to: vectors.count, by: 16).flatMap { start in
            let row = vectors[start..<start + 16].map { Double($0) }
            let length = norm(row)
            return row.map { Float($0 / length) }
        }
    }

    @Test("vectors: what the model's own pooling gives, the same in both layouts", arguments: ["avg", "token"])
    func vectors(pooling: String) throws {
        let isMean = pooling == "avg"
        let (_, timm, own) = try written(pooling: pooling)
        var all: [[Float]] = []
        for folder in [own, timm] {
            let assets = try Assets(folder: folder.path)
            let model = try Model<ViT>(assets, head: .none(isMean ? .pooled : .firstToken))
            let features = model.features(try model.tokenizer(Self.squares), Pass(model.weights))
            let summary = isMean ? features.pooled?.value : features.firstTokens.value
            let expected = try #require(summary)
            #expect(expected.shape == [2, 16])

            let embedder = try Embedder<ViT>(assets)
            #expect(embedder.poolings == [isMean ? Pooling.pooled : Pooling.cls])
            var vectors: [Float] = []
            try embedder.embed(Self.squares) { vectors += $0 }
            try #require(vectors.count == 32)
            #expect(largestDifference(Tensor(vectors, [2, 16]), Tensor(normalised(expected.elements), [2, 16])) <= 1e-6)

            var raw: [Float] = []
            try Embedder<ViT>(assets, isNormalized: false).embed(Self.squares) { raw += $0 }
            #expect(raw == expected.elements)
            all.append(vectors)
        }
        #expect(all[0] == all[1] && all[0].prefix(16) != all[0].suffix(16))
    }

    @Test("mean pooling: the mean over the patches without the class token, then the norm")
    func meanPooling() throws {
        let (model, _, _) = try written(pooling: "avg")
        let features = model.features(try model.tokenizer(Self.squares), Pass(model.weights))
        let pooled = try #require(features.pooled?.value)
        let tokens = features.tokens.value.elements.map { Double($0) }
        try #require(tokens.count == 2 * 17 * 16)
        let parameters = try ["weight", "bias"].map { leaf in
            let path = ParameterPath("pooledNorm.\(leaf)")
            let parameter = try #require(model.schema.parameters.first { $0.path == path })
            return model.weights[parameter].elements.map { Double($0) }
        }
        var expected: [Float] = []
        for image in 0..<2 {
            let mean = (0..<16).map { channel in
                let values = (1...16).map { tokens[(17 * image + $0) * 16 + channel] }
                return values.reduce(0, +) / 16
            }
            let centre = mean.reduce(0, +) / 16
            let distances = mean.map { $0 - centre }
            let deviation = (distances.map { $0 * $0 }.reduce(0, +) / 16 + 1e-6).squareRoot()
            for channel in 0..<16 {
                expected.append(Float(distances[channel] / deviation * parameters[0][channel] + parameters[1][channel]))
            }
        }
        #expect(largestDifference(pooled, Tensor(expected, [2, 16])) <= 1e-5)
    }
}
