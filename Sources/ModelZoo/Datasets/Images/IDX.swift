import ZooTensor

/// Images and labels in IDX files, as MNIST was published: grey `[images, height, width]` or coloured `[images, 3, height, width]` bytes
/// in one file, `[images]` classes in another, whose names are the numbers. Both may be packed with gzip.
///
/// Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits"; http://yann.lecun.com/exdb/mnist/.
enum IDX {
    /// A file, opened when it is its turn.
    private struct File {
        let title: String
        let open: () throws -> ByteStream
        /// The content, where it is not packed.
        var plain: StoredBytes?

        /// A file on disk, or an entry of an archive.
        init(_ title: String, _ content: StoredBytes) throws {
            self.title = title
            let isPacked = try StoredBytes.reading {
                ByteStream.isPacked(try content.bytes(0..<min(4, content.count)))
            }
            open = { try ByteStream(title, content) }
            plain = isPacked ? nil : content
        }

        init(_ path: String) throws {
            let content = try StoredBytes.reading {
                let file = try OpenFile(path)
                return StoredBytes(file, count: file.byteCount)
            }
            try self.init(path, content)
        }
    }

    /// Whether a name is one of such files, as `train-images-idx3-ubyte.gz`.
    static func isFile(_ name: String) -> Bool { isImages(name) || isLabels(name) }

    private static func isImages(_ name: String) -> Bool { name.contains("images") && (name.contains("idx3") || name.contains("idx4")) }

    private static func isLabels(_ name: String) -> Bool { name.contains("labels") && name.contains("idx1") }

    /// The name of the labels' file: `labels` for `images` and `idx1` for `idx3` or `idx4`; nil if the name has not both.
    static func labelsName(ofImages name: String) -> String? {
        guard isImages(name) else { return nil }
        return name.replacing("images", with: "labels").replacing("idx3", with: "idx1").replacing("idx4", with: "idx1")
    }

    private static func isPacked(_ name: String) -> Bool { ["gz", "zst"].contains(fileSuffix(name)) }

    // MARK: - Finding the files

    /// The only part that the path of a file of images gives.
    static func parts(ofImages path: String, _ options: ReadingOptions) throws -> DatasetParts {
        let name = lastComponent(path)
        if isLabels(name) {
            throw ImageDatasetError.damaged(path: path, reason: "expected the file of the images, found that of the labels by its name")
        }
        let images = try File(path)
        var labels: File?
        if let other = labelsName(ofImages: name) {
            let path = String(path.dropLast(name.count)) + other
            if fileKind(path) != nil { labels = try File(path) }
        }
        guard labels != nil || !options.requiresLabels else {
            throw ImageDatasetError.labelsMissing(path: path, expected: labelsName(ofImages: name))
        }
        return DatasetParts(training: try dataset(images, labels, options.labels, options, title: path))
    }

    /// The parts in the folder that a tree shows; nil if there are no such files.
    static func parts(in tree: FileTree, _ options: ReadingOptions) throws -> DatasetParts? {
        var files: [PartName: FileTree.File] = [:]
        for file in tree.files where file.topFolder == nil && isImages(String(file.place)) {
            let part = part(of: String(file.place))
            guard let other = files[part] else {
                files[part] = file
                continue
            }
            // The same file, packed and as it is.
            let (first, second) = (String(other.place), String(file.place))
            guard first.hasPrefix(second) && isPacked(first) || second.hasPrefix(first) && isPacked(second) else {
                throw ImageDatasetError.repeatedPart(path: tree.title, names: [other.name, file.name])
            }
            if isPacked(first) { files[part] = file }
        }
        guard !files.isEmpty else { return nil }
        guard files[.training] != nil else { throw ImageDatasetError.noTraining(path: tree.title, found: files.values.map(\.name)) }
        func read(_ part: PartName, _ known: [String]?) throws -> LabelledDataset? {
            guard let images = files[part] else { return nil }
            let name = labelsName(ofImages: String(images.place))
            let labels = name.flatMap { tree.file($0) }
            guard labels != nil || !options.requiresLabels else {
                throw ImageDatasetError.labelsMissing(path: tree.title(of: images), expected: name)
            }
            return try dataset(
                try opening(images, in: tree, options), try labels.map { try opening($0, in: tree, options) }, known, options,
                title: tree.title(of: images))
        }
        guard let training = try read(.training, options.labels) else { return nil }
        // Without required labels an unknown class is none, so the list of classes stays the same.
        return DatasetParts(
            training: training, validation: try read(.validation, training.labels), test: try read(.test, training.labels))
    }

    private static func part(of name: String) -> PartName {
        if name.contains("t10k") || name.contains("test") { return .test }
        return name.contains("val") ? .validation : .training
    }

    private static func opening(_ file: FileTree.File, in tree: FileTree, _ options: ReadingOptions) throws -> File {
        try File(tree.title(of: file), try tree.content(of: file, limit: options.limits.byteCount))
    }

    // MARK: - Reading

