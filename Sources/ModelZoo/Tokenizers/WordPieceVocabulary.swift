/// The tokens of a vocabulary as slices of one buffer, found by their bytes through an open hash table.
struct WordPieceVocabulary: Sendable {
    /// The largest number of tokens.
    static let limit = 1 << 24

    private let bytes: [UInt8]
    private let starts: [UInt32]
    private let ends: [UInt32]
    /// The id of each token in rising order; empty where it is the index.
    private let ids: [Int32]
    /// 0 for a free slot, else the low half of the hash in the upper half and an index + 1 in the lower half.
    private let slots: [UInt64]
    private let shift: UInt64
    private let hash: PrefixHash
    /// What a token that continues a word starts with.
    private let prefix: [UInt8]
    private let prefixHash: UInt64
    /// The largest number of bytes of a token.
    let longest: Int
    /// The largest number of bytes after the prefix of a token that continues a word.
    let longestContinuation: Int

    /// A vocabulary.
    ///
    /// - Parameters:
    ///   - bytes: the tokens, in valid UTF-8, somewhere.
    ///   - tokens: where each token is. Of equal tokens the last counts, an empty one is never found.
    ///   - ids: the id of each token, unique and rising; empty where it is the index.
    ///   - prefix: what a token that continues a word starts with.
    init(bytes: [UInt8], tokens: [(start: UInt32, end: UInt32)], ids: [Int32], prefix: [UInt8]) {
        let hash = PrefixHash()
        var slotBits: UInt64 = 4
        while (1 << slotBits) < tokens.count * 2 { slotBits += 1 }
        let shift = 64 - slotBits
        let mask = (1 << slotBits) - 1
        var slots = [UInt64](repeating: 0, count: mask + 1)
        var longest = 0
        var longestContinuation = 0
        for (index, token) in tokens.enumerated() {
            let start = Int(token.start)
            let count = Int(token.end) - start
            if count <= 0 { continue }
            var value: UInt64 = 0
            for position in start..<start + count { value = hash.next(value, bytes[position]) }
            let entry = value << 32 | UInt64(index + 1)
            var slot = PrefixHash.slot(value, shift)
            while slots[slot] != 0 {
                if slots[slot] >> 32 == entry >> 32 {
                    let other = tokens[Int(slots[slot] & 0xFFFF_FFFF) - 1]
                    if Int(other.end) - Int(other.start) == count && Self.equal(bytes, Int(other.start), bytes, start, count) { break }
                }
                slot = (slot + 1) & mask
            }
            slots[slot] = entry
            longest = max(longest, count)
            if count > prefix.count && Self.equal(bytes, start, prefix, 0, prefix.count) {
                longestContinuation = max(longestContinuation, count - prefix.count)
            }
        }
        self.bytes = bytes
        starts = tokens.map(\.start)
        ends = tokens.map(\.end)
        self.ids = ids
        self.slots = slots
        self.shift = shift
        self.hash = hash
        self.prefix = prefix
        prefixHash = prefix.reduce(0) { hash.next($0, $1) }
        self.longest = longest
        self.longestContinuation = longestContinuation
    }

    /// The number of tokens, equal ones counted.
    var count: Int { starts.count }

    /// The highest id.
    var highestID: Int32 { ids.last ?? Int32(truncatingIfNeeded: count - 1) }

    /// The highest id of a token that can be found, one that is not empty; -1 if there is none.
    var highestFoundID: Int32 { starts.indices.last { starts[$0] < ends[$0] }.map(id) ?? -1 }

    /// The id of a token.
    func id(of token: String) -> Int32? {
        let text = Array(token.utf8)
        let value = text.reduce(0) { hash.next($0, $1) }
        return find(text, 0, text.count, value, isContinuation: false).map(id)
    }

    /// The token with an id.
    func token(_ id: Int32) -> String? {
        guard let index = index(of: id) else { return nil }
        return String(decoding: bytes[Int(starts[index])..<Int(ends[index])], as: UTF8.self)
    }

    /// The ids of the longest tokens that make up a word, from left to right.
    ///
    /// - Parameters:
    ///   - text: what the word is part of.
    ///   - start: the first byte of the word.
    ///   - end: where the word ends.
    ///   - scratch: room for hashes, made larger when needed.
    ///   - result: gets the ids, if the word can be made up of tokens.
    /// - Returns: whether it can.
    func appendPieces(_ text: [UInt8], _ start: Int, _ end: Int, _ scratch: inout [UInt64], to result: inout [Int32]) -> Bool {
        let restore = result.count
        var position = start
        while position < end {
            let isContinuation = position > start
            let count = min(end - position, isContinuation ? longestContinuation : longest)
            if scratch.count < count { scratch.append(contentsOf: repeatElement(0, count: count - scratch.count)) }
            var value = isContinuation ? prefixHash : 0
            for offset in 0..<count {
                value = hash.next(value, text[position + offset])
                scratch[offset] = value
            }
            var length = count
            var found: Int?
            while length > 0 {
                if position + length == end || text[position + length] & 0xC0 != 0x80 {
                    found = find(text, position, length, scratch[length - 1], isContinuation: isContinuation)
                    if found != nil { break }
                }
                length -= 1
            }
            guard let found else {
                result.removeLast(result.count - restore)
                return false
            }
            result.append(id(found))
            position += length
        }
        return true
    }

    @inline(__always)
    private func find(_ text: [UInt8], _ start: Int, _ count: Int, _ value: UInt64, isContinuation: Bool) -> Int? {
        let mask = slots.count - 1
        var slot = PrefixHash.slot(value, shift)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if entry >> 32 == value & 0xFFFF_FFFF {
                let index = Int(entry & 0xFFFF_FFFF) - 1
                let skipped = isContinuation ? prefix.count : 0
                let first = Int(starts[index])
                if Int(ends[index]) - first == skipped + count && Self.equal(bytes, first, prefix, 0, skipped)
                    && Self.equal(bytes, first + skipped, text, start, count)
                {
                    return index
                }
            }
            slot = (slot + 1) & mask
        }
    }

    private static func equal(_ first: [UInt8], _ firstStart: Int, _ second: [UInt8], _ secondStart: Int, _ count: Int) -> Bool {
        for offset in 0..<count where first[firstStart + offset] != second[secondStart + offset] { return false }
        return true
    }

    private func id(_ index: Int) -> Int32 { ids.isEmpty ? Int32(truncatingIfNeeded: index) : ids[index] }

    private func index(of id: Int32) -> Int? {
        if ids.isEmpty { return id >= 0 && id < count ? Int(id) : nil }
        var low = 0
        var high = ids.count
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < ids.count && ids[low] == id ? low : nil
    }
}

/// A polynomial over the bytes of a text modulo 2^61 - 1, so that the hashes of all its beginnings come in one pass.
///
/// The base is drawn at random for each table: no file can be made so that its tokens collide.
struct PrefixHash: Sendable {
    private static let modulus: UInt64 = 1 << 61 - 1
    private let base = UInt64.random(in: 1 << 32..<modulus)

    /// The hash of a text with one more byte.
    @inline(__always)
    func next(_ value: UInt64, _ byte: UInt8) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: base)
        let sum = (low & Self.modulus) &+ (low >> 61 | high << 3) &+ UInt64(byte) &+ 1
        return sum >= Self.modulus ? sum &- Self.modulus : sum
    }

    /// The slot of a hash in a table of 2^(64 - shift) slots.
    @inline(__always)
    static func slot(_ value: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (value &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}
