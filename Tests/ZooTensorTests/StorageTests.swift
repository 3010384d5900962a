import Testing
import ZooTensor

@Suite("Memory of tensors")
struct StorageTests {
    @Test("a block that the system cannot give is no trap, and is not counted", arguments: [false, true])
    func unavailable(isLasting: Bool) throws {
        let pool = BufferPool()
        #expect(Storage(ifAvailable: 1 << 56, lasting: isLasting, pool: pool) == nil)
        #expect(pool.statistics == BufferPool().statistics)
        let block = try #require(Storage(ifAvailable: 1000, lasting: isLasting, pool: pool))
        #expect(block.byteCount >= 1000 && pool.statistics.usedBytes == block.byteCount && pool.statistics.systemAllocations == 1)
    }
}
