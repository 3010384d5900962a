/// The text normalisation of BERT: cleans, sets ideographs apart, strips accents, lower-cases. In this order.
struct BertNormalizer: Sendable {
    /// Removes control and format characters and makes all white space U+0020.
    let cleansText: Bool
    /// Puts spaces around ideographs.
    let separatesChinese: Bool
    /// Decomposes canonically, then removes non-spacing marks.
    let stripsAccents: Bool
    /// Maps each scalar to its lower-case form, without regard to its neighbours.
    let lowercases: Bool
    /// What becomes of an ASCII byte, ``removed`` for nothing.
    private let ascii: [UInt8]

    private static let removed: UInt8 = 0xFF

    init(cleansText: Bool, separatesChinese: Bool, stripsAccents: Bool, lowercases: Bool) {
        self.cleansText = cleansText
        self.separatesChinese = separatesChinese
        self.stripsAccents = stripsAccents
        self.lowercases = lowercases
        ascii = (0..<128).map { (byte: UInt8) in
            switch byte {
            case 0x09, 0x0A, 0x0D: cleansText ? 0x20 : byte
            case 0..<0x20, 0x7F: cleansText ? Self.removed : byte
            case 0x41...0x5A: lowercases ? byte + 0x20 : byte
            default: byte
            }
        }
    }

    /// Appends the normal form of `bytes[range]`, which is valid UTF-8 with whole scalars.
    ///
    /// Linear in the length, but for runs of marks that canonical ordering sorts.
    func normalize(_ bytes: [UInt8], _ range: Range<Int>, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + range.count)
        var marks: [UInt64] = []
        var index = range.lowerBound
        let end = range.upperBound
        while index < end {
            let byte = bytes[index]
            if byte < 0x80 {
                index += 1
                let result = ascii[Int(byte)]
                if result == Self.removed { continue }
                if !marks.isEmpty { flush(&marks, into: &output) }
                output.append(result)
                continue
            }
            guard let (scalar, count) = UTF8Scalars.decode(bytes, index, end) else { return }
            index += count
            let kind = ScalarClass(scalar)
            if cleansText {
                if kind.isRemoved { continue }
                if kind.isWhitespace {
                    flush(&marks, into: &output)
                    output.append(0x20)
                    continue
                }
            }
            if separatesChinese && kind.isChinese {
                flush(&marks, into: &output)
                output.append(0x20)
                append(scalar, kind, &marks, into: &output)
                flush(&marks, into: &output)
                output.append(0x20)
            } else {
                append(scalar, kind, &marks, into: &output)
            }
        }
        flush(&marks, into: &output)
    }

    /// Appends a scalar that cleaning leaves as it is.
    private func append(_ scalar: UInt32, _ kind: ScalarClass, _ marks: inout [UInt64], into output: inout [UInt8]) {
        if !stripsAccents {
            appendLowercase(scalar, kind, into: &output)
        } else if kind.isAccented {
            if !kind.isNonstarter { flush(&marks, into: &output) }
            for pair in ScalarClass.accentFree(scalar) {
                let part = UnicodeTables.accentFree[2 * pair + 1]
                if part != 0 { appendUnaccented(part, ScalarClass(part), &marks, into: &output) }
            }
        } else if 0xAC00..<0xD7A4 ~= scalar {
            flush(&marks, into: &output)
            // Hangul syllables: 19 leading consonants, 21 vowels, none or one of 27 trailing consonants.
            let syllable = scalar - 0xAC00
            UTF8Scalars.append(0x1100 + syllable / 588, to: &output)
            UTF8Scalars.append(0x1161 + syllable % 588 / 28, to: &output)
            if syllable % 28 != 0 { UTF8Scalars.append(0x11A7 + syllable % 28, to: &output) }
        } else if kind.isStripped {
            if !kind.isNonstarter { flush(&marks, into: &output) }
        } else {
            appendUnaccented(scalar, kind, &marks, into: &output)
        }
    }

    private func appendUnaccented(_ scalar: UInt32, _ kind: ScalarClass, _ marks: inout [UInt64], into output: inout [UInt8]) {
        if kind.isNonstarter {
            // Combining rank, position, scalar: sorted as a number, marks of one class keep their order.
            marks.append(kind.combiningRank << 56 | UInt64(truncatingIfNeeded: marks.count) << 21 | UInt64(scalar))
        } else {
            flush(&marks, into: &output)
            appendLowercase(scalar, kind, into: &output)
        }
    }

    @inline(__always)
    private func appendLowercase(_ scalar: UInt32, _ kind: ScalarClass, into output: inout [UInt8]) {
        if !lowercases || !kind.isUppercase {
            UTF8Scalars.append(scalar, to: &output)
        } else if scalar == 0x130 {
            UTF8Scalars.append(0x69, to: &output)
            UTF8Scalars.append(0x307, to: &output)
        } else {
            UTF8Scalars.append(ScalarClass.lowercase(scalar), to: &output)
        }
    }

    @inline(__always)
    private func flush(_ marks: inout [UInt64], into output: inout [UInt8]) {
        if !marks.isEmpty { appendSorted(&marks, into: &output) }
    }

    private func appendSorted(_ marks: inout [UInt64], into output: inout [UInt8]) {
        marks.sort()
        for mark in marks {
            let scalar = UInt32(truncatingIfNeeded: mark & 0x1F_FFFF)
            appendLowercase(scalar, ScalarClass(scalar), into: &output)
        }
        marks.removeAll(keepingCapacity: true)
    }
}
