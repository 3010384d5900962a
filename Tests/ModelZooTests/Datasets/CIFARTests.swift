import ModelZoo
import Testing
import ZooTensor

@Suite("CIFAR")
struct CIFARTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let names = ["frog", "cat", "dog"]
    private static let planes = 3 * 32 * 32

    /// An image: its class, then red values, green values, blue values.
    private static func record(_ label: [UInt8], red: UInt8, green: UInt8 = 7, blue: UInt8 = 9) -> [UInt8] {
        label + [red, green, blue].flatMap { [UInt8](repeating: $0, count: 1024) }
    }

    /// CIFAR-10 with one image in each batch, of red 1 to 6.
    private static func ten() -> ArchiveFiles {
        var files: ArchiveFiles = [("batches.meta.txt", Array("frog\ncat\r\n dog \n\n".utf8)), ("readme.html", Array("<html>".utf8))]
        for batch in 1...5 { files.append(("data_batch_\(batch).bin", record([UInt8(batch % 3)], red: UInt8(batch)))) }
        files.append(("test_batch.bin", record([2], red: 6) + record([0], red: 8)))
        return files
    }

    /// CIFAR-100 with two images for training and one for test.
    private static func hundred() -> ArchiveFiles {
        [
            ("fine_label_names.txt", Array("frog\ncat\ndog\n".utf8)), ("coarse_label_names.txt", Array("animals\n".utf8)),
            ("train.bin", record([9, 1], red: 1) + record([0, 2], red: 2)), ("test.bin", record([200, 0], red: 3)),
        ]
    }

    private func folder(_ files: ArchiveFiles, _ name: String = "cifar") throws -> String {
        for file in files { try scratch.write(name + "/" + file.name, file.bytes) }
        return scratch.path + "/" + name
    }

    @Test("CIFAR-10 as a folder, as an archive and in the folder above", arguments: ["cifar", "above", "cifar-10-binary.tar.gz", "a.tar"])
    func forms(form: String) throws {
        let files = Self.ten().map { (name: "cifar-10-batches-bin/" + $0.name, bytes: $0.bytes) }
        let path: String
        switch form {
        case "cifar": path = try folder(Self.ten())
        case "above": path = try folder(files, "above")
        default: path = try scratch.write(form, form == "a.tar" ? tar(files) : gzipped(tar(files)))
        }
        let before = try Scratch.tree(scratch.path)
        let parts = try imageParts(path)
        // Not sorted: as published.
        #expect(parts.training.labels == Self.names && parts.test?.labels == Self.names && parts.validation == nil)
        #expect(parts.training.examples.map(\.label) == [1, 2, 0, 1, 2] && parts.test?.examples.map(\.label) == [2, 0])
        #expect(try reds(parts.training) == [1, 2, 3, 4, 5] && reds(parts.test) == [6, 8])
        #expect(parts.training.warnings.isEmpty && parts.training.columns == nil)
        let source = try imageSource(parts.training.examples[1])
        #expect(source.name.hasSuffix("data_batch_2.bin, image 1") && source.name.hasPrefix(path))
        let image = try source.decoded()
        #expect(image.width == 32 && image.height == 32)
        #expect(image.pixels == (0..<1024).flatMap { _ in [2, 7, 9] as [UInt8] })
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("pixels lie in rows")
    func rows() throws {
        var files = Self.ten()
        let pixels = (0..<Self.planes).map { UInt8(truncatingIfNeeded: $0 % 251) }
        let index = try #require(files.firstIndex { $0.name == "data_batch_1.bin" })
        files[index].bytes = [0] + pixels
        let image = try imageSource(imageParts(folder(files)).training.examples[0]).decoded()
        for (x, y) in [(0, 0), (31, 0), (0, 1), (5, 17), (31, 31)] {
            let pixel = image[x, y]
            let place = 32 * y + x
            #expect([pixel.red, pixel.green, pixel.blue] == [pixels[place], pixels[1024 + place], pixels[2048 + place]])
        }
    }

    @Test("CIFAR-100: the fine class")
    func fineClasses() throws {
        let parts = try imageParts(folder(Self.hundred()))
        #expect(parts.training.labels == Self.names)
        #expect(parts.training.examples.map(\.label) == [1, 2] && parts.test?.examples.map(\.label) == [0])
        #expect(try reds(parts.training) == [1, 2] && reds(parts.test) == [3])
        let files = Self.hundred().map { (name: "cifar-100-binary/" + $0.name, bytes: $0.bytes) }
        let packed = try scratch.write("cifar-100-binary.tar.gz", gzipped(tar(files)))
        #expect(try reds(imageParts(packed).training) == [1, 2])
    }

    @Test("I5 given classes keep their order; one that is none of them")
    func labels() throws {
        let path = try folder(Self.ten())
        let parts = try imageParts(path, labels: ["cat", "dog", "frog", "horse"])
        #expect(parts.training.labels == ["cat", "dog", "frog", "horse"] && parts.test?.labels == parts.training.labels)
        #expect(parts.training.examples.map(\.label) == [0, 1, 2, 0, 1])
        let error = try datasetError { try imageParts(path, labels: ["cat", "dog"]) }
        #expect(error.code == "data.unknown_label" && error.message.contains("\"frog\""))
        #expect(error.place == Place(file: path + "/data_batch_3.bin"))
        let bare = try imageParts(path, labels: ["cat"], requiresLabels: false)
        #expect(bare.training.examples.map(\.label) == [0, nil, nil, 0, nil] && bare.training.labels == ["cat"])
        #expect(try DatasetReader.images(in: path).count == 7)
    }

    @Test("a file is cut at every length, or too long")
    func truncated() throws {
        for (files, name) in [(Self.ten(), "data_batch_4.bin"), (Self.hundred(), "test.bin")] {
            let path = try folder(files, "cut-" + name)
            let whole = try #require(files.first { $0.name == name }).bytes
            for count in (0..<whole.count).reversed() {
                try truncateFile(path + "/" + name, to: count)
                let error = try imageError { try imageParts(path) }
                #expect(error.code == "data.damaged" && error.exitCode == .data)
                #expect(error.place?.file == path + "/" + name && error.message.contains("found \(count)"), "cut at \(count)")
            }
            try scratch.write("cut-\(name)/\(name)", whole + [0])
            #expect(try imageError { try imageParts(path) }.code == "data.damaged")
            try scratch.write("cut-\(name)/\(name)", whole)
            _ = try imageParts(path)
        }
    }

    @Test("a class out of range, for each value of the byte")
    func range() throws {
        let path = try folder(Self.ten())
        for label in UInt8.min...UInt8.max {
            try scratch.write("cifar/test_batch.bin", Self.record([1], red: 1) + Self.record([label], red: 1))
            if label < 3 {
                #expect(try imageParts(path).test?.examples.last?.label == Int(label))
            } else {
                let error = try imageError { try imageParts(path) }
                #expect(error.code == "data.damaged" && error.message.contains("image 2 is of class \(label)"))
            }
        }
    }

    @Test("a missing file is named", arguments: ["batches.meta.txt", "data_batch_3.bin", "data_batch_1.bin", "test_batch.bin"])
    func missing(name: String) throws {
        let path = try folder(Self.ten().filter { $0.name != name })
        #expect(try imageError { try imageParts(path) } == .missingFile(path: path, name: name, whole: "CIFAR-10"))
        let archive = try scratch.write("a.tar", tar(Self.ten().filter { $0.name != name }))
        #expect(try imageError { try imageParts(archive) } == .missingFile(path: archive, name: name, whole: "CIFAR-10"))
    }

    @Test(
        "the names of the classes",
        arguments: [
            ([], "no names"), (Array("\n \n".utf8), "no names"), (Array("cat\ndog\ncat\n".utf8), "same name"),
            ([0x63, 0xFF, 0x0A], "UTF-8"),
        ] as [([UInt8], String)])
    func classNames(bytes: [UInt8], words: String) throws {
        let path = try folder(Self.ten())
        try scratch.write("cifar/batches.meta.txt", bytes)
        let error = try imageError { try imageParts(path) }
        #expect(error.code == "data.damaged" && error.message.contains(words) && error.place?.file == path + "/batches.meta.txt")
    }

    @Test("the versions of Python pickles are refused")
    func pickles() throws {
        let pickle: [UInt8] = [0x80, 2, 0x7D, 0x71, 0x2E]
        var python: ArchiveFiles = [("cifar-10-batches-py/batches.meta", pickle), ("cifar-10-batches-py/readme.html", [1])]
        for batch in 1...5 { python.append(("cifar-10-batches-py/data_batch_\(batch)", pickle)) }
        let above = try folder(python, "py")
        let unpacked = above + "/cifar-10-batches-py"
        let archive = try scratch.write("cifar-10-python.tar.gz", gzipped(tar(python)))
        for path in [unpacked, above, archive, unpacked + "/data_batch_1"] {
            let error = try imageError { try imageParts(path) }
            #expect(error.code == "data.pickle" && error.exitCode == .data, "\(path)")
            #expect(error.hint?.hasSuffix("cifar-10-binary.tar.gz") == true)
        }
        let hundred: ArchiveFiles = ["train", "test", "meta"].map { ("cifar-100-python/" + $0, pickle) }
        let second = try scratch.write("cifar-100-python.tar.gz", gzipped(tar(hundred)))
        let error = try imageError { try imageParts(second) }
        #expect(error.code == "data.pickle" && error.hint?.hasSuffix("cifar-100-binary.tar.gz") == true)
    }

    @Test("the limit of bytes counts all files")
    func limit() throws {
        let path = try folder(Self.hundred())
        #expect(try imageParts(path, limits: ImageSetLimits(byteCount: 3 * 3074)).training.examples.count == 2)
        let error = try imageError { try imageParts(path, limits: ImageSetLimits(byteCount: 3 * 3074 - 1)) }
        #expect(error.code == "data.limit" && error.place?.file == path + "/test.bin")
    }
}
