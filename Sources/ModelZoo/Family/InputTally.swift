import ZooTensor

/// What makes the answer to an input mean little.
public struct InputRemarks: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing of the input is left for the model to see.
    public static let empty = InputRemarks(rawValue: 1)
    /// Half or more of the tokens stand for words that the vocabulary does not have.
    public static let unknown = InputRemarks(rawValue: 2)
}

/// Counts inputs of which a person should know something: empty ones, unknown ones, and those that are cut.
public struct InputTally: Sendable {
    private let kind: InputKind
    /// The number of inputs.
    public private(set) var count = 0
    private var empty = 0
    private var unknown = 0
    private var cut = 0
    private var dropped = 0
    private var limit = 0

    /// No inputs of a kind.
    public init(_ kind: InputKind) { self.kind = kind }

    /// Counts an input.
    public mutating func add<InputTokenizer: Tokenizer>(_ encoded: InputTokenizer.Encoded, of tokenizer: InputTokenizer) {
        count += 1
        let remarks = tokenizer.remarks(encoded)
        if remarks.contains(.empty) { empty += 1 }
        if remarks.contains(.unknown) { unknown += 1 }
        let lost = tokenizer.droppedTokens(encoded)
        if lost > 0 {
            cut += 1
            dropped += lost
            limit = tokenizer.length(encoded)
        }
    }

    /// What a person should know, in sentences.
    public var notes: [String] { notes(withEmpty: true, withCut: true) }

    /// The notes without those that are told elsewhere.
    package func notes(withEmpty: Bool, withCut: Bool) -> [String] {
        var notes: [String] = []
        func inputs(_ number: Int) -> String { count == 1 ? "the \(kind.noun)" : "\(grouped(number)) of \(counted(count, kind.noun))" }
        func verb(_ number: Int, _ one: String, _ many: String) -> String { number == 1 ? one : many }
        if withEmpty && empty > 0 {
            notes.append("\(inputs(empty)) \(verb(empty, "is", "are")) empty: no token is in \(verb(empty, "it", "them"))")
        }
        if unknown > 0 {
            notes.append(
                "\(inputs(unknown)) \(verb(unknown, "consists", "consist")) half or more of words that the model's vocabulary does not have "
                    + "([UNK]): the result means little")
        }
        if withCut && cut > 0 {
            notes.append(
                "\(inputs(cut)) \(verb(cut, "is", "are")) longer than \(limit) tokens and cut: "
                    + "\(counted(dropped, "token is", "tokens are")) not seen")
        }
        return notes
    }
}
