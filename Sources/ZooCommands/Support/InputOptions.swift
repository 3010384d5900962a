import ArgumentParser
import ModelZoo

/// Where the inputs of a question to a model come from.
struct InputOptions: ParsableArguments {
    @Argument(help: "Texts, or images and folders of images; - for the lines of the standard input.")
    var texts: [String] = []

    @Option(name: .long, help: ArgumentHelp("A table, or a file with one text or path a line.", valueName: "file"))
    var file: String?

    @Option(name: .long, help: ArgumentHelp("The column of the text.", valueName: "column"))
    var text: String?

    @Option(name: .long, help: ArgumentHelp("The column of a second text.", valueName: "column"))
    var textPair: String?

    @Flag(name: .long, help: "The table has no header; its columns are 1, 2, …")
    var noHeader = false

    /// The inputs.
    ///
    /// - Parameter kind: what the model reads.
    func open(_ kind: InputKind, _ session: Session) throws -> InputSource {
        try InputSource.open(
            kind, arguments: texts, file: file, columns: Columns(text: text, textPair: textPair), header: !noHeader, session)
    }
}
