internal import CKernels
public import ZooTensor

/// How an image is made ready for a model: resized, cropped or padded, then scaled and normalised. The same in training and prediction.
///
/// It follows what upstream publishes beside the weights: `preprocessor_config.json` of ViT, DeiT, BEiT, DINOv2, CLIP and ConvNeXt in
/// `transformers`, or `pretrained_cfg` in timm's `config.json`.
public struct ImageProcessor: Sendable, Hashable {
    /// A size in pixels.
    public struct Size: Sendable, Hashable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// The new size of the whole image.
    public enum Resize: Sendable, Hashable {
        /// This size, whatever the proportions.
        case exact(Size)
        /// The shorter edge gets this length, the other one in proportion.
        case shortestEdge(Int)
    }

    /// The change of size; nil for none.
    public var resize: Resize?
    /// How pixels are made in a change of size.
    public var filter: ResamplingFilter
    /// What is cut out of the middle, black where the image is smaller; nil for nothing.
    public var crop: Size?
    /// How an odd number of pixels is shared out between both sides of a crop.
    var cropRounding: CropRounding
    /// What a byte is multiplied by; 1 / 255 as a rule.
    public var rescaleFactor: Double
    /// What is subtracted after rescaling, for red, green and blue.
    public var mean: [Double]
    /// What is divided by in the end, for red, green and blue.
    public var standardDeviation: [Double]

    enum CropRounding: Sendable, Hashable {
        /// Towards the top and the left, as in `transformers`.
        case down
        /// To the nearest even number, as Python's `round`, in timm.
        case toEven
    }

    /// - Parameters:
    ///   - size: the size that images get, whatever their proportions.
    public init(
        size: Size, filter: ResamplingFilter = .bicubic, mean: [Double] = [0.5, 0.5, 0.5], standardDeviation: [Double] = [0.5, 0.5, 0.5]
    ) {
        resize = .exact(size)
        self.filter = filter
        crop = nil
        cropRounding = .down
        rescaleFactor = 1 / 255
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The size of what the model sees; nil if it depends on the image.
    public var outputSize: Size? {
        if let crop { return crop }
        if case .exact(let size)? = resize { return size }
        return nil
    }

    /// The greatest length that an edge of every image gets by resizing; 0 if images keep their size.
    package var resizedEdge: Int {
        switch resize {
        case .exact(let size)?: max(size.width, size.height)
        case .shortestEdge(let edge)?: edge
        case nil: 0
        }
    }

    /// The same preparation for another size: the crop's share of the image stays.
    public func resized(to size: Size) -> ImageProcessor {
        var result = self
        switch resize {
        case .shortestEdge(let edge)?:
            let share = Double(edge) / Double(min(crop?.width ?? edge, crop?.height ?? edge))
            result.resize = .shortestEdge(max(1, Int((Double(min(size.width, size.height)) * share).rounded())))
            result.crop = size
        case .exact(let old)? where crop != nil && crop != old:
            let share = crop.map { (Double(old.width) / Double($0.width), Double(old.height) / Double($0.height)) } ?? (1, 1)
            result.resize = .exact(
                Size(
                    width: max(1, Int((Double(size.width) * share.0).rounded())),
                    height: max(1, Int((Double(size.height) * share.1).rounded()))))
            result.crop = size
        default:
            result.resize = .exact(size)
            result.crop = nil
        }
        return result
    }

    // MARK: pixels

    /// The image in the size that the model sees, as bytes.
    public func callAsFunction(_ image: PixelImage) -> PixelImage {
        var image = image
        switch resize {
        case .exact(let size)?: image = image.resized(width: size.width, height: size.height, filter: filter)
        case .shortestEdge(let edge)?:
            let size = ImageProcessor.size(width: image.width, height: image.height, shortestEdge: edge)
            image = image.resized(width: size.width, height: size.height, filter: filter)
        case nil: break
        }
        guard let crop else { return image }
        func start(_ length: Int, _ part: Int) -> Int {
            if part > length { return -((part - length + 1) / 2) }  // padded: the larger half before
            let rest = length - part
            return cropRounding == .toEven ? Int((Double(rest) / 2).rounded(.toNearestOrEven)) : rest / 2
        }
        return image.cropped(x: start(image.width, crop.width), y: start(image.height, crop.height), width: crop.width, height: crop.height)
    }

    /// The size of an image whose shorter edge gets a length.
    static func size(width: Int, height: Int, shortestEdge edge: Int) -> Size {
        // As Python's int(size * long / short).
        func long(_ long: Int, _ short: Int) -> Int { max(1, edge * long / short) }
        return width <= height ? Size(width: edge, height: long(height, width)) : Size(width: long(width, height), height: edge)
    }

    // MARK: numbers

    /// What a byte of each channel is multiplied by.
    var scales: [Float] { standardDeviation.map { Float(rescaleFactor / $0) } }
    /// What is added then.
    var shifts: [Float] { zip(mean, standardDeviation).map { Float(-$0 / $1) } }

    /// The normalised values of prepared pixels, `[3, height, width]`: what `transformers` calls `pixel_values`.
    public func values(_ image: PixelImage) -> Tensor {
        let result = Tensor(uninitialized: [3, image.height, image.width])
        let (scales, shifts) = (scales, shifts)
        for channel in 0..<3 {
            let target = result.mutablePointer + channel * image.width * image.height
            for pixel in 0..<image.width * image.height {
                target[pixel] = Float(image.pointer[3 * pixel + channel]) * scales[channel] + shifts[channel]
            }
        }
        return result
    }

    /// Writes the normalised patches of prepared pixels: `[patches, 3 * patch * patch]`, channel by channel within a patch.
    ///
    /// - Parameters:
    ///   - share: what the values are multiplied by.
    ///   - keep: what the values that are there are multiplied by before these are added.
    func writePatches(
        _ image: PixelImage, size patch: Int, share: Float = 1, keep: Float = 0, to target: UnsafeMutablePointer<Float>
    ) {
        scales.withUnsafeBufferPointer { scales in
            shifts.withUnsafeBufferPointer { shifts in
                zk_patches(
                    image.pointer, image.width, image.height, patch, scales.baseAddress, shifts.baseAddress, share, keep, target)
            }
        }
    }
}
