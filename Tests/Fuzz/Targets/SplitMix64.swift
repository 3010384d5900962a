/// A small random number generator with a seed (Steele, Lea, Flood 2014), so that every input can be made again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The generator of one input of a target: depends on nothing else.
    init(seed: UInt64, target: String, index: Int) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in target.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var mixer = SplitMix64(seed: seed ^ hash)
        state = mixer.next() &+ UInt64(truncatingIfNeeded: index) &* 0xd6e8_feb8_6659_fd93
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// 0 ..< count, 0 for a count of 0.
    mutating func below(_ count: Int) -> Int { count <= 1 ? 0 : Int(truncatingIfNeeded: next() % UInt64(count)) }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
