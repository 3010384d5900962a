/// A whole number with commas between groups of three digits.
package func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = number < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
        if place > 0 && (digits.count - place) % 3 == 0 { result += "," }
        result.append(digit)
    }
    return result
}

/// A count with its noun: `1 input`, `1,200 inputs`.
///
/// - Parameter many: the noun for other numbers than one; nil: `one` with an s.
package func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? one : many ?? one + "s")"
}
