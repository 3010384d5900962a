import ArgumentParser
import ModelZoo

/// Which columns of a table hold what.
struct ColumnOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The column of the text, or of the images' paths.", valueName: "column"))
    var text: String?

    @Option(name: .long, help: ArgumentHelp("The column of a second text.", valueName: "column"))
    var textPair: String?

    @Option(name: .long, help: ArgumentHelp("The column of the class.", valueName: "column"))
    var label: String?

    @Flag(name: .long, help: "The table has no header; its columns are 1, 2, …")
    var noHeader = false

    /// The columns.
    var columns: Columns { Columns(text: text, textPair: textPair, label: label) }
}
