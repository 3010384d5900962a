/// Where each sequence of a packed batch lies: sequence i has the rows `offsets[i] ..< offsets[i + 1]`.
public struct Segments: Sendable, Hashable {
    /// Ascending, from 0 to the number of rows; one more than there are sequences.
    public let offsets: [Int]

    /// Sequences of the given lengths, one after the other.
    ///
    /// - Precondition: every length is 1 or more. A sequence without rows has no first token, no mean and no attention: whoever makes a batch
    ///   refuses such an input before.
    public init(lengths: [Int]) {
        precondition(lengths.allSatisfy { $0 > 0 }, "a sequence without rows")
        var offsets = [0]
        offsets.reserveCapacity(lengths.count + 1)
        for length in lengths { offsets.append(offsets[offsets.count - 1] + length) }
        self.offsets = offsets
    }

    /// The number of sequences.
    public var count: Int { offsets.count - 1 }
    /// The number of rows of all sequences.
    public var rowCount: Int { offsets[offsets.count - 1] }
    /// The length of the longest sequence.
    public var longest: Int { lengths.max() ?? 0 }
    /// The length of each sequence.
    public var lengths: [Int] { zip(offsets, offsets.dropFirst()).map { $1 - $0 } }
    /// The first row of each sequence.
    public var firstRows: [Int] { Array(offsets.dropLast()) }
    /// The rows of a sequence.
    public subscript(_ sequence: Int) -> Range<Int> { offsets[sequence]..<offsets[sequence + 1] }
}
