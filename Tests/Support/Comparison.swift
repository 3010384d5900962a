public import ZooTensor

/// The largest difference of two tensors; infinity when their shapes differ, NaN when one of them holds NaN.
public func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    var largest: Float = 0
    for (x, y) in zip(a.elements, b.elements) {
        let difference = abs(x - y)
        if !(difference <= largest) { largest = difference }
        if largest.isNaN { break }
    }
    return largest
}

/// ‖a‖, in double precision.
public func norm(_ elements: [Double]) -> Double { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }
