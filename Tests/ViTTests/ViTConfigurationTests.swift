import ModelZoo
import Testing
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooViT

@Suite("ViT configurations")
struct ViTConfigurationTests {
    private func expectRefusal(_ refused: RefusedValue, in file: String = "config.json") throws {
        let changes = [refused.key: Optional(refused.value)]
        let model = try file == "config.json" ? AlteredModel(changes) : AlteredModel(preparation: changes)
        refused.expectRefusal(in: file) { try model.load() }
    }

    @Test(
        "C3 nothing is divided by zero, and nothing leaves a rest",
        arguments: [
            RefusedValue("hidden_size", "0", "a whole number from 1 to 65536"),
            RefusedValue("num_attention_heads", "0", "a whole number from 1 to 4096"),
            RefusedValue("num_attention_heads", "5", "a divisor of hidden_size (32)"),
            RefusedValue("num_attention_heads", "64", "a divisor of hidden_size (32)"),
            RefusedValue("num_hidden_layers", "0", "a whole number from 1 to 1000"),
            RefusedValue("intermediate_size", "0", "a whole number from 1 to 1000000"),
            RefusedValue("patch_size", "0", "a whole number from 1 to 1024"),
            RefusedValue("image_size", "0", "a whole number from 1 to 8192"),
            RefusedValue("image_size", "30", "a multiple of patch_size (8)"),
            RefusedValue("image_size", "[32,36]", "a multiple of patch_size (8)"),
            RefusedValue("image_size", "[0,32]", "a whole number from 1 to 8192, or height and width"),
            RefusedValue("num_channels", "1", "3 (nothing else is supported)"),
            RefusedValue("num_channels", "0", "3 (nothing else is supported)"),
        ])
    func zeros(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C12 patches that do not divide the image", arguments: ["5", "7", "33", "64", "1024"])
    func indivisibleImage(patchSize: String) throws {
        expectError(.format, "config.json, \"image_size\": expected a multiple of patch_size (\(patchSize)), found 32") {
            _ = try AlteredModel(["patch_size": patchSize]).load()
        }
    }

    @Test(
        "C4 huge measures are refused before anything is allocated",
        arguments: [
            RefusedValue("num_hidden_layers", "1000000000", "a whole number from 1 to 1000"),
            RefusedValue("hidden_size", "1000000", "a whole number from 1 to 65536"),
            RefusedValue("intermediate_size", "9223372036854775807", "a whole number from 1 to 1000000"),
            RefusedValue("num_attention_heads", "1000000000", "a whole number from 1 to 4096"),
            RefusedValue("patch_size", "1000000", "a whole number from 1 to 1024"),
            RefusedValue("image_size", "9223372036854775807", "a whole number from 1 to 8192"),
            RefusedValue("image_size", "[8192,9223372036854775807]", "a whole number from 1 to 8192, or height and width"),
            RefusedValue("image_size", "8192", "a size with at most 65536 patches"),
            RefusedValue("num_channels", "9223372036854775807", "3 (nothing else is supported)"),
        ])
    func hugeMeasures(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C4 the largest measures that are allowed meet the checkpoint before they meet the memory")
    func largestMeasures() throws {
        let start = ContinuousClock.now
        expectError(.format, "missing", "of another shape", "expected [65536, 3, 8, 8], found [32, 3, 8, 8]") {
            _ = try AlteredModel([
                "hidden_size": "65536", "num_hidden_layers": "1000", "intermediate_size": "1000000", "image_size": "2048",
            ])
            .load()
        }
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(
        "C5 negative, fractional and undefined numbers, unknown words",
        arguments: [
            RefusedValue("hidden_size", "-32", "a whole number from 1 to 65536"),
            RefusedValue("hidden_size", "32.5", "a whole number from 1 to 65536"),
            RefusedValue("patch_size", "-8", "a whole number from 1 to 1024"),
            RefusedValue("patch_size", "[8,8]", "a whole number from 1 to 1024"),
            RefusedValue("image_size", "-32", "a whole number from 1 to 8192"),
            RefusedValue("image_size", "\"32\"", "a whole number from 1 to 8192"),
            RefusedValue("image_size", "[32]", "a whole number from 1 to 8192, or height and width"),
            RefusedValue("image_size", "[32,32,32]", "a whole number from 1 to 8192, or height and width"),
            RefusedValue("image_size", "[32,null]", "a whole number from 1 to 8192, or height and width"),
            RefusedValue("num_channels", "\"3\"", "3 (nothing else is supported)"), RefusedValue("qkv_bias", "1", "true or false"),
            RefusedValue("hidden_dropout_prob", "1.0", "a number from 0.0 to 0.99"),
            RefusedValue("attention_probs_dropout_prob", "-0.5", "a number from 0.0 to 0.99"),
            RefusedValue("layer_norm_eps", "0", "a number from 1e-20 to 1.0"),
            RefusedValue("hidden_act", "\"swiglu\"", "one of identity, gelu"),
            RefusedValue("global_pool", "\"max\"", "one of token, avg"),
        ])
    func strangeNumbers(refused: RefusedValue) throws { try expectRefusal(refused) }

    @Test("C5 null and absence give the defaults of transformers")
    func defaults() throws {
        let model = try AlteredModel([
            "hidden_dropout_prob": "null", "attention_probs_dropout_prob": nil, "layer_norm_eps": nil, "hidden_act": "null",
            "qkv_bias": "null", "num_channels": nil,
        ]).load()
        let fixture = try ViTFixture()
        #expect(largestDifference(try fixture.logits(model), try fixture.tensor("logits")) <= 1e-5)
    }

    // MARK: the preparation

    @Test(
        "C12 a preparation without sense",
        arguments: [
            RefusedValue("size", "0", "a whole number from 1 to 8192"), RefusedValue("size", "1000000", "a whole number from 1 to 8192"),
            RefusedValue("size", "-1", "a whole number from 1 to 8192"),
            RefusedValue("size", "\"32\"", "a number, or an object with height and width"),
            RefusedValue("size", "{}", "a number, or an object with height and width"),
            RefusedValue("image_std", "[0,0.5,0.5]", "three numbers from 1e-06 to 1000.0"),
            RefusedValue("image_std", "0", "three numbers from 1e-06 to 1000.0"), RefusedValue("image_std", "[0.5,0.5]", "three numbers"),
            RefusedValue("image_std", "[0.5,0.5,-0.5]", "three numbers"), RefusedValue("image_mean", "[\"NaN\",0.5,0.5]", "three numbers"),
            RefusedValue("image_mean", "[0.5,0.5]", "three numbers from -1000.0 to 1000.0"),
            RefusedValue("image_mean", "[0.5,0.5,0.5,0.5]", "three numbers"), RefusedValue("image_mean", "\"half\"", "three numbers"),
            RefusedValue("resample", "6", "a number from 0 to 5"), RefusedValue("resample", "-1", "a number from 0 to 5"),
            RefusedValue("rescale_factor", "0", "a number from 1e-06 to 1.0"), RefusedValue("do_resize", "\"yes\"", "true or false"),
            RefusedValue("do_pad", "true", "false"),
        ])
    func preparation(refused: RefusedValue) throws { try expectRefusal(refused, in: "preprocessor_config.json") }

    @Test("C12 heights and widths, and the shortest edge", arguments: ["0", "1000000", "9223372036854775807", "-1", "1.5", "null"])
    func sizes(edge: String) throws {
        let file = "preprocessor_config.json"
        expectError(.format, "\(file), \"size.height\": expected a whole number from 1 to 8192, found \(edge)") {
            _ = try AlteredModel(preparation: ["size": "{\"height\": \(edge), \"width\": 32}"]).load()
        }
        expectError(.format, "\(file), \"size.width\": expected a whole number from 1 to 8192, found \(edge)") {
            _ = try AlteredModel(preparation: ["size": "{\"height\": 32, \"width\": \(edge)}"]).load()
        }
        expectError(.format, "\(file), \"size.shortest_edge\": expected a whole number from 1 to 8192, found \(edge)") {
            _ = try AlteredModel(preparation: ["size": "{\"shortest_edge\": \(edge)}", "do_center_crop": "true", "crop_size": "32"]).load()
        }
    }

    @Test("C12 a crop that is far smaller or larger than the image")
    func shares() throws {
        let start = ContinuousClock.now
        // The model's 32 pixels are so small a part of the image that this would have 262144 an edge.
        for size in ["8192", "{\"shortest_edge\": 8192}", "{\"height\": 8192, \"width\": 1}"] {
            let model = try AlteredModel(preparation: ["size": size, "crop_size": "1"])
            let expected = "preprocessor_config.json, \"size\": expected images resized to at most 8192 pixels an edge"
            expectError(.format, expected, "found 262144") { _ = try model.load() }
        }
        let chosen = try AlteredModel(preparation: ["size": "{\"shortest_edge\": 8192}", "crop_size": "32"])
        expectError(.format, "\"size\": expected images resized to at most 8192 pixels", "found 12288") {
            _ = try chosen.load(.published, TokenizerOptions(imageSize: 48))
        }
        // The other way round hardly anything is left of the image, but for black around it.
        for size in ["1", "{\"shortest_edge\": 1}", "{\"height\": 1, \"width\": 8192}"] {
            let model = try AlteredModel(preparation: ["size": size, "do_center_crop": "true", "crop_size": "8192"]).load()
            #expect(model.tokenizer.processor.outputSize == ImageProcessor.Size(width: 32, height: 32), "\(size)")
            let batch = try ViTFixture().batch(model)
            #expect(batch.patches.shape == [80, 192] && batch.patches.elements.allSatisfy(\.isFinite), "\(size)")
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("C12 numbers that JSON does not have", arguments: ["NaN", "[NaN, 0.5, 0.5]", "[0.5, 0.5, Infinity]", "[1e999, 0.5, 0.5]"])
    func undefinedNumbers(value: String) throws {
        for key in ["image_mean", "image_std"] {
            expectError(.format, "preprocessor_config.json") { _ = try AlteredModel(preparation: [key: value]).load() }
        }
    }

    @Test("a preparation for another size, or for one that depends on the image, gives the model's size")
    func otherSizes() throws {
        for size in ["64", "{\"height\": 16, \"width\": 48}", "{\"shortest_edge\": 40}"] {
            let model = try AlteredModel(preparation: ["size": size]).load()
            #expect(model.tokenizer.processor.outputSize == ImageProcessor.Size(width: 32, height: 32), "\(size)")
            let batch = try ViTFixture().batch(model)
            #expect(batch.patches.shape == [80, 192] && batch.patches.elements.allSatisfy(\.isFinite))
        }
    }

    // MARK: sizes that the caller chooses

    @Test("a size that the patches do not divide, or that no model has", arguments: [0, 1, 31, 36, -32, 1_000_000, Int.max])
    func chosenSizes(size: Int) throws {
        expectError(.format, "\"image_size\": expected a", "found \(size)") {
            _ = try ViTFixture.model(.published, TokenizerOptions(imageSize: size))
        }
    }
}
