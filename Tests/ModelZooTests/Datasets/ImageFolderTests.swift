import ModelZoo
import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Image folders")
struct ImageFolderTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var path: String { scratch.path + "/data" }

    /// Writes images of one pixel row, whose red values are their numbers.
    private func images(_ names: String...) throws {
        for (index, name) in names.enumerated() { try scratch.write("data/" + name, png(UInt8(index + 1))) }
    }

    @Test("one folder for each class, images at any depth")
    func classes() throws {
        try images("tulip/b.png", "rose/deep/er/a.PNG", "rose/c.jpeg")
        let before = try Scratch.tree(scratch.path)
        let parts = try imageParts(path)
        #expect(parts.training.labels == ["rose", "tulip"])
        #expect(
            try described(parts.training) == [
                path + "/rose/c.jpeg = rose", path + "/rose/deep/er/a.PNG = rose", path + "/tulip/b.png = tulip",
            ])
        // What a file holds counts, not what it is called.
        #expect(try reds(parts.training) == [3, 2, 1])
        #expect(parts.training.classCounts == [2, 1])
        #expect(parts.training.columns == nil && parts.training.path == path)
        #expect(parts.training.warnings.isEmpty)
        #expect(parts.validation == nil && parts.test == nil)
        #expect(try Scratch.tree(scratch.path) == before)
        // A slash at the end changes nothing.
        #expect(try described(imageParts(path + "//").training) == described(parts.training))
    }

    @Test("classes that are numbers are in the order of their values")
    func numbers() throws {
        try images("10/a.png", "9/b.png", "2/c.png")
        #expect(try imageParts(path).training.labels == ["2", "9", "10"])
        try images("x/d.png")
        #expect(try imageParts(path).training.labels == ["10", "2", "9", "x"])
    }

    @Test(
        "parts by the names of their folders",
        arguments: [
            ("train", "val", "test"), ("Training", "VALID", "Testing"), ("TRAIN", "validation", "TEST"), ("training", "Dev", "test"),
        ])
    func divided(train: String, validation: String, test: String) throws {
        try images("\(train)/b/1.png", "\(train)/a/2.png", "\(validation)/b/3.png", "\(test)/a/4.png", "\(test)/b/5.png")
        let parts = try imageParts(path)
        #expect(try described(parts.training) == [path + "/\(train)/a/2.png = a", path + "/\(train)/b/1.png = b"])
        #expect(try described(parts.validation) == [path + "/\(validation)/b/3.png = b"])
        #expect(try described(parts.test) == [path + "/\(test)/a/4.png = a", path + "/\(test)/b/5.png = b"])
        #expect(parts.validation?.labels == ["a", "b"] && parts.test?.labels == ["a", "b"])
        #expect(parts.validation?.path == path + "/" + validation)
        #expect(parts.training.warnings.isEmpty)
    }

    @Test("one folder around all the rest is looked through, but no class and no part is")
    func wrapped() throws {
        try images("flowers/train/rose/1.png", "flowers/train/tulip/2.png", "flowers/test/rose/3.png")
        let parts = try imageParts(path)
        #expect(parts.training.labels == ["rose", "tulip"])
        #expect(try described(parts.test) == [path + "/flowers/test/rose/3.png = rose"])
        // The only class has its images in it.
        try scratch.write("one/rose/1.png", png(1))
        #expect(try imageParts(scratch.path + "/one").training.labels == ["rose"])
        // The model's classes tell that the only folder is one of them.
        try scratch.write("two/rose/red/1.png", png(1))
        #expect(try imageParts(scratch.path + "/two", labels: ["rose", "tulip"]).training.classCounts == [1, 0])
        try scratch.write("three/train/rose/1.png", png(1))
        #expect(try imageParts(scratch.path + "/three").training.path == scratch.path + "/three/train")
    }

    @Test("a part for test or validation alone is refused", arguments: ["test", "val"])
    func alone(name: String) throws {
        try images("\(name)/a/1.png", "\(name)/b/2.png")
        let error = try imageError { try imageParts(path) }
        #expect(error == .noTraining(path: path, found: [name]))
        #expect(error.exitCode == .data && error.hint != nil)
        // The part itself is a data set.
        #expect(try imageParts(path + "/" + name).training.labels == ["a", "b"])
    }

    @Test("trains and tests may be classes")
    func classesNamedAsParts() throws {
        try images("train/1.png", "car/2.png", "bus/3.png")
        #expect(try imageParts(path).training.labels == ["bus", "car", "train"])
        try scratch.write("other/test/1.png", png(1))
        try scratch.write("other/exam/2.png", png(2))
        #expect(try imageParts(scratch.path + "/other").training.labels == ["exam", "test"])
    }

    @Test("two folders for one part are refused")
    func repeatedPart() throws {
        try images("train/a/1.png", "val/a/2.png", "valid/a/3.png")
        #expect(try imageError { try imageParts(path) } == .repeatedPart(path: path, names: ["val", "valid"]))
    }

    @Test("images in the folder itself have no class")
    func oneLevelMissing() throws {
        try images("1.png", "2.png")
        let error = try imageError { try imageParts(path) }
        #expect(error == .noClassFolders(path: path, count: 2, example: "1.png"))
        #expect(error.message == "expected one folder for each class, found 2 images in no such folder, as \"1.png\"")
        #expect(error.exitCode == .data && error.hint?.contains("class") == true)
        try scratch.write("divided/train/1.png", png(1))
        try scratch.write("divided/test/a/1.png", png(1))
        #expect(
            try imageError { try imageParts(scratch.path + "/divided") }
                == .noClassFolders(path: scratch.path + "/divided/train", count: 1, example: "train/1.png"))
        // Beside folders of classes they are counted.
        try images("1.png", "2.png", "a/3.png")
        #expect(
            try imageParts(path).training.warnings == [
                "2 images beside the folders of the classes have no class and are passed over: \"1.png\", \"2.png\""
            ])
    }

    @Test("without images it is told what is there")
    func noImages() throws {
        for name in ["a/1.gif", "a/2.gif", "b/readme", "b/x.txt", ".DS_Store"] { try scratch.write("data/" + name, "x") }
        let error = try imageError { try imageParts(path) }
        #expect(error == .noImages(path: path, found: "2 files .gif, 1 file without extension, 1 file .txt"))
        #expect(error.hint?.hasSuffix("others are converted by mogrify -format jpg *.gif (of ImageMagick)") == true)
        #expect(error.message.contains("2 files .gif"))
        try makeFolders(scratch.path + "/empty/a/b")
        #expect(try imageError { try imageParts(scratch.path + "/empty") } == .noImages(path: scratch.path + "/empty", found: "no files"))
    }

    @Test("other files are counted, those that systems make are not")
    func others() throws {
        try images("a/1.png", "b/2.png")
        for name in [".DS_Store", "a/Thumbs.db", "__MACOSX/a/1.png", "a/._1.png", ".git/x/y.png"] { try scratch.write("data/" + name, "x") }
        #expect(try imageParts(path).training.warnings.isEmpty)
        #expect(try imageParts(path).training.labels == ["a", "b"])
        for index in 1...7 { try scratch.write("data/a/\(index).txt", "x") }
        try scratch.write("data/b/3.HEIC", "x")
        try makeFolders(path + "/c")
        #expect(
            try imageParts(path).training.warnings == [
                "1 image is of a format that is not read (only JPEG, PNG and WebP are): \"b/3.HEIC\"",
                "7 files are no images and are passed over: "
                    + "\"a/1.txt\", \"a/2.txt\", \"a/3.txt\", \"a/4.txt\", \"a/5.txt\" and 2 more",
                "1 folder has no images: \"c\"",
            ])
    }

    @Test("I5 a class that training has not")
    func unknownClass() throws {
        try images("train/a/1.png", "train/b/2.png", "test/c/3.png")
        let error = try datasetError { try imageParts(path) }
        #expect(
            error
                == .unknownLabel(path: path + "/test/c/3.png", line: 0, column: "", label: "c", known: ["a", "b"]))
        #expect(error.description.hasPrefix(path + "/test/c/3.png: the label \"c\""))
        // Classes that are given keep their order.
        #expect(try imageParts(path + "/train", labels: ["b", "x", "a"]).training.examples.map(\.label) == [2, 0])
        #expect(try datasetError { try imageParts(path, labels: ["a"]) }.code == "data.unknown_label")
    }

    @Test("I11 symlink loop: links inside the folder are followed, loops and what is outside are named", .timeLimit(.minutes(1)))
    func links() throws {
        try images("a/1.png", "b/2.png")
        try scratch.write("secret/3.png", png(3))
        symlink("..", path + "/a/up")
        symlink(".", path + "/b/self")
        symlink("../b/2.png", path + "/a/inside.png")
        symlink("../../secret/3.png", path + "/a/outside.png")
        symlink("nowhere.png", path + "/a/nothing.png")
        symlink("loop.png", path + "/a/loop.png")
        symlink(scratch.path + "/secret", path + "/c")
        let before = try Scratch.tree(scratch.path)
        let training = try imageParts(path).training
        #expect(try described(training) == [path + "/a/1.png = a", path + "/a/inside.png = a", path + "/b/2.png = b"])
        #expect(try reds(training) == [1, 2, 2])
        #expect(
            training.warnings == [
                "2 links lead out of the data set and are not followed: \"a/outside.png\", \"c\"",
                "2 links lead to folders that they lie in and are not followed: \"a/up\", \"b/self\"",
                "2 entries are neither files nor folders and are passed over: \"a/loop.png\", \"a/nothing.png\"",
            ])
        #expect(try Scratch.tree(scratch.path) == before)
        // The folder itself may be a link.
        symlink("data", scratch.path + "/alias")
        #expect(try imageParts(scratch.path + "/alias").training.examples.count == 3)
    }

    @Test("a class may be a link to a folder inside the data set; all others are named")
    func linkedClasses() throws {
        try images("all/rose/1.png", "all/rose/deep/2.png", "train/tulip/3.png", "test/tulip/5.png")
        try scratch.write("elsewhere/daisy/4.png", png(4))
        symlink("../all/rose", path + "/train/rose")
        symlink(scratch.path + "/elsewhere/daisy", path + "/train/daisy")
        let parts = try imageParts(path + "/train")
        #expect(parts.training.labels == ["tulip"])
        #expect(parts.training.warnings == ["2 links lead out of the data set and are not followed: \"daisy\", \"rose\""])
        // Seen from above, the one is inside.
        let whole = try imageParts(path).training
        #expect(whole.labels == ["rose", "tulip"])
        #expect(
            try described(whole) == ["1", "deep/2"].map { path + "/train/rose/\($0).png = rose" } + [path + "/train/tulip/3.png = tulip"])
        // Where nothing else is there the error says why.
        symlink(scratch.path + "/elsewhere", scratch.path + "/links")
        let bare = scratch.path + "/bare"
        try makeFolders(bare)
        symlink(scratch.path + "/elsewhere/daisy", bare + "/daisy")
        let error = try imageError { try imageParts(bare) }
        #expect(error.code == "data.no_images" && error.message.contains("1 link"), "\(error)")
    }

    @Test("I11 what is not there, and what is no file")
    func paths() throws {
        let missing = try imageError { try imageParts(scratch.path + "/none") }
        #expect(missing == .file(.notFound(path: scratch.path + "/none")))
        #expect(missing.code == "data.not_found" && missing.exitCode == .notFound)
        mkfifo(scratch.path + "/fifo", 0o644)
        #expect(try imageError { try imageParts(scratch.path + "/fifo") }.exitCode == .data)
        try images("a/1.png", "b/2.png")
        mkfifo(path + "/a/fifo.png", 0o644)
        #expect(try imageParts(path).training.warnings.first?.contains("\"a/fifo.png\"") == true)
    }

    @Test("files that are no data set are named")
    func unknown() throws {
        let image = try scratch.write("1.png", png(1))
        let error = try imageError { try imageParts(image) }
        #expect(error == .unknown(path: image, found: "a PNG image"))
        #expect(try imageError { try imageParts(scratch.write("a.txt", "hello")) }.message.hasSuffix("found a text"))
        #expect(try imageError { try imageParts(scratch.write("empty", "")) }.message.hasSuffix("found an empty file"))
        let batch = try imageError { try imageParts(scratch.write("data_batch_1.bin", [UInt8](repeating: 1, count: 3073))) }
        #expect(batch.hint?.contains("CIFAR") == true)
    }

    @Test("limits of files and depth")
    func limits() throws {
        try images("a/b/1.png", "c/2.png")
        #expect(try imageParts(path, limits: ImageSetLimits(fileCount: 5, depth: 2)).training.examples.count == 2)
        #expect(try imageError { try imageParts(path, limits: ImageSetLimits(fileCount: 4)) }.code == "data.limit")
        let deep = try imageError { try imageParts(path, limits: ImageSetLimits(depth: 1)) }
        #expect(deep.code == "data.limit" && deep.place?.entry == "a/b")
    }

    @Test("without classes all images are read")
    func unlabelled() throws {
        try images("train/a/1.png", "x.png", "test/2.png")
        let parts = try imageParts(path, labels: ["a"], requiresLabels: false)
        #expect(try described(parts.training) == [path + "/test/2.png", path + "/train/a/1.png", path + "/x.png"])
        #expect(parts.training.labels == ["a"] && parts.validation == nil && parts.test == nil)
        #expect(
            try DatasetReader.images(in: path).map(\.name) == [path + "/test/2.png", path + "/train/a/1.png", path + "/x.png"])
        #expect(try DatasetReader.images(in: path + "/x.png").map(\.name) == [path + "/x.png"])
        #expect(try imageError { try DatasetReader.images(in: path + "/none.png") }.code == "data.not_found")
    }

    @Test("texts need a table")
    func texts() throws {
        try images("a/1.png")
        let folder = try datasetError { try DatasetReader.parts(path, kind: .text) }
        #expect(folder == .notATable(path: path, found: "a folder"))
        #expect(folder.exitCode == .data && folder.hint?.contains(".csv") == true)
        let archive = try scratch.write("a.tar", tar([("a.csv", Array("text,label\na,b\n".utf8))]))
        #expect(try datasetError { try DatasetReader.parts(archive, kind: .text) } == .notATable(path: archive, found: "a tar archive"))
        let packed = try scratch.write("a.csv.gz", gzipped(Array("text,label\na,b\n".utf8)))
        #expect(try DatasetReader.parts(packed, kind: .text).training.labels == ["b"])
        let table = try scratch.write("a.csv", "text,label\na,b\n")
        let parts = try DatasetReader.parts(table, kind: .text)
        #expect(parts.training.labels == ["b"] && parts.training.columns?.text == "text" && parts.test == nil)
        #expect(try datasetError { try DatasetReader.parts(scratch.path + "/none.csv", kind: .text) }.code == "data.not_found")
    }

    @Test("data in memory")
    func memory() {
        let example = Example(input: .image(ImageSource(name: "x", bytes: [])), label: 1, line: 1)
        let data = LabelledDataset(examples: [example], labels: ["a", "b"], path: "memory")
        #expect(data.classCounts == [0, 1] && data.columns == nil && data.warnings.isEmpty)
    }
}
