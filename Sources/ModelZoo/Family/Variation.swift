public import ZooNN

/// How an input is varied in one epoch: what may happen, and the random numbers that decide.
public struct Variation: Sendable {
    /// What may happen.
    public let augmentation: Augmentation
    /// The random numbers of this run, epoch and example.
    public let key: RandomKey

    public init(_ augmentation: Augmentation, _ key: RandomKey) {
        self.augmentation = augmentation
        self.key = key
    }
}

/// How two inputs become one: values are added in proportion, or a part of the first is replaced.
public struct Mixing: Sendable, Hashable {
    /// The share of the first input that stays, and of its label, 0 to 1.
    public let share: Double
    /// The part of the first input that the second one replaces, in shares of its width and height (CutMix, Yun et al., 2019); nil mixes all
    /// values (mixup, Zhang et al., 2018).
    public let patch: Patch?

    /// A rectangle in shares of width and height.
    public struct Patch: Sendable, Hashable {
        public let x: Range<Double>
        public let y: Range<Double>

        public init(x: Range<Double>, y: Range<Double>) {
            self.x = x
            self.y = y
        }
    }

    public init(share: Double, patch: Patch? = nil) {
        self.share = share
        self.patch = patch
    }
}
