import ModelZoo
import ZooTensor

/// What the targets of data sets of images have in common.
enum ImageSetReading {
    /// Reads a data set and decodes its images.
    static func read(_ path: String, _ source: inout Source) throws {
        let labels: [String]? = source.once(in: 4) ? ["0", "1", "cat", "dog"] : nil
        let parts = try DatasetReader.parts(
            path, kind: .image, columns: source.once(in: 4) ? Columns(text: "file_name", label: "label") : Columns(),
            header: !source.once(in: 6), labels: labels, requiresLabels: !source.once(in: 3),
            limits: ImageSetLimits(byteCount: 4 << 20, fileCount: 1000, depth: 8, nameByteCount: 512))
        for part in [parts.training, parts.validation, parts.test].compactMap({ $0 }) {
            for example in part.examples {
                try require(example.label.map { part.labels.indices.contains($0) } ?? true, "a label outside of the classes")
                guard case .image(let image) = example.input else { throw Finding("an input that is no image") }
                do {
                    let pixels = try image.decoded(limits: ImageLimits(pixels: 1_000_000))
                    try require(pixels.pixels.count == 3 * pixels.width * pixels.height, "the pixels do not fit the size")
                } catch is any ZooError {}
            }
        }
    }

    /// Small images.
    static let images: [[UInt8]] = [0, 90, 255].compactMap { value in
        try? ImageDecoder.png(PixelImage(width: 3, height: 2, pixels: [UInt8](repeating: value, count: 18)))
    }

    static let words = [
        "label", "file_name", "train/", "test/", "cat/", "dog", ".png", "../", "metadata.csv", "metadata.jsonl", ",", "\n", "images",
    ].map { Array($0.utf8) }
}

/// IDX files of images and labels, plain and packed with gzip.
final class IDXTarget: Target {
    static let name = "idx"
    private let folder: ScratchFolder
    private let images: Mutator
    private let labels: Mutator

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        try makeFolders(folder.path + "/idx")
        func file(_ sizes: [Int], _ count: Int) -> [UInt8] {
            let header = sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
            return [0, 0, 8, UInt8(sizes.count)] + header + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        }
        let words: [[UInt8]] = [
            [0, 0, 8, 3], [0, 0, 8, 4], [0, 0, 0, 1], [0, 0, 0, 3], [0x7f, 0xff, 0xff, 0xff], [0, 1, 0, 0], [0x1f, 0x8b],
        ]
        images = Mutator(
            seeds: [file([3, 2, 4], 24), file([2, 3, 2, 2], 24), file([3, 1, 2, 2], 12), file([3, 1, 300], 900)], words: words)
        labels = Mutator(seeds: [file([3], 3), file([2], 2)], words: words)
    }

    func run(_ source: inout Source) throws {
        folder.clear("idx")
        try makeFolders(folder.path + "/idx")
        let isPacked = source.once(in: 3)
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try folder.write("idx/" + name + (isPacked ? ".gz" : ""), isPacked ? TarBytes.gzip(bytes) : bytes)
        }
        let rank = source.once(in: 3) ? "idx4" : "idx3"
        try write("train-images-\(rank)-ubyte", source.document(images))
        try write("train-labels-idx1-ubyte", source.document(labels))
        if source.once(in: 4) {
            try write("t10k-images-\(rank)-ubyte", source.document(images))
            try write("t10k-labels-idx1-ubyte", source.document(labels))
        }
        try ImageSetReading.read(folder.path + "/idx", &source)
    }
}

/// CIFAR-10 and CIFAR-100 in the binary version.
final class CIFARTarget: Target {
    static let name = "cifar"
    private let folder: ScratchFolder
    private let names: Mutator
    private let ten: Mutator
    private let hundred: Mutator

