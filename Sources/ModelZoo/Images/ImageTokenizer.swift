public import ZooNN
public import ZooTensor

/// Images as patches, one after the other, `[images * patches, 3 * patch * patch]`, channel by channel within a patch.
public struct PatchBatch: PackedBatch {
    /// `[images * rows * columns, 3 * patch * patch]`.
    public let patches: Tensor
    /// Where the sequences lie that the backbone makes of the patches: it may put tokens of its own before them.
    public let segments: Segments
    /// The number of patches of an image.
    public let patchesPerImage: Int
}

/// Decodes images, brings them into the size and range that a model expects, and cuts them into patches.
public struct ImageTokenizer: Tokenizer {
    /// What is kept of an image: where it is, and, once it has been read, the digest of what was there.
    public struct Encoded: Sendable {
        let source: ImageSource
        let digest: Digest?
    }

    /// An image in the model's size; a second one, if it is mixed.
    public struct Prepared: Sendable {
        let image: PixelImage
        fileprivate var second: (image: PixelImage, mixing: Mixing)?
    }

    /// The preparation.
    public let processor: ImageProcessor
    /// The size that all images get.
    public let size: ImageProcessor.Size
    /// The edge of a patch in pixels.
    public let patchSize: Int
    /// The number of tokens that the backbone puts before the patches.
    public let prefixTokens: Int
    /// The largest images that are read.
    public var limits = ImageLimits.standard
    /// What these images share with all others.
    package var memory = ImageMemory.shared
    private let remarks = ImageRemarks()

    /// - Parameters:
    ///   - processor: it must give all images one size.
    ///   - size: the size that the model has positions for.
    ///   - file: the name of the configuration for messages.
    /// - Throws: `ModelError.configuration` when processor and model do not fit each other.
    public init(
        _ processor: ImageProcessor, size: ImageProcessor.Size, patchSize: Int, prefixTokens: Int, file: String
    ) throws(ModelError) {
        guard processor.outputSize == size else {
            let found = processor.outputSize.map { "\($0.height) x \($0.width)" } ?? "a size that depends on the image"
            throw .configuration(
                file: file, key: "size", expected: "the size that the model has positions for, \(size.height) x \(size.width)", found: found
            )
        }
        guard processor.resizedEdge <= ImageProcessor.largestEdge else {
            throw .configuration(
                file: file, key: "size", expected: "images resized to at most \(ImageProcessor.largestEdge) pixels an edge",
                found: String(processor.resizedEdge))
        }
        self.processor = processor
        self.size = size
        self.patchSize = patchSize
        self.prefixTokens = prefixTokens
    }

    /// The number of patches of an image.
    public var patchesPerImage: Int { size.width / patchSize * (size.height / patchSize) }

    public static var inputKind: InputKind { .image }
    public static var canAugment: Bool { true }

    /// - Throws: `ModelError.wrongInput` for an input that is no image.
    public func encode(_ input: Input) throws -> Encoded {
        guard case .image(let source) = input else {
            throw ModelError.wrongInput(expected: "images", found: "the text \"\(printable(input.parts[0], limit: 40))\"")
        }
        return Encoded(source: source, digest: nil)
    }

    /// - Throws: `ImageError`.
    public func checked(_ encoded: Encoded) throws -> Encoded {
        func needs(_ width: Int, _ height: Int) throws -> Int {
            try checkResizedSize(width, height, encoded.source.name)
            return 0
        }
        return try encoded.source.withPixels(limits, memory, needs: needs) { loaded in
            if loaded.lacksEnd { remarks.addLackingEnd(encoded.source.name) }
            return Encoded(source: encoded.source, digest: loaded.digest)
        }
    }

    public func identity(_ encoded: Encoded, of input: Input) -> Digest {
        encoded.digest ?? Digest(hashing: Array(encoded.source.name.utf8))
    }

    public func length(_ encoded: Encoded) -> Int { prefixTokens + patchesPerImage }

    public func fingerprint(_ encoded: Encoded, into hasher: inout DigestHasher) {
        // The preparation as a whole, since every part of it changes every image.
        hasher.update(text: "\(processor) \(patchSize) \(encoded.digest?.hex ?? encoded.source.name);")
    }

    /// - Throws: `ImageError`, also when the image is not the one that was checked.
    public func prepare(_ encoded: Encoded, _ variation: Variation?) throws -> Prepared {
        let copies = variation?.augmentation.crop != nil
        func needs(_ width: Int, _ height: Int) throws -> Int {
            try checkResizedSize(width, height, encoded.source.name)
            return workingBytes(width, height, copies: copies)
        }
        return try encoded.source.withPixels(limits, memory, needs: needs) { loaded in
            let image = loaded.image
            if let expected = encoded.digest, expected != loaded.digest { throw ImageError.changed(name: encoded.source.name) }
            if loaded.lacksEnd { remarks.addLackingEnd(encoded.source.name) }
            if let variation, variation.augmentation.variesInputs {
                return Prepared(image: variation.augmentation.apply(to: image, processor, variation.key))
            }
            return Prepared(image: processor(image))
        }
    }

