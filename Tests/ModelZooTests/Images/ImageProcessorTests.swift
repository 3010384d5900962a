import ModelZoo
import Testing
import ZooTensor

@Suite("Preparation of images")
struct ImageProcessorTests {
    private let standard = ImageProcessor(size: .init(width: 224, height: 224), filter: .bilinear)

    private func processor(_ text: String, file: String = "preprocessor_config.json") throws -> ImageProcessor {
        let scratch = try Scratch()
        try scratch.write("config.json", file == "config.json" ? text : "{}")
        if file != "config.json" { try scratch.write(file, text) }
        return try ImageProcessor(Assets(folder: scratch.path), otherwise: standard)
    }

    @Test("sizes as one number, as two, and as the shortest edge")
    func sizes() throws {
        #expect(try processor(#"{"size": 384}"#).resize == .exact(.init(width: 384, height: 384)))
        #expect(try processor(#"{"size": {"height": 100, "width": 200}}"#).resize == .exact(.init(width: 200, height: 100)))
        #expect(try processor(#"{"size": [100, 200]}"#).resize == .exact(.init(width: 100, height: 200)))
        let clip = try processor(
            #"{"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "do_center_crop": true, "crop_size": 224}"#)
        #expect(clip.resize == .shortestEdge(224) && clip.crop == .init(width: 224, height: 224))
        let dino = try processor(
            #"{"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}"#)
        #expect(dino.resize == .shortestEdge(256) && dino.crop == .init(width: 224, height: 224))
        let convNeXt = try processor(#"{"size": {"shortest_edge": 224}, "crop_pct": 0.875}"#)
        #expect(convNeXt.resize == .shortestEdge(256) && convNeXt.crop == .init(width: 224, height: 224))
        #expect(try processor(#"{"size": {"shortest_edge": 384}, "crop_pct": 0.875}"#).resize == .exact(.init(width: 384, height: 384)))
    }

    @Test("switches: without resizing, rescaling or normalising")
    func switches() throws {
        let image = PixelImage(width: 2, height: 1, pixels: [0, 51, 255, 10, 20, 30])
        let none = try processor(#"{"do_resize": false, "do_normalize": false}"#)
        #expect(none(image) == image)
        #expect(none.values(image).elements == [0, 10, 51, 20, 255, 30].map { Float($0) * Float(1.0 / 255) })
        let raw = try processor(#"{"do_resize": false, "do_rescale": false, "do_normalize": false}"#)
        #expect(raw.values(image).elements == [0, 10, 51, 20, 255, 30])
        let shifted = try processor(#"{"do_resize": false, "image_mean": [0.5, 0.2, 1], "image_std": [0.5, 0.25, 2]}"#)
        let expected: [Float] = [-1, 10 / 127.5 - 1, 0, (20 / 255 - 0.2) / 0.25, 0, (30 / 255 - 1) / 2]
        for (found, wanted) in zip(shifted.values(image).elements, expected) { #expect(abs(found - wanted) < 1e-6) }
    }

    @Test("timm's pretrained_cfg")
    func timm() throws {
        let text = #"""
            {"architecture": "vit_tiny_patch16_224", "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic",
             "crop_pct": 0.9, "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
            """#
        let processor = try processor(text, file: "config.json")
        #expect(processor.resize == .shortestEdge(248) && processor.crop == .init(width: 224, height: 224) && processor.filter == .bicubic)
    }

    @Test("timm's way of sharing out an odd number of pixels survives saving")
    func rounding() throws {
        let timm = try processor(
            #"{"pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.9}}"#, file: "config.json")
        let size = ImageProcessor.Size(width: 224, height: 224)
        let tokenizer = try ImageTokenizer(timm, size: size, patchSize: 16, prefixTokens: 1, file: "config.json")
        let files = try tokenizer.companionFiles(Assets(name: "timm", paths: [:]))
        #expect(files.count == 1 && files.first?.name == "preprocessor_config.json")
        let saved = try processor(String(decoding: try #require(files.first?.bytes), as: UTF8.self))
        #expect(saved == timm && saved.resize == .shortestEdge(248) && saved.crop == size)

        let image = PixelImage(width: 331, height: 248, pixels: (0..<3 * 331 * 248).map { UInt8($0 * 7 % 251) })
        let prepared = saved(image)
        #expect(prepared == timm(image) && prepared.width == 224 && prepared.height == 224)
        // Of 107 columns that are left over, timm cuts off 54 before the middle, transformers 53.
        let plain = try processor(#"{"size": {"shortest_edge": 248}, "crop_size": 224, "resample": 3}"#)
        #expect(prepared[0, 0].red == image[54, 12].red)
        #expect(plain(image)[0, 0].red == image[53, 12].red && image[53, 12].red != image[54, 12].red)
    }

    @Test(
        "ConvNeXt: one number, as older files have it, is the shortest edge, and the share is 0.875 unless given",
        arguments: [
            #"{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875}"#,
            #"{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224}"#,
            #"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": null}"#,
        ])
    func convNeXt(text: String) throws {
        let small = try processor(text)
        #expect(small.resize == .shortestEdge(256) && small.crop == .init(width: 224, height: 224))
        let large = try processor(text.replacing("224", with: "384"))
        #expect(large.resize == .exact(.init(width: 384, height: 384)) && large.crop == nil)
    }

    @Test("timm: what is not square can be squashed, not cut out of the middle")
    func notSquare() throws {
        func text(_ mode: String) -> String { #"{"pretrained_cfg": {"input_size": [3, 224, 192], "crop_pct": 0.875\#(mode)}}"# }
        for mode in ["", #", "crop_mode": "center""#] {
            let error = failure { _ = try processor(text(mode), file: "config.json") }
            #expect(error?.code == "model.configuration" && error?.exitCode == .format)
            #expect(error?.place?.entry == "pretrained_cfg.crop_mode")
            #expect(error?.message == "expected squash for a size that is not square, found center")
        }
        let squashed = try processor(text(#", "crop_mode": "squash""#), file: "config.json")
        #expect(squashed.resize == .exact(.init(width: 219, height: 256)) && squashed.crop == .init(width: 192, height: 224))
    }

    @Test("a crop out of the middle, and black borders where the image is smaller")
    func crop() throws {
        let crop = try processor(#"{"do_resize": false, "do_center_crop": true, "crop_size": 2}"#)
        let wide = PixelImage(width: 5, height: 2, pixels: (0..<30).map { UInt8($0) })
        #expect(crop(wide).pixels == [3, 4, 5, 6, 7, 8, 18, 19, 20, 21, 22, 23])
        let small = crop(PixelImage(width: 1, height: 1, pixels: [9, 9, 9]))
        #expect(small.pixels == [0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9])
    }

    @Test(
        "C12 values that make no sense: the key, what is allowed, and what was found",
        arguments: [
            (#"{"size": 0}"#, "size", "1 to 8192"), (#"{"size": 1000000}"#, "size", "1000000"), (#"{"size": "big"}"#, "size", "big"),
            (#"{"size": {"height": 224}}"#, "size", "height and width"), (#"{"image_std": [0, 0.5, 0.5]}"#, "image_std", "three numbers"),
            (#"{"image_mean": [0.5, 0.5]}"#, "image_mean", "three numbers"),
            (#"{"image_mean": ["NaN", 0, 0]}"#, "image_mean", "three numbers"),
            (#"{"resample": 9}"#, "resample", "0 to 5"), (#"{"rescale_factor": 0}"#, "rescale_factor", "0"),
            (#"{"do_resize": 1}"#, "do_resize", "true or false"), (#"{"crop_pct": 7, "size": {"shortest_edge": 224}}"#, "crop_pct", "7"),
            (#"{"do_pad": true}"#, "do_pad", "false"), (#"[]"#, "", "an object"),
        ])
    func nonsense(text: String, key: String, part: String) throws {
        do {
            _ = try processor(text)
            Issue.record("accepted")
        } catch let error as ModelError {
            #expect(error.exitCode == .format && error.description.contains("preprocessor_config.json"))
            #expect(error.description.contains(key) && error.description.contains(part), "\(error)")
        }
    }

    @Test("another size keeps the crop's share")
    func otherSize() throws {
        let dino = try processor(#"{"size": {"shortest_edge": 256}, "crop_size": 224, "do_center_crop": true}"#)
        let larger = dino.resized(to: .init(width: 448, height: 448))
        #expect(larger.resize == .shortestEdge(512) && larger.crop == .init(width: 448, height: 448))
        #expect(standard.resized(to: .init(width: 96, height: 96)).resize == .exact(.init(width: 96, height: 96)))
    }
}
