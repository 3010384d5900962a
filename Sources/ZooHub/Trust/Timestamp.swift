#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A moment in whole seconds, written in UTC as `2027-01-31T12:00:00Z` (RFC 3339).
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since the beginning of 1970.
    public let seconds: Int

    /// A moment between the years 1970 and 9999.
    public init(seconds: Int) { self.seconds = min(max(seconds, 0), 253_402_300_799) }

    /// This moment.
    public static var now: Timestamp { Timestamp(seconds: Int(time(nil))) }

    /// Reads the one form that is written; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0 as Int?) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return 10 * sum + Int(byte - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1970...9999).contains(year), (1...12).contains(month), day >= 1,
            hour < 24, minute < 60, second < 60
        else { return nil }
        self.init(seconds: 86400 * Self.days(year, month, day) + 3600 * hour + 60 * minute + second)
        // A day that the month does not have, and other separators, come out differently.
        guard description == text else { return nil }
    }

    /// A later or earlier moment.
    public func adding(seconds more: Int) -> Timestamp {
        let sum = seconds.addingReportingOverflow(more)
        return Timestamp(seconds: sum.overflow ? (more > 0 ? .max : 0) : sum.partialValue)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    public var description: String {
        let (days, rest) = (seconds / 86400, seconds % 86400)
        // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * part + 2) / 5 + 1
        let month = part < 10 ? part + 3 : part - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(digits(rest / 3600, 2)):\(digits(rest % 3600 / 60, 2)):"
            + "\(digits(rest % 60, 2))Z"
    }

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
