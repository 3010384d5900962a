extension String {
    /// The text without white space at its ends; shares the storage where there is none.
    func trimmingWhiteSpace() -> String {
        let bytes = utf8
        guard let first = bytes.first, let last = bytes.last else { return self }
        if first > 0x20 && first < 0x7F && last > 0x20 && last < 0x7F { return self }
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        guard let end = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        let after = scalars.index(after: end)
        return start == startIndex && after == endIndex ? self : String(self[start..<after])
    }

    /// Whether the text is empty or white space alone.
    var isBlank: Bool {
        if let first = utf8.first, first > 0x20 && first < 0x7F { return false }
        return unicodeScalars.allSatisfy { $0.properties.isWhitespace }
    }
}
