package import ZooNN
package import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Augmentation {
    /// A part of an image: the first column and row, and the numbers of columns and rows.
    package typealias Part = (x: Int, y: Int, width: Int, height: Int)

    /// A varied image, ready but for scaling: in the processor's `outputSize`, or, if that depends on the image, in the size that the
    /// processor gives it.
    ///
    /// In this order: the random part, flips, the policy's operations, changed colours, erasing. The key alone decides what happens, and each
    /// kind of variation has random numbers of its own, so switching one off leaves the others as they were.
    ///
    /// Source: torchvision's reference training (`RandomResizedCrop`, `RandAugment`, `TrivialAugmentWide`, `ColorJitter`,
    /// `RandomErasing`).
    package func apply(to image: PixelImage, _ processor: ImageProcessor, _ key: RandomKey) -> PixelImage {
        var result = resized(image, processor, key)
        if decides(horizontalFlip, "horizontal flip", key) { result = result.flippedHorizontally() }
        if decides(verticalFlip, "vertical flip", key) { result = result.flippedVertically() }
        if policy != .none {
            var random = SplitMix64(key.derived("policy"))
            result = applyPolicy(to: result, outside: Augmentation.outside(processor), &random)
        }
        if colourJitter > 0 {
            var random = SplitMix64(key.derived("colour jitter"))
            result = jittered(result, &random)
        }
        if decides(erasing, "erasing", key) {
            var random = SplitMix64(key.derived("erased part"))
            result = Augmentation.erased(result, &random)
        }
        return result
    }

    /// Whether something of a probability happens.
    private func decides(_ probability: Double, _ name: String, _ key: RandomKey) -> Bool {
        if !(probability > 0) { return false }
        var random = SplitMix64(key.derived(name))
        return random.unit() < probability
    }

    /// The random part, or else the whole image, in the model's size.
    private func resized(_ image: PixelImage, _ processor: ImageProcessor, _ key: RandomKey) -> PixelImage {
        guard let crop else { return processor(image) }
        let size =
            processor.outputSize
            ?? {
                let whole = processor(image)
                return ImageProcessor.Size(width: whole.width, height: whole.height)
            }()
        var random = SplitMix64(key.derived("crop"))
        let part = crop.part(width: image.width, height: image.height, &random)
        return image.cropped(x: part.x, y: part.y, width: part.width, height: part.height)
            .resized(width: size.width, height: size.height, filter: processor.filter)
    }

    // MARK: operations

    /// The colour that stands for nothing: the model's mean, which becomes 0.
    private static func outside(_ processor: ImageProcessor) -> (UInt8, UInt8, UInt8) {
        func byte(_ channel: Int) -> UInt8 {
            let mean = channel < processor.mean.count ? processor.mean[channel] : 0
            return UInt8((max(0, min(1, mean)) * 255).rounded())
        }
        return (byte(0), byte(1), byte(2))
    }

    private func applyPolicy(to image: PixelImage, outside: (UInt8, UInt8, UInt8), _ random: inout SplitMix64) -> PixelImage {
        let count: Int
        switch policy {
        case .none: count = 0
        case .rand(let operations, _): count = max(operations, 0)
        case .trivial: count = 1
        }
        let operations = ImageOperation.allCases
        var image = image
        for _ in 0..<count {
            let operation = operations[random.index(below: operations.count)]
            let magnitude: Int
            let reach: ImageOperation.Reach
            if case .rand(_, let fixed) = policy {
                (magnitude, reach) = (fixed, .rand)
            } else {
                (magnitude, reach) = (random.index(below: ImageOperation.largestMagnitude + 1), .wide)
            }
            let amount = operation.amount(magnitude: magnitude, reach, width: image.width, height: image.height)
            let isOpposite = random.index(below: 2) == 1
            image = operation(image, amount: operation.isSigned && isOpposite ? -amount : amount, outside: outside)
        }
        return image
    }

    /// Brightness, contrast and saturation changed, in random order.
    private func jittered(_ image: PixelImage, _ random: inout SplitMix64) -> PixelImage {
        let factors = max(0, 1 - colourJitter)...(1 + colourJitter)
        var steps: [(operation: ImageOperation, factor: Double)] = [.brightness, .contrast, .colour].map {
            ($0, random.number(in: factors))
        }
        random.shuffle(&steps)
        var image = image
        for (operation, factor) in steps { image = operation(image, amount: factor - 1, outside: (0, 0, 0)) }
        return image
    }

    // MARK: parts

    /// A rectangle of random area and proportions; after ten that are too large, nil.
    ///
    /// - Parameters:
    ///   - area: its area in shares of `pixels`.
    ///   - ratio: width by height, whose logarithm is uniform.
    ///   - limit: the largest width and height.
    fileprivate static func size(
        area: ClosedRange<Double>, of pixels: Int, ratio: ClosedRange<Double>, limit: (width: Int, height: Int), _ random: inout SplitMix64
    ) -> (width: Int, height: Int)? {
        for _ in 0..<10 {
            let area = Double(pixels) * random.number(in: area)
            let ratio = exp(random.number(from: log(ratio.lowerBound), to: log(ratio.upperBound)))
            let width = (area * ratio).squareRoot().rounded(.toNearestOrEven)
            let height = (area / ratio).squareRoot().rounded(.toNearestOrEven)
            // Compared before they become integers, so settings without sense do no harm.
            if width >= 1 && width <= Double(limit.width) && height >= 1 && height <= Double(limit.height) {
                return (Int(width), Int(height))
            }
        }
        return nil
    }

    /// A rectangle of 2 % to 33 % filled with noise; an image too small for one stays.
    private static func erased(_ image: PixelImage, _ random: inout SplitMix64) -> PixelImage {
        let limit = (width: image.width - 1, height: image.height - 1)
        guard let size = size(area: 0.02...0.33, of: image.width * image.height, ratio: 0.3...3.3, limit: limit, &random) else {
            return image
        }
        let x = random.index(below: image.width - size.width + 1)
        let y = random.index(below: image.height - size.height + 1)
        return PixelImage(width: image.width, height: image.height) { target in
            target.update(from: image.pointer, count: image.stride * image.height)
            for row in y..<y + size.height {
                let line = target + row * image.stride + 3 * x
                var bits: UInt64 = 0
                for place in 0..<3 * size.width {
                    if place % 8 == 0 { bits = random.next() }
                    line[place] = UInt8(truncatingIfNeeded: bits)
                    bits >>= 8
                }
            }
        }
    }
}

