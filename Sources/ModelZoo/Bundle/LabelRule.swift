/// What a label may be: the one rule for data, manifests and configurations, so that what one step takes the next takes too.
package enum LabelRule {
    /// The largest label in bytes of UTF-8.
    static let byteCount = 1024

    /// The rule that a label breaks, which completes "the label …"; nil if it is one: a text of one line without control characters.
    ///
    /// Invisible characters that are no controls are allowed: languages and emoji need some.
    package static func violation(of label: String) -> String? {
        guard !label.isEmpty else { return "is empty" }
        guard label.utf8.count <= byteCount else { return "is longer than \(byteCount) bytes" }
        for scalar in label.unicodeScalars {
            switch scalar {
            case "\t": return "holds control characters (a tab)"
            case "\n", "\r", "\u{85}", "\u{B}", "\u{C}": return "holds control characters (a line end)"
            case "\u{2028}", "\u{2029}": return "holds a line end"
            default: if scalar.properties.generalCategory == .control { return "holds control characters" }
            }
        }
        return nil
    }
}
