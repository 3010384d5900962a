import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How pixels of a new size are made of those around them. The filters are Pillow's, and so are their numbers.
public enum ResamplingFilter: Int, Sendable, Hashable, CaseIterable {
    case nearest = 0
    case lanczos = 1
    case bilinear = 2
    case bicubic = 3
    case box = 4
    case hamming = 5

    /// The name in timm's configurations and on command lines.
    public var name: String {
        switch self {
        case .nearest: "nearest"
        case .lanczos: "lanczos"
        case .bilinear: "bilinear"
        case .bicubic: "bicubic"
        case .box: "box"
        case .hamming: "hamming"
        }
    }

    /// The filter of a name.
    public init?(name: String) {
        guard let filter = ResamplingFilter.allCases.first(where: { $0.name == name }) else { return nil }
        self = filter
    }

    /// Half the width of the filter.
    var support: Double {
        switch self {
        case .nearest: 0
        case .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight at a distance.
    func callAsFunction(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return 0
        case .box: return distance > -0.5 && distance <= 0.5 ? 1 : 0
        case .bilinear: return x < 1 ? 1 - x : 0
        case .hamming:
            if x == 0 { return 1 }
            if x >= 1 { return 0 }
            // Pillow has both constants in single precision.
            return sin(x * .pi) / (x * .pi) * (Double(0.54 as Float) + Double(0.46 as Float) * cos(x * .pi))
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
            return 0
        case .lanczos:
            func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
            return distance >= -3 && distance < 3 ? sinc(x) * sinc(x / 3) : 0
        }
    }
}

/// The weights of one axis that is resampled, in fixed point with 22 bits after the point.
///
/// Source: Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` (Resample.c). When the image shrinks, the filter widens, which keeps
/// fine patterns from folding into coarse ones.
struct ResamplingAxis {
    let starts: [Int32]
    let counts: [Int32]
    let weights: [Int32]
    let taps: Int

    /// - Parameters:
    ///   - count: the length of the axis.
    ///   - part: the part of it that is resampled.
    ///   - size: the new length.
    init(_ count: Int, part: Range<Double>, size: Int, _ filter: ResamplingFilter) {
        let scale = (part.upperBound - part.lowerBound) / Double(size)
        let stretch = max(scale, 1)
        let inverse = 1 / stretch  // a product with it rounds as Pillow does
        let support = filter.support * stretch
        taps = Int(support.rounded(.up)) * 2 + 1
        var starts: [Int32] = []
        var counts: [Int32] = []
        var weights = [Int32](repeating: 0, count: size * taps)
        var row = [Double](repeating: 0, count: taps)
        for output in 0..<size {
            let centre = part.lowerBound + (Double(output) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), count)
            var sum = 0.0
            for tap in 0..<max(end - start, 0) {
                row[tap] = filter((Double(tap + start) - centre + 0.5) * inverse)
                sum += row[tap]
            }
            for tap in 0..<max(end - start, 0) {
                let weight = (sum != 0 ? row[tap] / sum : row[tap]) * Double(1 << 22)
                weights[output * taps + tap] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
            }
            starts.append(Int32(start))
            counts.append(Int32(max(end - start, 0)))
        }
        self.starts = starts
        self.counts = counts
        self.weights = weights
    }
}
