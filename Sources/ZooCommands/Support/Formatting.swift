import ModelZoo
import ZooTensor

/// A number with a fixed number of decimals.
func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled.isFinite, scaled < 1e15 else { return value.description }
    let digits = String(Int(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if places == 0 { return sign + digits }
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
}

/// A share as a percentage.
func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

/// A share as a percentage with as many decimals as it takes to show that it is not nothing.
func smallPercent(_ share: Double) -> String {
    guard share > 0 && share < 0.0005 else { return percent(share) }
    var places = 2
    while places < 6 && 100 * share * pow10(places) < 0.95 { places += 1 }
    return fixed(100 * share, places) + " %"
}

private func pow10(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in 10 * result } }

/// A share as a percentage.
func percent(_ share: Float) -> String { percent(Double(share)) }

/// A size in decimal units.
func byteSize(_ bytes: Int) -> String {
    let value = Double(bytes)
    for (unit, name) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where value >= unit * 0.9995 { return fixed(value / unit, 1) + " " + name }
    return "\(bytes) B"
}

/// A time in words that fit its length.
func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    if seconds < 1 { return fixed(seconds * 1000, 0) + " ms" }
    if seconds < 59.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
}

extension JSON {
    /// A single-precision number by its shortest decimal digits: 0.1, not 0.10000000149.
    static func decimal(_ value: Float) -> JSON { .number(Double(value.description) ?? Double(value)) }

    /// An array of texts.
    static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}

/// Text for one cell of a human's table or line: nothing that a terminal would obey.
func plain(_ text: String, limit: Int = 200) -> String { printable(text, limit: limit) }

/// An argument as it can be typed into a shell.
func quoted(_ argument: String) -> String { shellArgument(argument) }

/// The last part of a path.
func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
