import ZooTensor

/// An argument as it can be typed into a shell.
package func shellArgument(_ argument: String) -> String {
    let isPlain =
        !argument.isEmpty
        && argument.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || "_-./:@+=,%".utf8.contains($0)
        }
    return isPlain ? argument : "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

/// A name from a file as an argument for a hint; the placeholder where the name holds what a terminal would obey or nobody could see.
func typed(_ name: String, else placeholder: String = "NAME") -> String {
    printable(name, limit: 1000) == name ? shellArgument(name) : placeholder
}
