import ArgumentParser
import ModelZoo
import ZooTensor
import ZooTraining

/// Where the inputs of a question to a model come from.
struct InputOptions: ParsableArguments {
    @Argument(help: "Texts, or images and folders of images; - for the lines of the standard input.")
    var texts: [String] = []

    @Option(name: .long, help: ArgumentHelp("A table, or a file with one text or path a line.", valueName: "file"))
    var file: String?

    @Option(name: .long, help: ArgumentHelp("The column of the text, or of the images' paths.", valueName: "column"))
    var text: String?

    @Option(name: .long, help: ArgumentHelp("The column of a second text.", valueName: "column"))
    var textPair: String?

    @Flag(name: .long, help: "The table has no header; its columns are 1, 2, …")
    var noHeader = false

    @Option(name: .long, help: "What happens to inputs that cannot be read: fail or skip (fail).", transform: choice)
    var onBad: BadInputPolicy = .fail

    /// Of some inputs those that can be read, if the others are to be skipped; else all, and what is wrong with one shows when it is used.
    func readable(_ inputs: [Input], _ tokenizer: some Tokenizer, _ session: Session) throws -> [Input] {
        guard onBad == .skip else { return inputs }
        var readable: [Input] = []
        let results = concurrentResults(inputs.count) { _ = try tokenizer.checked(tokenizer.accepted(inputs[$0])) }
        for (input, result) in zip(inputs, results) {
            do {
                try result.get()
                readable.append(input)
            } catch let error as any ZooError where error.exitCode == .data {
                session.note("left out: \(error.description)")
            }
        }
        return readable
    }

    /// The inputs.
    ///
    /// - Parameter kind: what the model reads.
    func open(_ kind: InputKind, _ session: Session) throws -> InputSource {
        try InputSource.open(
            kind, arguments: texts, file: file, columns: Columns(text: text, textPair: textPair), header: !noHeader,
            skipsMissing: onBad == .skip, session)
    }
}
