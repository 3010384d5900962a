/// The dimensions of a tensor, outermost first; elements lie in row-major order.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The length of each axis.
    public let dimensions: [Int]

    public init(_ dimensions: [Int]) {
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) {
        dimensions = elements
    }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The number of elements: the product of the dimensions, 1 for rank 0.
    public var count: Int { dimensions.reduce(1, *) }

    /// The length of one axis.
    public subscript(_ axis: Int) -> Int { dimensions[axis] }

    /// The number of rows when all but the last axis are taken together.
    public var rows: Int { dimensions.dropLast().reduce(1, *) }

    /// The length of the last axis, 1 for rank 0.
    public var columns: Int { dimensions.last ?? 1 }

    /// `[2, 3]`.
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
