import Foundation
import Testing

/// The fuzzer itself is `make fuzz`; here its first inputs, so that what it once found stays mended.
@Suite("Damaged inputs")
struct FuzzTests {
    @Test("the first 1,500 of every parser's fuzz target end in an error or a value")
    func firstInputs() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            "zoo-fuzz")
        process.arguments = ["all", "--inputs", "1500", "--seed", "1"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(text)")
        #expect(text.contains("safetensors") && text.contains("image"), "\(text)")
    }
}
