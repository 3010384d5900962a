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

    @OptionGroup var form: DialectOptions

    /// The columns.
    var columns: Columns { Columns(text: text, textPair: textPair, label: label) }

    /// Whether tables have no header.
    var noHeader: Bool { form.noHeader }

    /// How tables are written.
    var dialect: TableDialect { form.dialect }
}
