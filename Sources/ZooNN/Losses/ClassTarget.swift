/// The truth about one input: a class, or two of a mixed input.
public struct ClassTarget: Sendable, Hashable {
    /// The class.
    public let label: Int
    /// The class of what was mixed in.
    public let other: Int?
    /// The share of the first class, 0 to 1.
    public let share: Double

    public init(_ label: Int, mixedWith other: Int? = nil, share: Double = 1) {
        self.label = label
        self.other = other
        self.share = share
    }

    /// The classes and their shares.
    var parts: [(label: Int, share: Double)] {
        if let other, share < 1 { [(label, share), (other, 1 - share)] } else { [(label, 1)] }
    }
}
