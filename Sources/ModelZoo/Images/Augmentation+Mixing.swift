public import ZooNN
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Augmentation {
    /// How a batch is mixed; nil if it is not.
    ///
    /// - Parameters:
    ///   - epoch: counted from 1.
    ///   - key: the random numbers of the batch.
    public func mixing(epoch: Int, _ key: RandomKey) -> Mixing? {
        guard mixes, epoch < mixingOffEpoch ?? .max else { return nil }
        var random = SplitMix64(key)
        let takesPatch = cutmix > 0 && (mixup == 0 || random.unit() < 0.5)
        let share = random.beta(takesPatch ? cutmix : mixup)
        guard takesPatch else { return Mixing(share: share) }
        // A rectangle with the image's proportions and the other's share of the area, its centre anywhere, cut at the edges.
        let edge = (1 - share).squareRoot()
        func range() -> Range<Double> {
            let centre = random.unit()
            return max(0, centre - edge / 2)..<min(1, centre + edge / 2)
        }
        let (x, y) = (range(), range())
        return Mixing(
            share: 1 - (x.upperBound - x.lowerBound) * (y.upperBound - y.lowerBound), patch: Mixing.Patch(x: x, y: y))
    }
}

extension SplitMix64 {
    /// 0 to below 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box and Muller, 1958).
    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }

    /// From the symmetric beta distribution with parameter `alpha` (Jöhnk, 1964, below 1; Marsaglia and Tsang, 2000, else).
    mutating func beta(_ alpha: Double) -> Double {
        if alpha < 1 {
            // The acceptance rate is above 1/2 for alpha below 1; the powers may underflow for a tiny alpha, whose shares are 0 or 1.
            for _ in 0..<1000 {
                let (x, y) = (pow(unit(), 1 / alpha), pow(unit(), 1 / alpha))
                if x + y > 0 && x + y <= 1 { return x / (x + y) }
            }
            return unit() < 0.5 ? 0 : 1
        }
        let (x, y) = (gamma(alpha), gamma(alpha))
        return x + y > 0 ? x / (x + y) : 0.5
    }

    private mutating func gamma(_ shape: Double) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            if log(1 - unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }
}
