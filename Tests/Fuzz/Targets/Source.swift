/// Where a target takes its documents and its choices from: random numbers and mutators, or the bytes of one guided input, as libFuzzer
/// makes them.
///
/// A guided input: 32 bytes of choices, then the documents in the order in which they are asked for, with ``separator`` between.
struct Source {
    private enum Origin {
        case random(SplitMix64)
        case seeds(SplitMix64)
        case given(choices: ArraySlice<UInt8>, documents: ArraySlice<[UInt8]>)
    }

    /// The bytes of choices at the start of a guided input.
    static let choiceByteCount = 32
    /// What stands between the documents of a guided input: no UTF-8.
    static let separator: [UInt8] = [0xff, 0x5a, 0x4f, 0x4f]

    private var origin: Origin
    private var choices: [UInt8] = []
    /// The documents so far.
    private(set) var documents: [[UInt8]] = []
    /// Who knows how to change each of them.
    private(set) var mutators: [Mutator] = []

    /// Random ones.
    init(_ random: SplitMix64) { origin = .random(random) }

    /// Random choices, and the mutators' seeds as they are.
    init(seeds random: SplitMix64) { origin = .seeds(random) }

    /// Those of a guided input.
    init(guided bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let rest = bytes.dropFirst(Self.choiceByteCount)
        origin = .given(choices: bytes.prefix(Self.choiceByteCount), documents: rest.isEmpty ? [] : Self.parts(of: rest)[...])
    }

    /// What stands between separators.
    static func parts(of bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = bytes.startIndex
        var index = start
        while index + separator.count <= bytes.endIndex {
            if bytes[index] == separator[0], bytes[index..<index + separator.count].elementsEqual(separator) {
                parts.append(Array(bytes[start..<index]))
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(Array(bytes[start...]))
        return parts
    }

    /// A guided input that gives the same documents and, as far as there is room for them, the same choices.
    var guided: [UInt8] {
        let room = choices.prefix(Self.choiceByteCount)
        return Self.joined(Array(room) + [UInt8](repeating: 0, count: Self.choiceByteCount - room.count), documents)
    }

    /// A guided input of its parts.
    static func joined(_ choices: some Collection<UInt8>, _ documents: [[UInt8]]) -> [UInt8] {
        Array(choices) + documents.joined(separator: separator)
    }

    /// The next document; the mutator's first seed where a guided input has no more.
    mutating func document(_ mutator: Mutator) -> [UInt8] {
        let bytes: [UInt8]
        switch origin {
        case .random(var random):
            bytes = mutator.input(&random)
            origin = .random(random)
        case .seeds(var random):
            bytes = random.pick(mutator.seeds)
            origin = .seeds(random)
        case .given(let choices, var rest):
            bytes = rest.popFirst() ?? mutator.seeds.first ?? []
            origin = .given(choices: choices, documents: rest)
        }
        documents.append(bytes)
        mutators.append(mutator)
        return bytes
    }

    /// 0 ..< count, 0 for a count of 0.
    mutating func below(_ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let byteCount = count <= 256 ? 1 : 4
        let value: Int
        switch origin {
        case .random(var random):
            value = random.below(count)
            origin = .random(random)
        case .seeds(var random):
            value = random.below(count)
            origin = .seeds(random)
        case .given(var bytes, let documents):
            value = bytes.prefix(byteCount).reversed().reduce(0) { $0 << 8 | Int($1) } % count
            bytes = bytes.dropFirst(byteCount)
            origin = .given(choices: bytes, documents: documents)
        }
        choices += (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return value
    }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
