public import Testing
public import ZooTensor

/// Expects an error of this package with an exit code and some parts of its message.
public func expectError(
    _ exitCode: ExitCode, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, from body: () throws -> Any
) {
    do {
        _ = try body()
        Issue.record("no error was thrown", sourceLocation: sourceLocation)
    } catch let error as any ZooError {
        #expect(error.exitCode == exitCode, "\(error)", sourceLocation: sourceLocation)
        for part in parts where !error.description.contains(part) {
            Issue.record("the message lacks \"\(part)\": \(error)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// How often a part occurs in a text.
public func occurrences(of part: String, in text: String) -> Int { text.split(separator: part, omittingEmptySubsequences: false).count - 1 }
