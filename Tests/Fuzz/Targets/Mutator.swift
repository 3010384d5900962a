/// Changes seed inputs: bytes, and where there are some, numbers, keys, values and nesting of a document.
struct Mutator {
    /// Inputs that parts are taken from.
    let seeds: [[UInt8]]
    /// Words that the format knows.
    let words: [[UInt8]]

    private static let numbers = [
        "0", "-1", "1", "2", "3", "7", "8", "16", "255", "256", "512", "4096", "65535", "65536", "1000000", "2147483646", "2147483647",
        "2147483648",
        "4294967295", "4294967296", "281474976710656", "281474976710657", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999",
        "0.5",
        "1.0", "1e3", "1e19", "1e308", "1e309", "-1e400", "1e-400", "0e0", "00", "-0", "1e", "0x10", "NaN",
    ].map { Array($0.utf8) }

    private static let values = [
        "null", "true", "false", "[]", "{}", "\"\"", "0", "-1", "1.5", "\"x\"", "[null]", "{\"a\":1}", "[[]]", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\ud83d\\ude00\"", "[1,2,3]", "\"\u{e9}\"", "1e999",
    ].map { Array($0.utf8) }

    private static let bits: [[UInt8]] = [
        [0], [0xff], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x80, 0xae],
        [0x80],
        [0xc3], [0x7f], [0x0a], [0x0d, 0x0a], [0x22], [0x5c], [0x2f], [0x2e, 0x2e, 0x2f], [0x09], [0x2c], [0xcc, 0x81], [0xe2, 0x80, 0xa8],
        [0xf0, 0x9f, 0x98, 0x80],
    ]

    /// Numbers, values, members, nesting and strings.
    private static let structural = [8, 8, 9, 10, 11, 11, 12, 13, 14, 16, 16, 17]

    /// A new input.
    func input(_ random: inout SplitMix64) -> [UInt8] {
        var bytes = random.pick(seeds)
        // Mostly few changes: more of them seldom get past the first check.
        let count = [1, 1, 1, 2, 2, 3, 4, 8][random.below(8)]
        for _ in 0..<count { mutate(&bytes, &random) }
        return bytes
    }

    /// Makes one change.
    func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let count = bytes.count
        let place = random.below(count + 1)
        // In documents mostly what leaves them documents.
        let isDocument = bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[")
        switch isDocument && !random.once(in: 4) ? Self.structural[random.below(Self.structural.count)] : random.below(20) {
        case 0 where count > 0: bytes[place % count] ^= 1 << UInt8(random.below(8))
        case 1 where count > 0: bytes[place % count] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.insert(contentsOf: random.pick(Self.bits), at: place)
        case 3: bytes.removeSubrange(range(count, &random))
        case 4: bytes.removeSubrange(place...)
        case 5: bytes.insert(contentsOf: Array(bytes[range(count, &random)]), at: place)
        case 6:
            let other = random.pick(seeds)
            bytes.replaceSubrange(range(count, &random), with: other[range(other.count, &random)])
        case 7:
            let other = random.pick(seeds)
            bytes = Array(bytes[..<place]) + Array(other[random.below(other.count + 1)...])
        case 8, 9, 10: replaceNumber(&bytes, &random)
        case 11, 12: replaceValue(&bytes, &random)
        case 13: repeatMember(&bytes, &random)
        case 14: nest(&bytes, &random)
        case 15 where !words.isEmpty: bytes.insert(contentsOf: random.pick(words), at: place)
        case 16 where !words.isEmpty: replaceString(&bytes, with: random.pick(words), &random)
        case 17: replaceString(&bytes, with: random.pick(Self.bits), &random)
        case 18:
            let first = range(count, &random)
            let part = Array(bytes[first])
            bytes.removeSubrange(first)
            bytes.insert(contentsOf: part, at: random.below(bytes.count + 1))
        default:
            if count > 0 {
                let repeats = [1, 2, 10, 100, 1000, 5000][random.below(6)]
                bytes.insert(contentsOf: repeatElement(bytes[place % count], count: repeats), at: place)
            }
        }
    }

    /// A short range more often than a long one.
    private func range(_ count: Int, _ random: inout SplitMix64) -> Range<Int> {
        let start = random.below(count + 1)
        let most = [4, 16, 64, count][random.below(4)]
        return start..<min(count, start + random.below(most + 1))
    }

    private func replaceNumber(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard let range = run(bytes, &random, where: { (0x30...0x39).contains($0) }) else { return }
        // Also the value itself, off by one.
        if random.once(in: 3), let value = Int(String(decoding: bytes[range], as: UTF8.self)) {
            let (near, overflow) = value.addingReportingOverflow([-1, 1, 2, -2][random.below(4)])
            if !overflow { return bytes.replaceSubrange(range, with: Array(String(near).utf8)) }
        }
        bytes.replaceSubrange(range, with: random.pick(Self.numbers))
    }

    /// Replaces what is between a colon and the end of its value.
    private func replaceValue(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard let colon = find(bytes, &random, where: { $0 == UInt8(ascii: ":") }) else { return }
        var end = colon + 1
        var depth = 0
        var quoted = false
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") { quoted.toggle() }
            if !quoted {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
                if depth < 0 || (depth == 0 && byte == UInt8(ascii: ",")) { break }
            }
            end += 1
        }
        bytes.replaceSubrange(colon + 1..<end, with: random.pick(Self.values))
    }

    /// Writes the member at some place again: a repeated key.
    private func repeatMember(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard let start = find(bytes, &random, where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "{") }) else { return }
        let end = bytes[(start + 1)...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? bytes.count
        let member = Array(bytes[start + 1..<end])
        bytes.insert(contentsOf: member + [UInt8(ascii: ",")], at: start + 1)
    }

    /// Puts brackets around, or just before, a place.
    private func nest(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let depth = [1, 3, 10, 63, 64, 65, 511, 600, 3000][random.below(9)]
        let start = random.below(bytes.count + 1)
        let end = start + random.below(bytes.count - start + 1)
        let (open, close) = random.once(in: 2) ? ("[", "]") : ("{\"a\":", "}")
        if random.once(in: 2) { bytes.insert(contentsOf: Array(repeatElement(Array(close.utf8), count: depth).joined()), at: end) }
        bytes.insert(contentsOf: Array(repeatElement(Array(open.utf8), count: depth).joined()), at: start)
    }

    /// Replaces what is between two quotes.
    private func replaceString(_ bytes: inout [UInt8], with text: [UInt8], _ random: inout SplitMix64) {
        guard let start = find(bytes, &random, where: { $0 == UInt8(ascii: "\"") }) else { return }
        let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")) ?? bytes.count
        bytes.replaceSubrange(start + 1..<end, with: text)
    }

    /// A place of a byte of some kind, from a random one on.
    private func find(_ bytes: [UInt8], _ random: inout SplitMix64, where isWanted: (UInt8) -> Bool) -> Int? {
        let start = random.below(bytes.count)
        return bytes[min(start, bytes.count)...].firstIndex(where: isWanted)
            ?? bytes[..<min(start, bytes.count)].firstIndex(where: isWanted)
    }

    /// A stretch of bytes of some kind.
    private func run(_ bytes: [UInt8], _ random: inout SplitMix64, where isWanted: (UInt8) -> Bool) -> Range<Int>? {
        guard var start = find(bytes, &random, where: isWanted) else { return nil }
        var end = start
        while start > 0 && isWanted(bytes[start - 1]) { start -= 1 }
        while end < bytes.count && isWanted(bytes[end]) { end += 1 }
        return start..<end
    }
}
