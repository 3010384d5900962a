/// How many values of a tensor are infinite or undefined.
public struct NonFiniteReport: Sendable, Hashable, CustomStringConvertible {
    /// The tensor's name.
    public let name: String
    /// The number of undefined values.
    public private(set) var nanCount = 0
    /// The number of infinite values.
    public private(set) var infiniteCount = 0
    /// The place of the first one, in row-major order.
    public private(set) var firstIndex: Int?

    init(name: String) {
        self.name = name
    }

    /// The number of both.
    public var count: Int { nanCount + infiniteCount }

    /// `"w": 2 NaN, 1 infinite, the first at element 7`.
    public var description: String {
        "\"\(printable(name))\": \(nanCount) NaN, \(infiniteCount) infinite" + (firstIndex.map { ", the first at element \($0)" } ?? "")
    }

    /// Counts those among `elements`, the first of which is element `position` of the tensor.
    mutating func add(_ elements: UnsafeBufferPointer<Float>, at position: Int) {
        // The usual case, in a form that becomes vector code: the greatest exponent of all.
        var greatest: UInt32 = 0
        for element in elements { greatest = max(greatest, element.bitPattern & 0x7f80_0000) }
        guard greatest == 0x7f80_0000 else { return }
        for (index, element) in elements.enumerated() where !element.isFinite {
            if element.isNaN { nanCount += 1 } else { infiniteCount += 1 }
            if firstIndex == nil { firstIndex = position + index }
        }
    }
}
