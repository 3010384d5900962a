package import ZooTensor

/// A key for counter-based random numbers: the same key gives the same numbers, whatever else was computed before.
public struct RandomKey: Sendable, Hashable {
    package let bits: UInt64

    /// The key of a run.
    public init(seed: UInt64) { bits = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

    private init(bits: UInt64) { self.bits = bits }

    /// A key for a numbered part: a step, an epoch, an example.
    public func derived(_ number: Int) -> RandomKey {
        RandomKey(bits: SplitMix64.mix(bits ^ SplitMix64.mix(UInt64(bitPattern: Int64(number)) &+ 0xD1B5_4A32_D192_ED03)))
    }

    /// A key for a named part.
    public func derived(_ name: String) -> RandomKey {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return RandomKey(bits: SplitMix64.mix(bits ^ SplitMix64.mix(hash)))
    }
}

extension SplitMix64 {
    /// A stream of random numbers from a key, for shuffling.
    package init(_ key: RandomKey) { self.init(seed: key.bits) }
}
