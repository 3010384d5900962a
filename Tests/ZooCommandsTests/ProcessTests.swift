import Testing
import ZooTestSupport

/// What only a process of its own shows.
@Suite("The command as a process")
struct ProcessTests {
    private static func embed(_ options: String, under limit: String = "", expecting code: Int32) throws {
        let harness = try Harness()
        let folder = try TinyModel.write(harness)
        try ZooProcess.shell(
            "\(limit) timeout 60 zoo embed '\(folder)' 'a good film' \(options) > vectors; code=$?; echo $code; test $code -eq \(code)",
            in: harness.path)
    }

    @Test("a small address space ends with exit 7, and soon")
    func addressSpace() throws { try Self.embed("--threads 16", under: "ulimit -v 1000000;", expecting: 7) }

    @Test("more threads than the memory has buffers for matrix products are no reason to end")
    func manyThreads() throws { try Self.embed("--threads 200", expecting: 0) }
}
