/// Splits normalised text into words and words into tokens.
struct WordSplitter: Sendable {
    let vocabulary: WordPieceVocabulary
    /// The id of a word that no tokens make up.
    let unknownID: Int32
    /// A word of more scalars is unknown.
    let maximumWordLength: Int

    /// 0 for a letter, 1 for white space, 2 for punctuation.
    private let ascii: [UInt8] = (0..<128).map { (byte: UInt8) in
        switch byte {
        case 0x09...0x0D, 0x20: 1
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: 2
        default: 0
        }
    }

    /// Appends the ids of `text[range]`, which is valid UTF-8 with whole scalars.
    func appendTokens(_ text: [UInt8], _ range: Range<Int>, to ids: inout [Int32]) {
        var scratch: [UInt64] = []
        let end = range.upperBound
        var index = range.lowerBound
        var start = index
        var length = 0
        while index < end {
            let byte = text[index]
            var count = 1
            let kind: UInt8
            if byte < 0x80 {
                kind = ascii[Int(byte)]
            } else {
                guard let (scalar, width) = UTF8Scalars.decode(text, index, end) else { return }
                let scalarClass = ScalarClass(scalar)
                count = width
                kind = scalarClass.isWhitespace ? 1 : scalarClass.isPunctuation ? 2 : 0
            }
            if kind == 0 {
                length += 1
            } else {
                appendWord(text, start, index, length, &scratch, to: &ids)
                if kind == 2 { appendWord(text, index, index + count, 1, &scratch, to: &ids) }
                start = index + count
                length = 0
            }
            index += count
        }
        appendWord(text, start, end, length, &scratch, to: &ids)
    }

    @inline(__always)
    private func appendWord(
        _ text: [UInt8], _ start: Int, _ end: Int, _ length: Int, _ scratch: inout [UInt64], to ids: inout [Int32]
    ) {
        if length == 0 { return }
        if length > maximumWordLength || !vocabulary.appendPieces(text, start, end, &scratch, to: &ids) { ids.append(unknownID) }
    }
}
