// Numbers of a JSON document.
extension JSONParser {
    /// Longer numbers are refused.
    private static let numberLimit = 4096

    /// The powers of ten that are exact in 64-bit floating point.
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    mutating func parseNumber() throws(JSONError) -> JSON {
        let start = position
        var mantissa: UInt64 = 0
        var overflow = false
        var isInteger = true
        var exponent = 0
        let isNegative = take(UInt8(ascii: "-"))

        func add(_ digit: UInt8) {
            let (product, first) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(UInt64(digit))
            mantissa = sum
            overflow = overflow || first || second
        }

        guard let first = digit() else { throw unexpected("a digit") }
        add(first)
        if first == 0, digit(consuming: false) != nil { throw unexpected("no digit after a leading zero") }
        while first != 0, let next = digit() { add(next) }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard let first = digit() else { throw unexpected("a digit after the decimal point") }
            add(first)
            exponent = -1
            while let next = digit() {
                add(next)
                exponent -= 1
            }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            let isMinus = take(UInt8(ascii: "-"))
            if !isMinus { _ = take(UInt8(ascii: "+")) }
            guard let first = digit() else { throw unexpected("a digit in the exponent") }
            var power = Int(first)
            while let next = digit() { power = min(power * 10 + Int(next), 1 << 30) }
            exponent += isMinus ? -power : power
        }
        guard position - start <= JSONParser.numberLimit else { throw error(.numberTooLong(limit: JSONParser.numberLimit), start) }

        if isInteger && !overflow {
            if isNegative, mantissa <= UInt64(Int.max) + 1 { return .integer(Int(truncatingIfNeeded: 0 &- mantissa)) }
            if !isNegative, let value = Int(exactly: mantissa) { return .integer(value) }
        }
        // A whole number and a power of ten that are both exact give the correctly rounded result in one operation.
        if !overflow && mantissa <= 1 << 53 && abs(exponent) < JSONParser.powers.count {
            let power = JSONParser.powers[abs(exponent)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .number(isNegative ? -value : value)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw error(.numberOutOfRange(found: text), start) }
        return .number(value)
    }

    /// The digit at `position`.
    private mutating func digit(consuming: Bool = true) -> UInt8? {
        guard position < bytes.count else { return nil }
        let value = bytes[position] &- UInt8(ascii: "0")
        guard value <= 9 else { return nil }
        if consuming { position += 1 }
        return value
    }
}
