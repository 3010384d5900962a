import Testing
import ZooTestSupport

/// What only a process of its own shows.
@Suite("The command as a process")
struct ProcessTests {
    /// Trains, which takes OpenBLAS; the other products are ours.
    private static func finetune(_ options: String, under limit: String = "", expecting code: Int32) throws {
        let harness = try Harness()
        let folder = try TinyModel.write(harness)
        try harness.write("train.csv", "text,label\n" + String(repeating: "a good film,good\na bad film,bad\n", count: 16))
        try ZooProcess.shell(
            """
            \(limit) timeout 60 zoo finetune '\(folder)' --train train.csv --steps 2 --val-fraction 0 --home store --out tuned \(options)
            code=$?; echo $code; test $code -eq \(code)
            """,
            in: harness.path)
    }

    @Test("a small address space ends with exit 7, and soon")
    func addressSpace() throws { try Self.finetune("--threads 16", under: "ulimit -v 1000000;", expecting: 7) }

    @Test("more threads than the memory has buffers for matrix products are no reason to end")
    func manyThreads() throws { try Self.finetune("--threads 200", expecting: 0) }
}
