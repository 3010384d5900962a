import ZooTensor

/// CIFAR-10 and CIFAR-100 in their binary version: 32 x 32 pixels, of each image first all red values, then green, then blue.
///
/// Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html.
enum CIFAR {
    /// One of the two data sets.
    struct Variant {
        let name: String
        /// The bytes before the pixels of an image; the last of them is the class.
        let labelByteCount: Int
        let training: [String]
        let test: String
        /// The names of the classes, one a line.
        let names: String

        var recordByteCount: Int { labelByteCount + CIFAR.imageByteCount }
    }

    static let edge = 32
    static let imageByteCount = 3 * edge * edge

    static let ten = Variant(
        name: "CIFAR-10", labelByteCount: 1, training: (1...5).map { "data_batch_\($0).bin" }, test: "test_batch.bin",
        names: "batches.meta.txt")
    /// Before the fine class stands the coarse one, which is not used.
    static let hundred = Variant(
        name: "CIFAR-100", labelByteCount: 2, training: ["train.bin"], test: "test.bin", names: "fine_label_names.txt")

    private static let files = Set([ten, hundred].flatMap { $0.training + [$0.test, $0.names] })
    private static let pickles = Set((1...5).map { "data_batch_\($0)" } + ["test_batch", "batches.meta"])

    /// Whether a file of this name belongs to the binary version.
    static func isFile(_ name: String) -> Bool { files.contains(name) }

    /// Whether a file of this name belongs to the version of Python pickles, which is not read.
    static func isPickle(_ name: String) -> Bool { pickles.contains(name) }

    /// The data set that the folder which a tree shows has, by the names of its files.
    ///
    /// - Throws: `ImageDatasetError.pickle`.
    static func variant(in tree: FileTree) throws(ImageDatasetError) -> Variant? {
        if tree.file(ten.training[0]) != nil || tree.file(ten.test) != nil { return ten }
        if tree.file(hundred.training[0]) != nil, tree.file(hundred.names) != nil || tree.file(hundred.test) != nil { return hundred }
        // The names of CIFAR-100's pickles are all words of other data sets too, so it takes all three of them.
        let isHundred = ["train", "test", "meta"].allSatisfy { tree.file($0) != nil }
        if let file = tree.files.first(where: { $0.topFolder == nil && ($0.type == .pickle || isHundred && $0.place == "train") }) {
            throw .pickle(path: tree.path, entry: file.name)
        }
        return nil
    }

    /// The training and the test part.
    ///
    /// - Throws: `ImageDatasetError.damaged`, `.missingFile`, `.limit`, `DatasetError.unknownLabel`.
    static func parts(_ variant: Variant, in tree: FileTree, _ options: ReadingOptions) throws -> DatasetParts {
        let names = try classes(variant, in: tree)
        var budget = options.limits.byteCount
        func part(_ files: [String]) throws -> LabelledDataset {
            var collector = ExampleCollector(labels: options.labels ?? names, requiresLabels: options.requiresLabels)
            for name in files {
                let file = try file(name, of: variant, in: tree)
                let bytes = try tree.content(of: file, limit: budget)
                budget -= bytes.count
                try read(bytes, variant, names, tree.title(of: file), &collector)
            }
            return collector.dataset(tree.title)
        }
        return DatasetParts(training: try part(variant.training), test: try part([variant.test]))
    }

    private static func file(_ name: String, of variant: Variant, in tree: FileTree) throws(ImageDatasetError) -> FileTree.File {
        guard let file = tree.file(name) else { throw .missingFile(path: tree.title, name: name, whole: variant.name) }
        return file
    }

    private static func classes(_ variant: Variant, in tree: FileTree) throws -> [String] {
        let file = try file(variant.names, of: variant, in: tree)
        let title = tree.title(of: file)
        let content = try tree.content(of: file, limit: 1 << 20)
        guard content.count <= 1 << 20 else {
            throw ImageDatasetError.limit(path: title, entry: nil, what: "the number of bytes", found: content.count, limit: 1 << 20)
        }
        guard let text = String(validating: try StoredBytes.reading { try content.bytes(0..<content.count) }, as: UTF8.self) else {
            throw ImageDatasetError.damaged(path: title, reason: "the names of the classes are not UTF-8")
        }
        let names = text.split(whereSeparator: \.isNewline).map { String($0).trimmingWhiteSpace() }.filter { !$0.isEmpty }
        guard !names.isEmpty else { throw ImageDatasetError.damaged(path: title, reason: "it has no names of classes") }
        guard Set(names).count == names.count else {
            throw ImageDatasetError.damaged(path: title, reason: "two classes have the same name")
        }
        return names
    }

    private static func read(
        _ bytes: StoredBytes, _ variant: Variant, _ names: [String], _ title: String, _ collector: inout ExampleCollector
    ) throws {
        let size = variant.recordByteCount
        guard bytes.count > 0, bytes.count % size == 0 else {
            throw ImageDatasetError.damaged(
                path: title,
                reason: "expected a multiple of \(size) bytes, those of an image and its class, found \(bytes.count)")
        }
        for (number, start) in stride(from: 0, to: bytes.count, by: size).enumerated() {
            let pixels = start + variant.labelByteCount
            let label = Int(try StoredBytes.reading { try bytes.bytes(pixels - 1..<pixels)[0] })
            guard names.indices.contains(label) else {
                throw ImageDatasetError.damaged(
                    path: title, reason: "image \(number + 1) is of class \(label), there are \(names.count) classes, the first being 0")
            }
            let source = ImageSource(
                name: "\(title), image \(number + 1)",
                content: .planar(bytes.part(pixels..<start + size), width: edge, height: edge))
            try collector.add(source, label: names[label], path: title)
        }
    }
}