    init(_ folder: ScratchFolder) {
        self.folder = folder
        let pixels = (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
        names = Mutator(
            seeds: ["frog\ncat\ndog\n", "0\r\n1\r\n\r\n2"].map { Array($0.utf8) }, words: ["\n", "\r\n", "frog"].map { Array($0.utf8) })
        ten = Mutator(seeds: [[1] + pixels, [0] + pixels + [2] + pixels, []], words: [[255], [0], [3]])
        hundred = Mutator(seeds: [[9, 1] + pixels, [0, 0] + pixels + [7, 2] + pixels], words: [[255], [0], [3]])
    }

    func run(_ source: inout Source) throws {
        folder.clear("cifar")
        try makeFolders(folder.path + "/cifar")
        if source.once(in: 2) {
            try folder.write("cifar/batches.meta.txt", source.document(names))
            let batch = source.document(ten)
            for number in 1...5 where number == 1 || !source.once(in: 20) { try folder.write("cifar/data_batch_\(number).bin", batch) }
            try folder.write("cifar/test_batch.bin", source.document(ten))
        } else {
            try folder.write("cifar/fine_label_names.txt", source.document(names))
            try folder.write("cifar/train.bin", source.document(hundred))
            try folder.write("cifar/test.bin", source.document(hundred))
        }
        try ImageSetReading.read(folder.path + "/cifar", &source)
    }
}

/// Images in folders and archives, told apart by folder names or by a table.
final class ImageSetTarget: Target {
    static let name = "imageset"
    private let folder: ScratchFolder
    private let archives: Mutator
    private let tables: Mutator

    init(_ folder: ScratchFolder) throws {
        self.folder = folder
        typealias Files = [(name: String, content: [UInt8])]
        let images = ImageSetReading.images
        guard images.count == 3 else { throw Finding("no images to start from") }
        let classes: Files = [("cat/1.png", images[0]), ("dog/2.png", images[1]), ("dog/3.png", images[2])]
        let parts: Files = classes.map { ("train/" + $0.name, $0.content) } + classes.map { ("test/" + $0.name, $0.content) }
        let table = Array("file_name,label\na.png,cat\nb/c.png,dog\n".utf8)
        let lines = Array("{\"file_name\": \"a.png\", \"label\": \"cat\"}\n{\"file_name\": \"b/c.png\", \"label\": \"dog\"}\n".utf8)
        let tabled: Files = [("metadata.csv", table), ("a.png", images[0]), ("b/c.png", images[1])]
        let lined: Files = [("train/metadata.jsonl", lines), ("train/a.png", images[0]), ("train/b/c.png", images[1])]
        archives = Mutator(
            seeds: [classes, parts, tabled, lined].flatMap { [TarBytes.archive($0), TarBytes.zip($0)] }, words: ImageSetReading.words)
        tables = Mutator(seeds: [table, lines, Array("image\tclass\na.png\tcat\n".utf8)], words: ImageSetReading.words)
        for (index, path) in ["a.png", "b/c.png", "b/d.png"].enumerated() {
            try makeFolders(folder.path + "/set/b")
            try folder.write("set/" + path, images[index])
        }
    }

    func run(_ source: inout Source) throws {
        if source.once(in: 3) {
            for name in ["metadata.csv", "metadata.jsonl", "metadata.tsv"] { folder.clear("set/" + name) }
            let name = source.pick(["metadata.csv", "metadata.jsonl", "metadata.tsv"])
            try folder.write("set/" + name, source.document(tables))
            let isFolder = source.once(in: 2)
            return try ImageSetReading.read(folder.path + (isFolder ? "/set" : "/set/" + name), &source)
        }
        var bytes = source.document(archives)
        let isZip = bytes.starts(with: [0x50, 0x4b])
        if !isZip, source.once(in: 2) { TarBytes.repairChecksums(&bytes) }
        let isPacked = !isZip && source.once(in: 5)
        let name = isZip ? "a.zip" : isPacked ? "a.tar.gz" : "a.tar"
        try ImageSetReading.read(folder.write(name, isPacked ? TarBytes.gzip(bytes) : bytes), &source)
    }
}
