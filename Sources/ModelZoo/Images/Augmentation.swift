import ZooTensor

/// How images are varied in training. What happens to an image is decided by its ``Variation``'s key alone.
public struct Augmentation: Sendable, Hashable {
    /// A random part of the image, brought to the model's size (Szegedy et al., 2015, "Inception crop").
    public struct RandomCrop: Sendable, Hashable {
        /// The share of the image's area.
        public var area: ClosedRange<Double>
        /// Width by height of the part.
        public var ratio: ClosedRange<Double>

        public init(area: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3) {
            self.area = area
            self.ratio = ratio
        }
    }

    /// Which of the fourteen operations on the whole image are applied.
    public enum Policy: Sendable, Hashable {
        case none
        /// RandAugment (Cubuk et al., 2020): so many operations one after the other.
        ///
        /// - Parameter magnitude: 0 to 30, how much each one does.
        case rand(operations: Int, magnitude: Int)
        /// TrivialAugment (Müller and Hutter, 2021): one operation of random magnitude, wide.
        case trivial
    }

    /// The random part; nil prepares the whole image as in prediction.
    public var crop: RandomCrop?
    /// The probability of exchanging left and right.
    public var horizontalFlip: Double
    /// The probability of exchanging top and bottom.
    public var verticalFlip: Double
    /// By how much brightness, contrast and saturation may change at most, as a share; 0 for not at all.
    public var colourJitter: Double
    /// Operations on the whole image.
    public var policy: Policy
    /// The probability that a random rectangle is filled with noise (Zhong et al., 2020).
    public var erasing: Double
    /// The parameter of the beta distribution of mixup's shares; 0 for no mixup.
    public var mixup: Double
    /// The same for CutMix. When both are on, each batch takes one of them.
    public var cutmix: Double
    /// The first epoch, counted from 1, without mixup and CutMix; nil: none.
    public var mixingOffEpoch: Int?

    /// No variation.
    public init() {
        crop = nil
        horizontalFlip = 0
        verticalFlip = 0
        colourJitter = 0
        policy = .none
        erasing = 0
        mixup = 0
        cutmix = 0
        mixingOffEpoch = nil
    }

    /// Whether nothing is ever varied.
    public var isNone: Bool { self == Augmentation() || !(variesInputs || mixes) }

    /// Whether single inputs are varied.
    public var variesInputs: Bool {
        crop != nil || horizontalFlip > 0 || verticalFlip > 0 || colourJitter > 0 || policy != .none || erasing > 0
    }

    /// Whether inputs are mixed in some epoch.
    public var mixes: Bool { mixup > 0 || cutmix > 0 }
}
