/// Where the special tokens and the one or two texts go.
struct SequenceTemplate: Sendable {
    /// One item of a template.
    enum Piece: Sendable {
        case token(id: Int32, typeID: Int32)
        case first(typeID: Int32)
        case second(typeID: Int32)
    }

    /// For one text.
    let single: [Piece]
    /// For two texts.
    let pair: [Piece]

    init(single: [Piece], pair: [Piece]) {
        self.single = single
        self.pair = pair
    }

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, the second text and its end of type 1.
    init(classID: Int32, separatorID: Int32) {
        single = [.token(id: classID, typeID: 0), .first(typeID: 0), .token(id: separatorID, typeID: 0)]
        pair = single + [.second(typeID: 1), .token(id: separatorID, typeID: 1)]
    }

    /// The same with all tokens of type 0.
    var withoutTypes: SequenceTemplate {
        func cleared(_ pieces: [Piece]) -> [Piece] {
            pieces.map { piece in
                switch piece {
                case .token(let id, _): .token(id: id, typeID: 0)
                case .first: .first(typeID: 0)
                case .second: .second(typeID: 0)
                }
            }
        }
        return SequenceTemplate(single: cleared(single), pair: cleared(pair))
    }

    /// The number of special tokens around one or two texts.
    func specialTokenCount(isPair: Bool) -> Int {
        (isPair ? pair : single).count { if case .token = $0 { true } else { false } }
    }

    /// Whether a token is one of the special ones around one or two texts.
    func contains(_ id: Int32) -> Bool { pair.contains { if case .token(id, _) = $0 { true } else { false } } }

    /// One more than the highest type of one or two texts.
    func typeCount(isPair: Bool) -> Int {
        let types = (isPair ? pair : single).map { piece in
            switch piece {
            case .token(_, let type), .first(let type), .second(let type): Int(type)
            }
        }
        return 1 + (types.max() ?? -1)
    }

    /// Puts the tokens of one or two texts in their places and cuts the longer text first.
    ///
    /// - Parameter isCutLeft: whether texts lose their first tokens, rather than their last.
    func encoding(_ first: [Int32], _ second: [Int32]?, maxLength: Int, isCutLeft: Bool) -> Encoding {
        func kept(_ ids: [Int32], _ count: Int) -> ArraySlice<Int32> { isCutLeft ? ids.suffix(count) : ids.prefix(count) }
        let pieces = second == nil ? single : pair
        var added = 0
        for case .token in pieces { added += 1 }
        let (firstCount, secondCount) = Self.kept(first.count, second?.count, max(maxLength, added) - added)
        var encoding = Encoding(ids: [], typeIDs: [], droppedTokens: first.count - firstCount + (second?.count ?? 0) - secondCount)
        encoding.ids.reserveCapacity(firstCount + secondCount + added)
        encoding.typeIDs.reserveCapacity(firstCount + secondCount + added)
        for piece in pieces {
            switch piece {
            case .token(let id, let typeID):
                encoding.ids.append(id)
                encoding.typeIDs.append(typeID)
            case .first(let typeID):
                encoding.ids.append(contentsOf: kept(first, firstCount))
                encoding.typeIDs.append(contentsOf: repeatElement(typeID, count: firstCount))
            case .second(let typeID):
                encoding.ids.append(contentsOf: kept(second ?? [], secondCount))
                encoding.typeIDs.append(contentsOf: repeatElement(typeID, count: secondCount))
            }
        }
        return encoding
    }

    /// How many tokens of each text stay within `limit`: the longer text is cut first, then both to halves.
    static func kept(_ first: Int, _ second: Int?, _ limit: Int) -> (first: Int, second: Int) {
        guard let second else { return (min(first, limit), 0) }
        // No sum: it could overflow for no real text, but costs nothing to avoid.
        if first <= limit && second <= limit - first { return (first, second) }
        let shorter = min(first, second)
        var short = shorter
        var long = max(shorter, limit - min(shorter, limit))
        if shorter > limit || long > limit - shorter {
            short = limit / 2
            long = short + limit % 2
        }
        return first > second ? (long, short) : (short, long)
    }
}
