/// An argument as it can be typed into a shell, and shown on a terminal: in quotes where the shell would take it apart, with control
/// characters as escapes.
package func quoted(_ argument: String) -> String {
    let isPlain =
        !argument.isEmpty
        && argument.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || "_-./:@+=,%".utf8.contains($0)
        }
    if isPlain { return argument }
    let isShown = argument.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
    if isShown { return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'" }
    // Bash, zsh and ksh know this form.
    return "$'"
        + argument.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20..<0x7F: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined() + "'"
}
