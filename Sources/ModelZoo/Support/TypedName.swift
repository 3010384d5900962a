import ZooTensor

/// A name from a file as an argument for a hint; the placeholder where the name holds what a terminal would obey or nobody could see.
func typed(_ name: String, else placeholder: String = "NAME") -> String {
    printable(name, limit: 1000) == name ? shellArgument(name) : placeholder
}
