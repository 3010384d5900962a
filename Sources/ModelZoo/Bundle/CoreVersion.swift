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
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ (1...6).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == 3, zip(numbers, parts).allSatisfy({ String($0) == $1 }) else { return nil }
        self.init(major: numbers[0], minor: numbers[1], patch: numbers[2])
    }

    /// `major.minor.patch`.
    public var description: String { "\(major).\(minor).\(patch)" }

    /// By major, then minor, then patch number.
    public static func < (left: CoreVersion, right: CoreVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
