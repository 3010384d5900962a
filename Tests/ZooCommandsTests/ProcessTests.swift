import Testing
import ZooTestSupport

/// What only a process of its own shows.
@Suite("The command as a process")
struct ProcessTests {
    /// Runs `zoo` on a tiny model; `command` gets the model's folder as MODEL.
    private static func zoo(_ command: String, under limit: String = "", expecting code: Int32) throws {
        let harness = try Harness()
        let folder = try TinyModel.write(harness)
        try harness.write("train.csv", "text,label\n" + String(repeating: "a good film,good\na bad film,bad\n", count: 16))
        try ZooProcess.shell(
            """
            MODEL='\(folder)'
            \(limit) timeout 60 zoo \(command) --home store
            code=$?; echo $code; test $code -eq \(code)
            """,
            in: harness.path)
    }

    private static let finetune = #"finetune "$MODEL" --train train.csv --steps 2 --val-fraction 0 --out tuned"#
    /// Multiplies with OpenBLAS, to measure its rate, whatever the processor.
    private static let bench = #"bench "$MODEL" --steps 1 --batch 2"#

    @Test("a small address space ends with exit 7, and soon")
    func addressSpace() throws { try Self.zoo("\(Self.bench) --threads 16", under: "ulimit -v 1000000;", expecting: 7) }

    @Test("more threads than the memory has buffers for matrix products are no reason to end")
    func manyThreads() throws {
        try Self.zoo("\(Self.bench) --threads 200", expecting: 0)
        try Self.zoo("\(Self.finetune) --threads 200", expecting: 0)
    }
}
