import Testing
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("The end for want of memory")
struct OutOfMemoryTests {
    @Test("the process ends with exit 7 and says what the memory was for")
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
}
