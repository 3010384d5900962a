import ModelZoo
import Testing
import ZooTensor
import ZooTesting
import ZooViT

/// Real weights and photos, where they are beside the repository.
private enum Shared {
    private static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        return parts.joined(separator: "/") + "/shared"
    }()

    static let model = root + "/models/vit-tiny-patch16-224"
    static let photos = root + "/data/sign-digits"
    static var isThere: Bool { fileKind(model) == .directory && fileKind(photos + "/train") == .directory }
}

@Suite("Commands on images")
struct ImageCommandTests {
    let harness: Harness

    init() throws { harness = try Harness() }

    /// Writes pictures of one colour each into folders.
    private func album(_ name: String) throws {
        for (label, title) in ["blue", "green", "red"].enumerated() {
            for number in 0..<6 {
                let pixels = (0..<3 * 20 * 20).map { UInt8($0 % 3 == 2 - label ? 200 : 10 + 9 * number) }
                try makeFolders(harness.file("\(name)/\(title)"))
                try writeFile(
                    harness.file("\(name)/\(title)/\(number).png"), ImageDecoder.png(PixelImage(width: 20, height: 20, pixels: pixels)))
            }
        }
    }

    private func tinyModel() throws {
        let configuration: JSONObject = [
            "model_type": .string("vit"), "image_size": .integer(16), "patch_size": .integer(8), "hidden_size": .integer(16),
            "num_hidden_layers": .integer(1), "num_attention_heads": .integer(2), "intermediate_size": .integer(32),
        ]
        try RandomModel.write(ViT.self, configuration: .object(configuration), to: harness.file("tiny"))
    }

    @Test("from a folder of pictures to answers, a picture of the data, vectors and a bundle")
    func endToEnd() throws {
        try album("photos")
        try tinyModel()
        #expect(harness.zoo("import", harness.file("tiny"), "--as", "tiny").code == 0)
        let sheet = harness.zoo(
            "data", "show", "tiny", "--data", harness.file("photos"), "--aug", "strong", "-o", harness.file("sheet.png"))
        #expect(sheet.code == 0, "\(sheet.errors)")
        let picture = try ImageDecoder.decode(readFile(harness.file("sheet.png")), name: "sheet")
        #expect(picture.width > 5 * 16 && picture.height > 4 * 16)

        let trained = harness.zoo(
            "finetune", "tiny", "--train", harness.file("photos"), "--test", harness.file("photos"), "--out", "colours", "--epochs", "30",
            "--lr",
            "1e-2", "--batch", "6", "--json")
        let data = try trained.data("finetune")
        #expect(try #require(data["test"]?["accuracy"]?.number) > 0.9, "\(trained.output)")
        #expect(data["labels"] == .array(["blue", "green", "red"].map { .string($0) }))

        let answers = try harness.zoo("predict", "colours", harness.file("photos/red/0.png"), harness.file("photos/green"), "--json").data(
            "predict")
        let predictions = try #require(answers["predictions"]?.array)
        #expect(predictions.count == 7 && predictions[0]["image"]?.string == harness.file("photos/red/0.png"))
        #expect(predictions[0]["label"]?.string == "red" && predictions[3]["label"]?.string == "green")
        #expect(harness.zoo("evaluate", "colours", "--data", harness.file("photos")).output.contains("accuracy"))
        let vectors = try harness.zoo("embed", "colours", harness.file("photos/red"), "--json").data("embed")
        #expect(vectors["count"]?.integer == 6 && vectors["pooling"]?.string == "cls")
        #expect(harness.zoo("export", "colours", "--format", "zoo", "-o", harness.file("c.zoo")).code == 0)
        #expect(harness.zoo("import", harness.file("c.zoo"), "--as", "again").code == 0)
        #expect(harness.zoo("predict", "again", harness.file("photos/blue/1.png"), "-q").output == "blue\n")
    }

