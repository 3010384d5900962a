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

    private static let classes = ["blue", "green", "red"]

    /// Writes pictures of one colour each into folders.
    private func album(_ name: String, perClass count: Int = 6) throws {
        for (label, title) in Self.classes.enumerated() {
            for number in 0..<count {
                let pixels = (0..<3 * 20 * 20).map { UInt8($0 % 3 == 2 - label ? 200 : 10 + 9 * number) }
                try makeFolders(harness.file("\(name)/\(title)"))
                try writeFile(
                    harness.file("\(name)/\(title)/\(number).png"), ImageDecoder.png(PixelImage(width: 20, height: 20, pixels: pixels)))
            }
        }
    }

    /// Puts half of a picture into a folder.
    private func damage(_ folder: String) throws {
        let whole = try ImageDecoder.png(PixelImage(width: 20, height: 20, pixels: [UInt8](repeating: 90, count: 3 * 20 * 20)))
        try writeFile(harness.file(folder + "/cut.png"), whole.prefix(whole.count / 2))
    }

    private func tinyModel(_ name: String = "tiny", labels: [String]? = nil) throws {
        let configuration: JSONObject = [
            "model_type": .string("vit"), "image_size": .integer(16), "patch_size": .integer(8), "hidden_size": .integer(16),
            "num_hidden_layers": .integer(1), "num_attention_heads": .integer(2), "intermediate_size": .integer(32),
        ]
        try RandomModel.write(ViT.self, configuration: .object(configuration), labels: labels, to: harness.file(name))
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
        #expect(data["labels"] == .array(Self.classes.map { .string($0) }))

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

    @Test("of a folder that is divided, each option takes the part that is for it")
    func dividedFolder() throws {
        try album("photos")
        for (part, count) in [("train", 4), ("val", 1), ("test", 2)] { try album("divided/" + part, perClass: count) }
        try tinyModel()
        let (tiny, divided) = (harness.file("tiny"), harness.file("divided"))
        let trained = try harness.zoo(
            "finetune", tiny, "--train", harness.file("photos"), "--val", divided, "--test", divided, "--out", "colours", "--epochs", "1",
            "--json"
        ).data("finetune")
        #expect(trained["plan"]?["examples"]?.integer == 18 && trained["plan"]?["validation_examples"]?.integer == 3)
        #expect(trained["test"]?["examples"]?.integer == 6)
        let evaluated = try harness.zoo("evaluate", "colours", "--data", divided, "--json").data("evaluate")
        #expect(evaluated["examples"]?.integer == 6)
        let whole = try harness.zoo("finetune", tiny, "--train", divided, "--epochs", "1", "--out", "all", "--json").data("finetune")
        #expect(whole["plan"]?["examples"]?.integer == 12 && whole["plan"]?["validation_examples"]?.integer == 3)
        #expect(whole["plan"]?["validation_is_split"] == .bool(false) && whole["test"]?["examples"]?.integer == 6)
    }

    @Test("a damaged image among the test data shows before the training")
    func damagedTestData() throws {
        try album("photos")
        try album("unseen", perClass: 2)
        try damage("unseen/red")
        try tinyModel()
        func finetune(_ flags: String...) -> Outcome {
            harness.zoo(
                [
                    "finetune", harness.file("tiny"), "--train", harness.file("photos"), "--test", harness.file("unseen"), "--epochs", "1",
                    "--out", "colours", "--progress", "json", "--json",
                ] + flags)
        }
        let refused = finetune()
        #expect(refused.code == 9)
        #expect(try refused.document()["error"]?["where"]?["file"]?.string?.hasSuffix("unseen/red/cut.png") == true)
        #expect(!refused.errors.contains("train.planned") && !refused.errors.contains("train.step"))
        let runs = (try? folderEntries(harness.file("store/runs"))) ?? []
        #expect(runs.isEmpty)
        let trained = finetune("--on-bad", "skip")
        #expect(try trained.data("finetune")["test"]?["examples"]?.integer == 6)
        #expect(trained.errors.contains("train.planned") && trained.errors.contains("train.step"))
        #expect(trained.errors.contains("left out: ") && trained.errors.contains("cut.png"))
    }

    @Test("a class of which no picture can be read is left out, with a note: not planned, not an answer")
    func emptiedClass() throws {
        try album("photos", perClass: 4)
        try makeFolders(harness.file("photos/amber"))
        try damage("photos/amber")
        try tinyModel()
        let (tiny, photos) = (harness.file("tiny"), harness.file("photos"))
        let command = ["finetune", tiny, "--train", photos, "--epochs", "1", "--out", "colours", "--json"]
        #expect(harness.zoo(command).code == 9)
        for flags in [["--dry-run"], []] {
            let trained = harness.zoo(command + ["--on-bad", "skip"] + flags)
            let data = try trained.data("finetune")
            #expect(trained.errors.contains("\"amber\"") && trained.errors.contains("left out"), "\(trained.errors)")
            #expect(
                data["plan"]?["labels"] ?? .array(Self.classes.map { .string($0) }) == .array(Self.classes.map { .string($0) }), "\(data)")
            if flags.isEmpty { #expect(data["labels"] == .array(Self.classes.map { .string($0) })) }
        }
        let answers = try harness.zoo("predict", "colours", photos + "/red", "--top", "9", "--json").data("predict")
        #expect(answers["predictions"]?.array?.first?["top"]?.array?.count == 3)
    }

    @Test("a table that lists pictures that are missing: refused, or the others are read and the missing ones named")
    func missingPictures() throws {
        try album("photos", perClass: 3)
        try tinyModel(labels: Self.classes)
        let rows = Self.classes.flatMap { title in (0..<4).map { "\(title)/\($0).png,\(title)" } }
        let table = harness.file("photos/t.csv")
        try writeFile(table, ("image,label\n" + rows.joined(separator: "\n") + "\n").utf8)
        let tiny = harness.file("tiny")
        let commands = [
            ["finetune", tiny, "--train", table, "--epochs", "1", "--out", "colours", "--overwrite"], ["evaluate", tiny, "--data", table],
            ["predict", tiny, "--file", table], ["embed", tiny, "--file", table],
        ]
        for command in commands {
            let refused = harness.zoo(command)
            #expect(refused.code == 9 && refused.errors.contains("3 are missing") && refused.errors.contains("--on-bad skip"))
            let answered = harness.zoo(command + ["--on-bad", "skip"])
            #expect(answered.code == 0, "\(answered.errors)")
            #expect(
                answered.errors.contains(
                    "3 images of the table are not there and are left out: \"blue/3.png\", \"green/3.png\", \"red/3.png\""),
                "\(command[0]): \(answered.errors)")
        }
    }

    @Test("a PNG without its end is read, and told by every command")
    func withoutEnd() throws {
        try album("photos", perClass: 3)
        let path = harness.file("photos/red/0.png")
        try writeFile(path, readFile(path).dropLast(12))
        try tinyModel(labels: Self.classes)
        let (tiny, photos) = (harness.file("tiny"), harness.file("photos"))
        for command in [
            ["predict", tiny, photos], ["embed", tiny, photos], ["evaluate", tiny, "--data", photos],
            ["finetune", tiny, "--train", photos, "--epochs", "1", "--out", "colours"],
        ] {
            let outcome = harness.zoo(command)
            #expect(outcome.code == 0 && outcome.errors.contains("IEND is missing") && outcome.errors.contains(path), "\(outcome.errors)")
            #expect(!outcome.output.contains("tokens"), "\(outcome.output)")
        }
    }

    @Test("classes whose names cannot be written on a picture stand there as numbers, which are explained")
    func captions() throws {
        try album("photos", perClass: 1)
        for name in ["ros\u{E9}", "\u{8594}\u{8587}"] {
            try makeFolders(harness.file("photos/" + name))
            try writeFile(harness.file("photos/\(name)/1.png"), readFile(harness.file("photos/red/0.png")))
        }
        try tinyModel()
        let shown = harness.zoo("data", "show", harness.file("tiny"), "--data", harness.file("photos"), "-o", harness.file("sheet.png"))
        #expect(shown.code == 0 && shown.output.hasSuffix("shows 5 images\n  #5 is \u{8594}\u{8587}\n"), "\(shown.output)")
    }

    @Test("a damaged picture among others: nothing is answered, or all but that one", arguments: ["predict", "embed"])
    func damagedInput(verb: String) throws {
        try album("photos")
        try damage("photos/red")
        try tinyModel(labels: Self.classes)
        let command = [verb, harness.file("tiny"), harness.file("photos")]
        let refused = harness.zoo(command + ["--json"])
        #expect(refused.code == 9 && refused.errors.contains("cut.png"), "\(refused.errors)")
        #expect(try refused.document()["data"] == nil)
        let answered = harness.zoo(command + ["--on-bad", "skip", "--json"])
        #expect(answered.code == 0 && answered.errors.contains("left out: ") && answered.errors.contains("cut.png"))
        let data = try answered.data(verb)
        let answers = try #require(data[verb == "embed" ? "embeddings" : "predictions"]?.array)
        let expected = Self.classes.flatMap { title in (0..<6).map { harness.file("photos/\(title)/\($0).png") } }
        #expect(answers.map { $0["image"]?.string } == expected)
    }

    @Test("vectors for NumPy: as many rows as pictures that can be read")
    func damagedInputForNumPy() throws {
        try album("photos")
        try damage("photos/red")
        try tinyModel()
        let command = ["embed", harness.file("tiny"), harness.file("photos"), "-o", harness.file("vectors.npy")]
        #expect(harness.zoo(command).code == 9)
        #expect(fileKind(harness.file("vectors.npy")) == nil)
        #expect(harness.zoo(command + ["--on-bad", "skip"]).code == 0)
        let bytes = try readFile(harness.file("vectors.npy"))
        #expect(String(decoding: bytes.prefix(128), as: UTF8.self).contains("'shape': (18, 16)"))
        #expect(bytes.count == 128 + 4 * 18 * 16)
    }

    @Test("images have no greatest number of tokens")
    func maxLength() throws {
        try album("photos")
        try tinyModel(labels: Self.classes)
        let (tiny, photos) = (harness.file("tiny"), harness.file("photos"))
        for arguments in [
            ["predict", tiny, photos], ["embed", tiny, photos], ["evaluate", tiny, "--data", photos],
            ["data", "show", tiny, "--data", photos, "-o", harness.file("sheet.png")],
            ["finetune", tiny, "--train", photos, "--out", "x"],
        ] {
            let outcome = harness.zoo(arguments + ["--max-length", "5"])
            #expect(outcome.code == 2 && outcome.errors.contains("number of tokens"), "\(arguments[0]): \(outcome.errors)")
        }
        #expect(fileKind(harness.file("sheet.png")) == nil)
    }

    @Test("what to type next suits what the model reads")
    func next() throws {
        try tinyModel()
        let images = harness.zoo("import", harness.file("tiny"), "--as", "photos").output
        #expect(images.contains("zoo finetune photos --train FOLDER --out NAME\n") && images.contains("zoo embed photos photo.jpg\n"))
        try tinyModel("known", labels: Self.classes)
        let known = harness.zoo("import", harness.file("known")).output
        #expect(known.contains("zoo predict known photo.jpg\n") && known.contains("zoo evaluate known --data FOLDER\n"))
        let folder = try TinyModel.write(harness, "words")
        let texts = harness.zoo("import", folder).output
        #expect(texts.contains("zoo finetune words --train FILE.csv --out NAME\n") && texts.contains("zoo embed words \"a text\"\n"))
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
            "finetune", "vit", "--train", harness.file("cifar-10-binary.tar.gz"), "--batch", "64", "--lr", "5e-4", "--epochs", "1",
            "--val-fraction", "0.1", "--out", "digits", "--json")
        let data = try trained.data("finetune")
        #expect(data["labels"] == .array(classes.map { .string($0) }))
        #expect(data["plan"]?["examples"]?.integer == 90 && data["plan"]?["longest"]?.integer == 197)
        #expect(data["test"]?["examples"]?.integer == 20 && data["test"]?["accuracy"]?.number != nil, "\(trained.errors)")
    }
}
