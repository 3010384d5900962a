/// The number of cells of a terminal that a text takes: two for a character of East Asia or a pictogram, none for one without a form.
func cells(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + cells(of: $1) } }

/// The longest start of a text that fits some cells.
func fitting(_ text: String, cells limit: Int) -> Substring {
    var count = 0
    return text.prefix { character in
        count += cells(of: character)
        return count <= limit
    }
}

private func cells(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    // Unicode's East Asian Width W and F, and pictograms, in blocks.
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
        return 2
    default: return character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
    }
}
