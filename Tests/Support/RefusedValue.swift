public import Testing
import ZooTensor

/// A value of a JSON file, and what the error about it says was expected.
public struct RefusedValue: Sendable, CustomTestStringConvertible {
    public let key: String
    /// Its text, which need not be JSON.
    public let value: String
    public let expected: String

    public init(_ key: String, _ value: String, _ expected: String) {
        self.key = key
        self.value = value
        self.expected = expected
    }

    public var testDescription: String { "\(key) \(value)" }

    /// Expects that the value is refused within two seconds, in words that name file, key, what was expected and what was found.
    public func expectRefusal(in file: String, sourceLocation: SourceLocation = #_sourceLocation, by body: () throws -> Any) {
        let start = ContinuousClock.now
        expectError(
            .format, "\(file), \"\(key)\": expected \(expected)", "found \(value)", sourceLocation: sourceLocation, from: body)
        #expect(ContinuousClock.now - start < .seconds(2), sourceLocation: sourceLocation)
    }
}