    private static func dataset(
        _ images: File, _ labels: File?, _ known: [String]?, _ options: ReadingOptions, title: String
    ) throws -> LabelledDataset {
        let (sizes, pixels) = try content(of: images, isImages: true, options.limits)
        let count = sizes[0]
        let (height, width) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
        var classes: [UInt8]?
        if let labels {
            let (sizes, bytes) = try content(of: labels, isImages: false, options.limits)
            guard sizes[0] == count else {
                throw ImageDatasetError.countsDiffer(path: images.title, images: count, labels: sizes[0], file: labels.title)
            }
            classes = try StoredBytes.reading { try bytes.bytes(0..<count) }
        }
        var collector = ExampleCollector(labels: known, requiresLabels: options.requiresLabels)
        let size = pixels.count / count
        for index in 0..<count {
            let start = index * size
            let source = ImageSource(
                name: "\(images.title), image \(index + 1)",
                content: .planar(pixels.part(start..<start + size), width: width, height: height))
            let label = classes.map { String($0[index]) }
            try collector.add(source, label: label, path: labels?.title ?? title)
        }
        return collector.dataset(title)
    }

    /// The sizes that the header tells and the bytes after it, of which there are as many, and at least one.
    private static func content(
        of file: File, isImages: Bool, _ limits: ImageSetLimits
    ) throws -> (sizes: [Int], bytes: StoredBytes) {
        func damaged(_ reason: String) -> ImageDatasetError { .damaged(path: file.title, reason: reason) }
        var stream = try file.open()
        let magic = Array(try stream.read(4))
        guard magic.count == 4 else { throw damaged("the file is cut off in its header") }
        guard magic[0] == 0, magic[1] == 0 else { throw damaged("expected an IDX file, whose first two bytes are 0") }
        guard magic[2] == 8 else {
            throw damaged("expected unsigned bytes, type 8, found values of type \(magic[2])")
        }
        let rank = Int(magic[3])
        guard isImages ? rank == 3 || rank == 4 : rank == 1 else {
            throw damaged(
                isImages
                    ? "expected images of 3 or 4 dimensions, found \(rank)" : "expected labels of 1 dimension, found \(rank)")
        }
        let header = Array(try stream.read(4 * rank))
        guard header.count == 4 * rank else { throw damaged("the file is cut off in its header") }
        let sizes = (0..<rank).map { axis in header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
        let shape = sizes.map { String($0) }.joined(separator: " x ")
        guard sizes.allSatisfy({ $0 > 0 }) else { throw damaged("there is nothing in it: its size is \(shape)") }
        guard rank != 4 || sizes[1] == 1 || sizes[1] == 3 else {
            throw damaged("expected 1 or 3 values for each pixel, found \(sizes[1])")
        }
        guard sizes[0] <= limits.fileCount else {
            throw ImageDatasetError.limit(
                path: file.title, entry: nil, what: "the number of images", found: sizes[0], limit: limits.fileCount)
        }
        var count = 1
        for size in sizes {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
            guard !isTooLarge else {
                throw ImageDatasetError.limit(
                    path: file.title, entry: nil, what: "the number of bytes of \(shape) values", found: .max, limit: limits.byteCount)
            }
            count = product
        }
        guard count <= limits.byteCount else {
            throw ImageDatasetError.limit(
                path: file.title, entry: nil, what: "the number of bytes of \(shape) values", found: count, limit: limits.byteCount)
        }
        if isImages, max(sizes[rank - 2], sizes[rank - 1]) > ImageLimits.standard.edge {
            throw ImageDatasetError.limit(
                path: file.title, entry: nil, what: "the number of pixels along an edge of an image",
                found: max(sizes[rank - 2], sizes[rank - 1]), limit: ImageLimits.standard.edge)
        }
        // The product of all sizes is no overflow, so that of some is none either.
        if isImages, sizes[rank - 2] * sizes[rank - 1] > ImageLimits.standard.pixels {
            throw ImageDatasetError.limit(
                path: file.title, entry: nil, what: "the number of pixels of an image", found: sizes[rank - 2] * sizes[rank - 1],
                limit: ImageLimits.standard.pixels)
        }
        func check(_ found: Int, goesOn: Bool) throws(ImageDatasetError) {
            guard found == count else { throw damaged("the file is cut off: expected \(count) bytes after the header, found \(found)") }
            guard !goesOn else { throw damaged("the file goes on after the \(count) bytes that its header tells") }
        }
        if let plain = file.plain {
            let start = 4 + 4 * rank
            try check(min(plain.count - start, count), goesOn: plain.count - start > count)
            return (sizes, plain.part(start..<plain.count))
        }
        let bytes = try StoredBytes.reading {
            try ByteKeeper(memory: limits.memoryByteCount).keep(count) { take in
                var left = count
                while left > 0 {
                    let piece = try stream.read(min(left, 1 << 20))
                    if piece.isEmpty { break }
                    left -= piece.count
                    try piece.withUnsafeBytes(take)
                }
            }
        }
        try check(bytes.count, goesOn: bytes.count == count ? !stream.read(1).isEmpty : false)
        return (sizes, bytes)
    }
}
