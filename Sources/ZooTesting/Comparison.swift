import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The largest difference of two lists of values, as a share of a magnitude.
///
/// - Returns: infinity if there are not as many values, or if one of them is undefined.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>, magnitude: Float) -> Float {
    guard a.count == b.count else { return .infinity }
    var largest: Float = 0
    for (x, y) in zip(a, b) {
        let difference = abs(x - y)
        guard difference.isFinite else { return .infinity }
        largest = max(largest, difference)
    }
    return largest == 0 ? 0 : largest / magnitude
}

/// The largest absolute value.
func magnitude(_ values: some Collection<Float>) -> Float { values.reduce(0) { max($0, abs($1)) } }

/// ‖a‖, in double precision.
func norm(_ values: some Sequence<Float>) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

/// The bits of a tensor: equal only for values that are the same, signs of zeros included.
func bits(_ tensor: Tensor) -> [UInt32] { tensor.elements.map(\.bitPattern) }

/// A number with two digits, as `3.1e-06`.
func short(_ value: some BinaryFloatingPoint) -> String {
    let value = Double(value)
    guard value.isFinite, value != 0 else { return "\(value)" }
    let unit = pow(10, floor(log10(abs(value))) - 1)
    return Float((value / unit).rounded() * unit).description
}