    @Test("what does not fit: a text for images, a table for texts, a picture without a file, a size without a picture")
    func misuse() throws {
        try album("photos")
        try tinyModel()
        let missing = harness.zoo("predict", harness.file("tiny"), "no such file")
        #expect(missing.code != 0 && missing.errors.contains("no such file"))
        let noOutput = harness.zoo("data", "show", harness.file("tiny"), "--data", harness.file("photos"))
        #expect(noOutput.code == 2 && noOutput.errors.contains("--output"))
        let size = harness.zoo("finetune", harness.file("tiny"), "--train", harness.file("photos"), "--out", "x", "--img-size", "20")
        #expect(size.code == 4 && size.errors.contains("image_size") && size.errors.contains("multiple of patch_size"), "\(size.errors)")
        let preset = harness.zoo("finetune", harness.file("tiny"), "--train", harness.file("photos"), "--out", "x", "--aug", "wild")
        #expect(preset.code == 2 && preset.errors.contains("none, light, medium, strong"), "\(preset.errors)")
        let mixup = harness.zoo("finetune", harness.file("tiny"), "--train", harness.file("photos"), "--out", "x", "--mixup", "-1")
        #expect(mixup.code == 2 && mixup.errors.contains("mixup"), "\(mixup.errors)")
    }

    @Test("another image size: positions are interpolated, and kept with the result")
    func otherSize() throws {
        try album("photos")
        try tinyModel()
        let trained = harness.zoo(
            "finetune", harness.file("tiny"), "--train", harness.file("photos"), "--out", "larger", "--img-size", "32", "--epochs", "1",
            "--json")
        #expect(try trained.data("finetune")["plan"]?["longest"]?.integer == 17, "\(trained.errors)")
        #expect(harness.zoo("predict", "larger", harness.file("photos/red/0.png")).code == 0)
    }

    @Test("a CIFAR archive made of real photos, with a real ViT", .enabled(if: Shared.isThere))
    func cifar() throws {
        let classes = (0..<10).map(String.init)
        try makeFolders(harness.file("cifar"))
        func records(_ part: String, skipping: Int, taking: Int) throws -> [[UInt8]] {
            var result: [[UInt8]] = []
            for (label, name) in classes.enumerated() {
                let folder = "\(Shared.photos)/\(part)/\(name)"
                for file in try folderEntries(folder).sorted().dropFirst(skipping).prefix(taking) {
                    let image = try ImageDecoder.decode(readFile(folder + "/" + file), name: file).resized(
                        width: 32, height: 32, filter: .bicubic)
                    let pixels = image.pixels
                    result.append([UInt8(label)] + (0..<3).flatMap { channel in (0..<1024).map { pixels[3 * $0 + channel] } })
                }
            }
            return result
        }
        let writer = try ArchiveWriter(harness.file("cifar-10-binary.tar.gz"), compression: .gzip)
        func add(_ name: String, _ bytes: [UInt8]) throws {
            try writer.add("cifar-10-batches-bin/" + name, byteCount: bytes.count)
            try bytes.withUnsafeBytes { try writer.write($0) }
        }
        try add("batches.meta.txt", Array((classes.joined(separator: "\n") + "\n\n").utf8))
        for number in 1...5 { try add("data_batch_\(number).bin", records("train", skipping: 2 * number, taking: 2).flatMap { $0 }) }
        try add("test_batch.bin", records("test", skipping: 0, taking: 2).flatMap { $0 })
        try writer.finish()

        #expect(harness.zoo("import", Shared.model, "--as", "vit").code == 0)
        let trained = harness.zoo(
            "finetune", "vit", "--train", harness.file("cifar-10-binary.tar.gz"), "--batch", "64", "--lr", "5e-4", "--epochs", "1", "--out",
            "digits",
            "--json")
        let data = try trained.data("finetune")
        #expect(data["labels"] == .array(classes.map { .string($0) }))
        #expect(data["plan"]?["examples"]?.integer == 90 && data["plan"]?["longest"]?.integer == 197)
        #expect(data["test"]?["examples"]?.integer == 20 && data["test"]?["accuracy"]?.number != nil, "\(trained.errors)")
    }
}
