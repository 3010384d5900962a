#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The learning rate over the steps of a run, as a share of the highest.
public struct Schedule: Sendable, Hashable {
    /// What follows the warm-up.
    public enum Shape: String, Sendable, Hashable, CaseIterable {
        /// Falls in a straight line to `floor`.
        case linear
        /// Falls along half a cosine to `floor` (Loshchilov and Hutter, 2017).
        case cosine
        /// Stays.
        case constant
    }

    /// What follows the warm-up.
    public var shape: Shape
    /// The share of all steps that the rate rises in a straight line, 0 to 1.
    public var warmup: Double
    /// The share of the highest rate that is left at the end.
    public var floor: Double

    public init(_ shape: Shape = .linear, warmup: Double = 0.1, floor: Double = 0) {
        self.shape = shape
        self.warmup = warmup
        self.floor = floor
    }

    /// The share of the highest rate at a step.
    ///
    /// - Parameters:
    ///   - step: counted from 0.
    ///   - steps: the number of steps of the run.
    public func factor(step: Int, of steps: Int) -> Double {
        let rising = warmup > 0 ? max(1, Int(Double(steps) * warmup)) : 0
        if step < rising { return Double(step + 1) / Double(rising) }
        let progress = min(1, Double(step - rising) / Double(max(1, steps - rising)))
        switch shape {
        case .linear: return floor + (1 - floor) * (1 - progress)
        case .cosine: return floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress))
        case .constant: return 1
        }
    }
}
