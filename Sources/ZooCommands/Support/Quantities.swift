import ArgumentParser

/// A span of time as `30s`, `15m`, `1h` or `30d`.
struct Age: ExpressibleByArgument {
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let last = argument.last, let unit = units[last], let count = Int(argument.dropLast()), count >= 0, argument.first != "+"
        else { return nil }
        let product = count.multipliedReportingOverflow(by: unit)
        guard !product.overflow else { return nil }
        seconds = product.partialValue
    }

    /// How it is written, for help texts.
    var defaultValueDescription: String {
        let unit = [("d", 86400), ("h", 3600), ("m", 60)].first { seconds >= $0.1 && seconds % $0.1 == 0 }
        return unit.map { "\(seconds / $0.1)\($0.0)" } ?? "\(seconds)s"
    }
}

/// A count as `30M`, `1.5B` or `500k`.
struct Count: ExpressibleByArgument {
    let value: Int

    init?(argument: String) {
        let units: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument : String(argument.dropLast())),
            let value = Int(exactly: (number * (unit ?? 1)).rounded()),
            value >= 0
        else { return nil }
        self.value = value
    }
}
