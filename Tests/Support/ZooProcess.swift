import Foundation
package import Testing

/// The command as a process of its own, which can be killed.
package final class ZooProcess {
    /// How a process ended.
    package struct End {
        /// The exit code; nil if a signal ended it.
        package let code: Int32?
        /// What it wrote to both streams.
        package let output: String
    }

    private let process = Process()
    private let outputPath: String

    /// Starts a command.
    ///
    /// - Parameter home: the store.
    package init(_ arguments: [String], home: String, environment: [String: String] = [:]) throws {
        outputPath = NSTemporaryDirectory() + "zoo-process-" + UUID().uuidString
        _ = FileManager.default.createFile(atPath: outputPath, contents: nil)
        let output = try #require(FileHandle(forWritingAtPath: outputPath))
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("zoo")
        process.arguments = arguments
        process.environment = environment.merging(
            ["ZOO_HOME": home, "ZOO_PROGRESS": "none", "ZOO_RETRIES": "1", "HOME": home + "-nobody", "TZ": "UTC"]
        ) { own, _ in own }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(atPath: outputPath) }

    /// The number of the process.
    package var number: Int32 { process.processIdentifier }

    /// Ends the process as kill -9 does, unless it has ended.
    package func kill() { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Waits for the end.
    @discardableResult
    package func wait() -> End {
        process.waitUntilExit()
        let output = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
        return End(code: process.terminationReason == .exit ? process.terminationStatus : nil, output: output)
    }

    /// Runs a command to its end, and expects an exit code.
    @discardableResult
    package static func run(
        _ arguments: String..., home: String, environment: [String: String] = [:], expecting code: Int32? = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        try run(arguments: arguments, home: home, environment: environment, expecting: code, sourceLocation: sourceLocation)
    }

    /// Runs a command to its end, and expects an exit code.
    @discardableResult
    package static func run(
        arguments: [String], home: String, environment: [String: String] = [:], expecting code: Int32? = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let end = try ZooProcess(arguments, home: home, environment: environment).wait()
        if let code { #expect(end.code == code, "zoo \(arguments): \(end.output)", sourceLocation: sourceLocation) }
        return end.output
    }

    /// Runs a line of a shell, in which `zoo` is the command, and expects that it succeeds.
    package static func shell(
        _ line: String, in folder: String, environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", line]
        shell.currentDirectoryURL = URL(fileURLWithPath: folder)
        let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        shell.environment = ["PATH": "\(programs):/usr/bin:/bin", "HOME": folder].merging(environment) { $1 }
        let pipe = Pipe()
        shell.standardOutput = pipe
        shell.standardError = pipe
        shell.standardInput = FileHandle.nullDevice
        try shell.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0, "\(line)\n\(output)", sourceLocation: sourceLocation)
    }
}