extension Augmentation.RandomCrop {
    /// A random part of an image; after ten that are too large for it, the largest one in the middle that has the proportions.
    ///
    /// Source: torchvision's `RandomResizedCrop.get_params`.
    ///
    /// - Parameters:
    ///   - width: the image's number of columns.
    ///   - height: the image's number of rows.
    package func part(width: Int, height: Int, _ random: inout SplitMix64) -> Augmentation.Part {
        if let size = Augmentation.size(area: area, of: width * height, ratio: ratio, limit: (width, height), &random) {
            let y = random.index(below: height - size.height + 1)
            let x = random.index(below: width - size.width + 1)
            return (x, y, size.width, size.height)
        }
        let whole = Double(width) / Double(height)
        var size = (width: width, height: height)
        if whole < ratio.lowerBound {
            size.height = Int(max(1, min(Double(height), (Double(width) / ratio.lowerBound).rounded(.toNearestOrEven))))
        } else if whole > ratio.upperBound {
            size.width = Int(max(1, min(Double(width), (Double(height) * ratio.upperBound).rounded(.toNearestOrEven))))
        }
        return ((width - size.width) / 2, (height - size.height) / 2, size.width, size.height)
    }
}

extension SplitMix64 {
    /// A number between two, all equally likely.
    fileprivate mutating func number(from low: Double, to high: Double) -> Double { low + (high - low) * unit() }

    fileprivate mutating func number(in range: ClosedRange<Double>) -> Double { number(from: range.lowerBound, to: range.upperBound) }
}
