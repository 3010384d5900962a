import ModelZoo
import Testing
import ZooTensor

@Suite("IDX files")
struct IDXTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A file with a header of these sizes.
    private static func idx(_ sizes: [Int], _ content: [UInt8], type: UInt8 = 8) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, type, UInt8(sizes.count)]
        for size in sizes { bytes += ZipBuilder.little(size, 4).reversed() }
        return bytes + content
    }

    /// Two grey images of three columns and two rows.
    private static let images = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16])
    private static let labels = idx([2], [7, 0])

    private func pair(
        _ images: [UInt8] = IDXTests.images, _ labels: [UInt8]? = IDXTests.labels, suffix: String = ""
    ) throws -> String {
        if let labels { try scratch.write("d/train-labels-idx1-ubyte" + suffix, labels) }
        return try scratch.write("d/train-images-idx3-ubyte" + suffix, images)
    }

    @Test("the path of the images, plain and packed", arguments: ["", ".gz"])
    func file(suffix: String) throws {
        let path = suffix.isEmpty ? try pair() : try pair(gzipped(Self.images), gzipped(Self.labels), suffix: suffix)
        let before = try Scratch.tree(scratch.path)
        let parts = try imageParts(path)
        #expect(parts.training.labels == ["0", "7"] && parts.training.examples.map(\.label) == [1, 0])
        #expect(parts.training.path == path && parts.training.columns == nil && parts.validation == nil && parts.test == nil)
        let source = try imageSource(parts.training.examples[1])
        #expect(source.name == path + ", image 2")
        let image = try source.decoded()
        #expect(image.width == 3 && image.height == 2)
        #expect(image.pixels == [11, 12, 13, 14, 15, 16].flatMap { [UInt8](repeating: $0, count: 3) })
        #expect(try Scratch.tree(scratch.path) == before)
    }

    @Test("coloured images, channel by channel")
    func coloured() throws {
        let path = try pair(Self.idx([2, 3, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
        let image = try imageSource(imageParts(path).training.examples[1]).decoded()
        #expect(image.width == 2 && image.height == 1 && image.pixels == [7, 9, 11, 8, 10, 12])
        let grey = try imageSource(imageParts(pair(Self.idx([2, 1, 1, 2], [1, 2, 3, 4]))).training.examples[1]).decoded()
        #expect(grey.pixels == [3, 3, 3, 4, 4, 4])
    }

    @Test("a folder with training and test parts", arguments: ["", ".gz"])
    func folder(suffix: String) throws {
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try scratch.write("m/" + name + suffix, suffix.isEmpty ? bytes : gzipped(bytes))
        }
        try write("train-images-idx3-ubyte", Self.idx([3, 1, 1], [1, 2, 3]))
        try write("train-labels-idx1-ubyte", Self.idx([3], [10, 9, 2]))
        try write("t10k-images-idx3-ubyte", Self.idx([1, 1, 1], [4]))
        try write("t10k-labels-idx1-ubyte", Self.idx([1], [9]))
        let parts = try imageParts(scratch.path + "/m")
        // By value, not by bytes.
        #expect(parts.training.labels == ["2", "9", "10"] && parts.test?.labels == ["2", "9", "10"])
        #expect(parts.training.examples.map(\.label) == [2, 1, 0] && parts.test?.examples.map(\.label) == [1])
        #expect(try reds(parts.training) == [1, 2, 3] && reds(parts.test) == [4])
        #expect(parts.training.warnings.isEmpty)
        #expect(try DatasetReader.images(in: scratch.path + "/m").count == 4)

        try write("t10k-labels-idx1-ubyte", Self.idx([1], [3]))
        let error = try datasetError { try imageParts(scratch.path + "/m") }
        #expect(error.code == "data.unknown_label" && error.message.contains("\"3\""))
        #expect(error.place == Place(file: scratch.path + "/m/t10k-labels-idx1-ubyte" + suffix))
    }

    @Test("a file packed and as it is counts once, two training parts do not")
    func twice() throws {
        _ = try pair()
        _ = try pair(gzipped(Self.images), gzipped(Self.labels), suffix: ".gz")
        #expect(try imageParts(scratch.path + "/d").training.examples.count == 2)
        try scratch.write("d/emnist-train-images-idx3-ubyte", Self.images)
        #expect(try imageError { try imageParts(scratch.path + "/d") }.code == "data.repeated_part")
        try scratch.write("e/t10k-images-idx3-ubyte", Self.images)
        try scratch.write("e/t10k-labels-idx1-ubyte", Self.labels)
        #expect(try imageError { try imageParts(scratch.path + "/e") }.code == "data.no_training_part")
    }

    @Test("IDX files in an archive")
    func archive() throws {
        let path = try scratch.write(
            "mnist.tar.gz",
            gzipped(tar([("m/train-images-idx3-ubyte", Self.images), ("m/train-labels-idx1-ubyte", Self.labels)])))
        let parts = try imageParts(path)
        #expect(try reds(parts.training) == [1, 11])
        let packed = try scratch.write(
            "packed.tar", tar([("train-images-idx3-ubyte.gz", gzipped(Self.images)), ("train-labels-idx1-ubyte.gz", gzipped(Self.labels))]))
        #expect(try reds(imageParts(packed).training) == [1, 11])
    }

    @Test("labels that are missing, or of other number")
    func labels() throws {
        let bare = try pair(Self.images, nil)
        #expect(try imageError { try imageParts(bare) } == .labelsMissing(path: bare, expected: "train-labels-idx1-ubyte"))
        #expect(try imageError { try imageParts(scratch.path + "/d") } == .labelsMissing(path: bare, expected: "train-labels-idx1-ubyte"))
        let unlabelled = try imageParts(bare, labels: ["0"], requiresLabels: false).training
        #expect(unlabelled.examples.map(\.label) == [nil, nil] && unlabelled.labels == ["0"])
        let other = try scratch.write("pictures", Self.images)
        #expect(try imageError { try imageParts(other) } == .labelsMissing(path: other, expected: nil))

        let path = try pair(Self.images, Self.idx([3], [1, 2, 3]))
        let labels = scratch.path + "/d/train-labels-idx1-ubyte"
        #expect(try imageError { try imageParts(path) } == .countsDiffer(path: path, images: 2, labels: 3, file: labels))
        #expect(try imageError { try imageParts(labels) }.message.contains("that of the labels"))
    }

    @Test("more images than files are allowed")
    func tooMany() throws {
        let path = try pair(Self.idx([5, 1, 1], [1, 2, 3, 4, 5]), Self.idx([5], [0, 1, 0, 1, 0]))
        let expected = ImageDatasetError.limit(path: path, entry: nil, what: "the number of images", found: 5, limit: 4)
        for place in [path, scratch.path + "/d"] {
            #expect(try imageError { try imageParts(place, limits: ImageSetLimits(fileCount: 4)) } == expected)
            #expect(try imageParts(place, limits: ImageSetLimits(fileCount: 5)).training.examples.count == 5)
        }
        // Before the pixels are read, of which there are none.
        let empty = try pair(Self.idx([5, 1, 1], []), Self.idx([5], []))
        let refusal = ImageDatasetError.limit(path: empty, entry: nil, what: "the number of images", found: 5, limit: 4)
        #expect(try imageError { try imageParts(empty, limits: ImageSetLimits(fileCount: 4)) } == refusal)
    }

    @Test("equal bytes in another size are another image")
    func identities() throws {
        let size = ImageProcessor.Size(width: 16, height: 16)
        let tokenizer = try ImageTokenizer(ImageProcessor(size: size), size: size, patchSize: 16, prefixTokens: 1, file: "config.json")
        func identity(_ sizes: [Int]) throws -> Digest {
            let parts = try imageParts(pair(Self.idx(sizes, Array(UInt8(1)...12))))
            let input = try #require(parts.training.examples.first).input
            return try tokenizer.identity(tokenizer.checked(tokenizer.encode(input)), of: input)
        }
        let wide = try identity([2, 2, 3])
        #expect(try identity([2, 3, 2]) != wide)
        #expect(try identity([2, 1, 2, 3]) == wide)
    }

    @Test("I5 given classes keep their order")
    func given() throws {
        #expect(try imageParts(pair(), labels: ["7", "5", "0"]).training.examples.map(\.label) == [0, 2])
        #expect(try datasetError { try imageParts(pair(), labels: ["7"]) }.code == "data.unknown_label")
    }

    /// Checks that a damaged pair is refused with the file named, or read without a trap if that is what the change makes of it.
    private func survives(_ path: String, _ comment: String, mustFail: Bool, at location: SourceLocation = #_sourceLocation) {
        do {
            let parts = try imageParts(path)
            #expect(!mustFail, "\(comment): no error", sourceLocation: location)
            for example in parts.training.examples { _ = try imageSource(example).decoded() }
        } catch let error as any ZooError {
            let isNamed = error.place?.file?.hasPrefix(scratch.path) == true
            #expect(error.exitCode == .data && isNamed, "\(comment): \(error)", sourceLocation: location)
            #expect(isPlain(error), sourceLocation: location)
        } catch {
            Issue.record("\(comment): not an error of the package: \(error)", sourceLocation: location)
        }
    }

    @Test("cut at every length, plain and packed", arguments: ["", ".gz"])
    func cut(suffix: String) throws {
        let isPacked = !suffix.isEmpty
        for isLabels in [false, true] {
            let path = isPacked ? try pair(gzipped(Self.images), gzipped(Self.labels), suffix: suffix) : try pair()
            let file = isLabels ? scratch.path + "/d/train-labels-idx1-ubyte" + suffix : path
            let byteCount = try readFile(file).count
            for count in (0..<byteCount).reversed() {
                try truncateFile(file, to: count)
                survives(path, "cut at \(count)", mustFail: true)
            }
        }
        // A good stream around content that is cut.
        guard isPacked else { return }
        for count in 0..<Self.images.count {
            let path = try pair(gzipped(Array(Self.images[..<count])), gzipped(Self.labels), suffix: suffix)
            survives(path, "content cut at \(count)", mustFail: true)
        }
    }

    @Test("every byte of the headers changed")
    func mutated() throws {
        for place in 0..<16 {
            for value in [0, 1, 3, 4, 5, 0x7F, 0x80, 0xFF] as [UInt8] {
                var images = Self.images
                guard images[place] != value else { continue }
                images[place] = value
                survives(try pair(images), "byte \(place) of the images is \(value)", mustFail: true)
            }
        }
        for place in 0..<8 {
            for value in [0, 1, 3, 4, 5, 0x7F, 0x80, 0xFF] as [UInt8] {
                var labels = Self.labels
                guard labels[place] != value else { continue }
                labels[place] = value
                survives(try pair(Self.images, labels), "byte \(place) of the labels is \(value)", mustFail: true)
            }
        }
    }

    @Test(
        "sizes whose product overflows, that are 0, too many or too few",
        arguments: [
            ([0xFFFF_FFFF, 3, 0xFFFF_FFFF, 0xFFFF_FFFF], "data.limit"), ([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], "data.limit"),
            ([1, 0xFFFF_FFFF, 0x7FFF_FFFF], "data.limit"), ([1, 20_000, 20_000], "data.limit"), ([0, 2, 3], "data.damaged"),
            ([2, 0, 3], "data.damaged"), ([2, 2, 1, 3], "data.damaged"), ([12], "data.damaged"), ([3, 4], "data.damaged"),
            ([2, 2, 2], "data.damaged"), ([2, 2, 4], "data.damaged"), ([1, 1, 1, 2, 6], "data.damaged"), ([], "data.damaged"),
        ] as [([Int], String)])
    func sizes(sizes: [Int], code: String) throws {
        let path = try pair(Self.idx(sizes, [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]))
        let error = try imageError { try imageParts(path) }
        #expect(error.code == code && error.exitCode == .data && error.place?.file == path, "\(error)")
    }

    @Test("values that are no bytes")
    func types() throws {
        let path = try pair(Self.idx([2, 2, 3], [UInt8](repeating: 0, count: 48), type: 0x0D))
        #expect(try imageError { try imageParts(path) }.message == "expected unsigned bytes, type 8, found values of type 13")
    }

    @Test("a gzip bomb stops at the size that the header tells", .timeLimit(.minutes(1)))
    func bomb() throws {
        // A second member of 256 MiB of zeros, which the program that unpacks would append.
        let zeros = scratch.path + "/zeros.tar.gz"
        let writer = try ArchiveWriter(zeros, compression: .gzip)
        try writer.add("zeros", byteCount: 256 << 20)
        let block = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<256 { try block.withUnsafeBytes { try writer.write($0) } }
        try writer.finish()
        let path = try pair(gzipped(Self.images) + readFile(zeros), gzipped(Self.labels), suffix: ".gz")
        let time = try threadTime {
            let error = try imageError { try imageParts(path) }
            #expect(error == .damaged(path: path, reason: "the file goes on after the 12 bytes that its header tells"))
        }
        #expect(time < 0.5)
        // A header that tells more than is allowed.
        let large = try pair(gzipped(Self.idx([1 << 20, 100, 100], [1])), gzipped(Self.labels), suffix: ".gz")
        #expect(try imageError { try imageParts(large) }.code == "data.limit")
    }
}