    /// What the preparation of an image takes: between the two passes of resizing one edge has its new length and the other its old one.
    ///
    /// - Parameter copies: whether a part of the image is copied before.
    private func workingBytes(_ width: Int, _ height: Int, copies: Bool) -> Int {
        let resized =
            switch processor.resize {
            case .exact(let size)?: size
            case .shortestEdge(let edge)?: ImageProcessor.size(width: width, height: height, shortestEdge: edge)
            case nil: ImageProcessor.Size(width: width, height: height)
            }
        let between = max(resized.width * height, width * resized.height)
        return 3 * ((copies ? width * height : 0) + between + 4 * max(resized.width * resized.height, size.width * size.height))
    }

    public func notes() -> [String] { remarks.take() }

    /// A long thin image grows without bound where the shorter edge is given.
    private func checkResizedSize(_ width: Int, _ height: Int, _ name: String) throws(ImageError) {
        guard case .shortestEdge(let edge)? = processor.resize else { return }
        let size = ImageProcessor.size(width: width, height: height, shortestEdge: edge)
        guard size.width * size.height <= limits.pixels else {
            throw .limit(
                name: name, what: "pixels", found: "\(size.width) x \(size.height) resized", limit: String(limits.pixels))
        }
    }

    public func mix(_ first: Prepared, with second: Prepared, _ mixing: Mixing) -> Prepared {
        var result = first
        result.second = (second.image, mixing)
        return result
    }

    public func fitted(_ mixing: Mixing) -> Mixing {
        guard let patch = mixing.patch else { return mixing }
        let replaced = patch.columns(of: size.width).count * patch.rows(of: size.height).count
        return Mixing(share: 1 - Double(replaced) / Double(size.width * size.height), patch: patch)
    }

    public func batch(_ prepared: [Prepared], reserving count: Int) throws(OutOfMemoryError) -> PatchBatch {
        let perImage = patchesPerImage
        let values = 3 * patchSize * patchSize
        let patches = try Tensor(
            allocating: [prepared.count * perImage, values], for: "a batch of \(prepared.count) images",
            capacity: max(count, prepared.count) * perImage * values)
        Threads.forEach(prepared.count) { index in
            let target = patches.mutablePointer + index * perImage * values
            let item = prepared[index]
            guard let (second, mixing) = item.second else {
                return processor.writePatches(item.image, size: patchSize, to: target)
            }
            if let patch = mixing.patch {
                processor.writePatches(item.image.replacing(patch, with: second), size: patchSize, to: target)
            } else {
                processor.writePatches(item.image, size: patchSize, share: Float(mixing.share), to: target)
                processor.writePatches(second, size: patchSize, share: Float(1 - mixing.share), keep: 1, to: target)
            }
        }
        return PatchBatch(
            patches: patches, segments: Segments(lengths: Array(repeating: perImage + prefixTokens, count: prepared.count)),
            patchesPerImage: perImage)
    }

    public func preview(_ prepared: Prepared) -> Preview {
        guard let (second, mixing) = prepared.second else { return Preview(image: prepared.image) }
        if let patch = mixing.patch { return Preview(image: prepared.image.replacing(patch, with: second)) }
        let share = mixing.share
        let pixels = zip(prepared.image.pixels, second.pixels).map { UInt8((share * Double($0) + (1 - share) * Double($1)).rounded()) }
        return Preview(image: PixelImage(width: size.width, height: size.height, pixels: pixels))
    }

    /// The preparation, in the form of `transformers`.
    public func companionFiles(_ assets: Assets) throws -> [(name: String, bytes: [UInt8])] {
        [(ImageProcessor.fileName, processor.json.serialized(pretty: true))]
    }
}

extension PixelImage {
    /// This image with the pixels of another one of the same size in a part of it.
    fileprivate func replacing(_ patch: Mixing.Patch, with other: PixelImage) -> PixelImage {
        let columns = patch.columns(of: width)
        return PixelImage(width: width, height: height) { target in
            target.update(from: pointer, count: stride * height)
            for row in patch.rows(of: height) {
                let start = row * stride + 3 * columns.lowerBound
                (target + start).update(from: other.pointer + start, count: 3 * columns.count)
            }
        }
    }
}

extension Mixing.Patch {
    /// The columns of an image of that width.
    fileprivate func columns(of width: Int) -> Range<Int> { Self.places(x, width) }
    /// The rows of an image of that height.
    fileprivate func rows(of height: Int) -> Range<Int> { Self.places(y, height) }

    private static func places(_ range: Range<Double>, _ count: Int) -> Range<Int> {
        let start = min(max(Int((range.lowerBound * Double(count)).rounded()), 0), count)
        return start..<min(max(Int((range.upperBound * Double(count)).rounded()), start), count)
    }
}
