public import ZooTensor

extension Augmentation {
    /// Settings under one name, from nothing to what a long training on few images needs.
    public enum Preset: String, CaseIterable, Sendable {
        /// No variation.
        case none
        /// A part of at least 35 % of the image, left and right exchanged half of the time.
        case light
        /// Parts of at least 25 %, brightness, contrast and saturation changed by up to 30 %: photos stay photos. Operations that invert or
        /// coarsen colours cost accuracy in a fine-tuning of some epochs.
        case medium
        /// Parts of at least 8 %, as for training from scratch on ImageNet, more changed colours, two operations of RandAugment, now and then a
        /// hole, mixup and CutMix: for trainings of many epochs.
        case strong
    }

    /// The settings of a preset.
    public init(_ preset: Preset) {
        self.init()
        switch preset {
        case .none: break
        case .light:
            crop = RandomCrop(area: 0.35...1)
            horizontalFlip = 0.5
        case .medium:
            crop = RandomCrop(area: 0.25...1)
            horizontalFlip = 0.5
            colourJitter = 0.3
        case .strong:
            crop = RandomCrop(area: 0.08...1)
            horizontalFlip = 0.5
            colourJitter = 0.4
            policy = .rand(operations: 2, magnitude: 9)
            erasing = 0.25
            mixup = 0.2
            cutmix = 1
        }
    }

    /// The fully rendered settings.
    public var json: JSON {
        func range(_ range: ClosedRange<Double>) -> JSON { .array([.number(range.lowerBound), .number(range.upperBound)]) }
        var object = JSONObject()
        object["crop"] = crop.map { .object(["area": range($0.area), "ratio": range($0.ratio)]) } ?? .null
        object["horizontal_flip"] = .number(horizontalFlip)
        object["vertical_flip"] = .number(verticalFlip)
        object["colour_jitter"] = .number(colourJitter)
        switch policy {
        case .none: object["policy"] = .null
        case .rand(let operations, let magnitude):
            object["policy"] = .object(["rand": .object(["operations": .integer(operations), "magnitude": .integer(magnitude)])])
        case .trivial: object["policy"] = .string("trivial")
        }
        object["erasing"] = .number(erasing)
        object["mixup"] = .number(mixup)
        object["cutmix"] = .number(cutmix)
        object["mixing_off_epoch"] = mixingOffEpoch.map { .integer($0) } ?? .null
        return .object(object)
    }

    /// Throws for settings that make no sense, naming the first of them.
    public func check() throws(AugmentationError) {
        func require(
            _ condition: Bool, _ name: String, _ expected: String, _ found: some CustomStringConvertible
        ) throws(AugmentationError) {
            if !condition { throw .setting(name: name, expected: expected, found: String(describing: found)) }
        }
        if let crop {
            let (area, ratio) = (crop.area, crop.ratio)
            try require(area.lowerBound > 0 && area.upperBound <= 1, "crop area", "shares above 0, up to 1", area)
            try require(ratio.lowerBound > 0 && ratio.upperBound.isFinite, "crop ratio", "numbers above 0", ratio)
        }
        try require((0...1).contains(horizontalFlip), "horizontal flip", "a probability from 0 to 1", horizontalFlip)
        try require((0...1).contains(verticalFlip), "vertical flip", "a probability from 0 to 1", verticalFlip)
        try require((0...1).contains(colourJitter), "colour jitter", "a share from 0 to 1", colourJitter)
        if case .rand(let operations, let magnitude) = policy {
            try require((0...10).contains(operations), "operations", "0 to 10", operations)
            let largest = ImageOperation.largestMagnitude
            try require((0...largest).contains(magnitude), "magnitude", "0 to \(largest)", magnitude)
        }
        try require((0...1).contains(erasing), "erasing", "a probability from 0 to 1", erasing)
        try require(mixup.isFinite && mixup >= 0, "mixup", "0 or more", mixup)
        try require(cutmix.isFinite && cutmix >= 0, "cutmix", "0 or more", cutmix)
        try require(mixingOffEpoch ?? 1 >= 1, "mixing off epoch", "1 or more", mixingOffEpoch ?? 1)
    }
}
