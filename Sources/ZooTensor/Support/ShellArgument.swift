/// An argument as it can be typed into a shell. What a terminal would obey is written as `$'\x1b'`, which bash, zsh and ksh read.
package func shellArgument(_ argument: String) -> String {
    let isPlain =
        !argument.isEmpty
        && argument.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || "_-./:@+=,%".utf8.contains($0)
        }
    if isPlain { return argument }
    if printable(argument, limit: .max) == argument {
        return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    var text = "$'"
    for scalar in argument.unicodeScalars {
        if scalar == "'" || scalar == "\\" {
            text += "\\" + String(scalar)
        } else if printable(String(scalar)) == String(scalar) {
            text.unicodeScalars.append(scalar)
        } else {
            for byte in String(scalar).utf8 { text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        }
    }
    return text + "'"
}
