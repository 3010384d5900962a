import Testing
import ZooTensor
import ZooTestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Want of memory")
struct OutOfMemoryTests {
    @Test("the process ends with exit 7 and says what the memory was for, where no error can be thrown")
    func standardEnding() async throws {
        let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
            _ = Storage(byteCount: 1 << 50)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("error: the system has no memory left: 1125899906842624 bytes for a tensor\nhint: "))
    }

    @Test("a program can choose how it ends")
    func chosenEnding() async {
        await #expect(processExitsWith: .exitCode(3)) {
            OutOfMemory.whenItHappens { byteCount, purpose in _exit(byteCount == 1 << 50 && purpose == "a tensor" ? 3 : 4) }
            _ = Storage(byteCount: 1 << 50)
        }
    }

    @Test("what grows with files and inputs throws: exit 7, what for, and a hint")
    func thrown() throws {
        let bodies: [() throws -> Void] = [
            { _ = try Storage(allocating: 1 << 50, for: "a test") }, { _ = try Tensor(allocating: [1 << 24, 1 << 24], for: "a test") },
            { _ = try Tensor(allocating: [2], for: "a test", capacity: 1 << 62) },
            { _ = try Tensor(allocating: [1 << 24, 1 << 24], for: "a test", zeroed: true, lasting: true) },
            { try MemoryReservation.hold(1 << 50, for: "a test") { _ = Issue.record("begun") } },
            { try MemoryReservation.hold(.max, for: "a test") { _ = Issue.record("begun") } },
            { try OutOfMemoryError.require(1 << 50, for: "a test") }, { _ = try Storage(allocating: .max, for: "a test") },
        ]
        for body in bodies {
            let error = try #require(throws: OutOfMemoryError.self, performing: body)
            #expect(error.exitCode == .resources && error.message.contains("for a test") && error.hint != nil)
        }
        let tensor = try Tensor(allocating: [3, 5], for: "a test", zeroed: true)
        #expect(tensor.elements == Array(repeating: 0, count: 15))
    }

    @Test("a reservation is the sum of what may be taken, while everything else takes what is left")
    func reservation() async {
        await #expect(processExitsWith: .success) {
            #expect(AddressSpace.limit(to: 200 << 20))
            let result = try MemoryReservation.hold(96 << 20, for: "a test") {
                AddressSpace.exhaust()
                // Of 80 MiB and more, in blocks of several sizes, from this thread and others.
                var tensors = (0..<16).map { _ in Tensor(repeating: 1, [1 << 20]) }
                tensors += (0..<1000).map { _ in Tensor(repeating: 2, [1 << 10]) }
                return tensors.reduce(0) { $0 + Double($1.elements[0]) }
            }
            #expect(result == 2016)
        }
    }

    @Test("what the pool keeps for nothing is given back when the system has no more")
    func keptBlocks() async {
        await #expect(processExitsWith: .success) {
            #expect(AddressSpace.limit(to: 100 << 20))
            // Kept in two classes of size.
            for count in [10 << 20, 6 << 20] { _ = Tensor(repeating: 1, [count]) }
            #expect(BufferPool.shared.statistics.heldBytes >= 60 << 20)
            let tensor = try Tensor(allocating: [20 << 20], for: "a test")
            #expect(tensor.count == 20 << 20)
            #expect(throws: OutOfMemoryError.self) { try Tensor(allocating: [20 << 20], for: "a test") }
        }
    }

    @Test("reservations of several tasks do not promise the same memory twice, and end with their bodies")
    func severalTasks() async {
        await #expect(processExitsWith: .success) {
            #expect(AddressSpace.limit(to: 900 << 20))
            let done = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            do {
                                try MemoryReservation.hold(300 << 20, for: "a test") {
                                    // All that was promised.
                                    let tensors = (0..<18).map { _ in Tensor(repeating: 1, [4 << 20]) }
                                    #expect(tensors.count == 18)
                                }
                            } catch is OutOfMemoryError {
                                return false
                            }
                        }
                        return true
                    }
                }
                var results: [Bool] = []
                for try await result in group { results.append(result) }
                return results
            }
            #expect(done.count == 8)
            #expect(BufferPool.shared.statistics.reservedBytes == 0)
            try MemoryReservation.hold(450 << 20, for: "a test") {}
        }
    }

    @Test("files that do not fit into memory: an error")
    func files() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = folder.file(Checkpoint.fileName)
            try SafetensorsWriter.write([("w", Tensor(repeating: 1, [30 << 20]))], to: path)
            BufferPool.shared.trim()
            #expect(AddressSpace.limit(to: 60 << 20))
            #expect(throws: OutOfMemoryError.self) { try Checkpoint(path).tensor("w") }
            guard case .regular(let count)? = fileKind(path) else {
                Issue.record("no file")
                return
            }
            #expect(throws: FileError.noMemory(path: path, bytes: count)) { try readFile(path) }
        }
    }
}
