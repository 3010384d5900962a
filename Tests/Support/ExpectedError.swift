import Testing
import ZooTensor

/// Expects an error of this package with an exit code and some parts of its message.
func expectError(
    _ exitCode: ExitCode, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, from body: () throws -> Void
) {
    do {
        try body()
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

/// The parts of a text that lie between the occurrences of a separator, less one: how often it occurs.
func occurrences(of part: String, in text: String) -> Int { text.split(separator: part, omittingEmptySubsequences: false).count - 1 }
