/// A version of this package, `major.minor.patch`.
public struct CoreVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The version of this package.
    public static let current = CoreVersion(major: 0, minor: 1, patch: 0)

    /// Changes that break.
    public let major: Int
    /// Changes that add.
    public let minor: Int
    /// Changes that repair.
    public let patch: Int

    /// A version of its parts.
    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads three decimal numbers of at most six digits; nil for anything else.
    public init?(_ text: String) {
        var numbers = (0, 0, 0)
        var dots = 0
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard digits > 0 else { return nil }
                numbers = (numbers.1, numbers.2, 0)
                dots += 1
                digits = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                // No zero goes before other digits.
                guard digits < 6, digits == 0 || numbers.2 > 0 else { return nil }
                numbers.2 = numbers.2 * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
            default: return nil
            }
        }
        guard dots == 2, digits > 0 else { return nil }
        self.init(major: numbers.0, minor: numbers.1, patch: numbers.2)
    }

    /// `major.minor.patch`.
    public var description: String { "\(major).\(minor).\(patch)" }

    /// By major, then minor, then patch number.
    public static func < (left: CoreVersion, right: CoreVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
