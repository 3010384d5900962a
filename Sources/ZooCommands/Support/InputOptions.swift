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

    @Option(
        name: .long,
        help: ArgumentHelp("The second text of a pair, once for each text; of a table, the column of second texts.", valueName: "text"))
    var textPair: [String] = []

    @OptionGroup var form: DialectOptions

    @Option(name: .long, help: "What happens to inputs that cannot be read: fail or skip (fail).", transform: choice)
    var onBad: BadInputPolicy = .fail

    /// Some inputs as a tokenizer takes them: of all that can be read, if the others are to be skipped; else what is wrong with one is thrown.
    ///
    /// - Parameter changed: what becomes of an input before the tokenizer takes it, as a prompt before it.
    func encoded<InputTokenizer: Tokenizer>(
        _ inputs: [SourcedInput], _ tokenizer: InputTokenizer, changed: @Sendable (Input) -> Input = { $0 }, _ tally: inout InputTally,
        _ session: Session
    ) throws -> [(input: SourcedInput, encoded: InputTokenizer.Encoded)] {
        let results = concurrentResults(inputs.count) { place in
            let encoded = try tokenizer.accepted(changed(inputs[place].input))
            return onBad == .skip ? try tokenizer.checked(encoded) : encoded
        }
        var readable: [(SourcedInput, InputTokenizer.Encoded)] = []
        readable.reserveCapacity(inputs.count)
        for (input, result) in zip(inputs, results) {
            do {
                let encoded = try result.get()
                tally.add(encoded, of: tokenizer)
                readable.append((input, encoded))
            } catch let error as any ZooError where onBad == .skip && error.exitCode == .data {
                session.note("left out: \(error.description)")
            }
        }
        return readable
    }

    /// The inputs.
    ///
    /// - Parameter kind: what the model reads.
    func open(_ kind: InputKind, _ session: Session) throws -> InputSource {
        guard texts.isEmpty || file == nil else {
            throw CommandError.usage(message: "\(kind.rawValue)s are given both as arguments and with --file", hint: nil)
        }
        let source: InputSource
        if texts.isEmpty || texts == ["-"] {
            source = try openFile(kind, session)
        } else {
            source = try openArguments(kind)
        }
        for note in source.notes { session.note(note) }
        return source
    }

    private func openArguments(_ kind: InputKind) throws -> InputSource {
        for (flag, isGiven) in [
            ("--text", text != nil), ("--no-header", form.noHeader), ("--delimiter", form.delimiter != nil),
            ("--encoding", form.encoding != nil),
        ] where isGiven {
            throw CommandError.usage(
                message: "\(flag) is for a table or a file, but the inputs are arguments", hint: "leave it out, or name a file with --file")
        }
        return try InputSource.arguments(kind, texts, pairs: textPair)
    }

    private func openFile(_ kind: InputKind, _ session: Session) throws -> InputSource {
        guard textPair.count <= 1 else {
            throw CommandError.usage(message: "--text-pair names one column of a table, but is given \(textPair.count) times", hint: nil)
        }
        let columns = Columns(text: text, textPair: textPair.first)
        // Lines of a text file are fields if somebody says something about fields.
        let isOfFields = columns != Columns() || form.noHeader || form.delimiter != nil
        if let file, file != "-" {
            if TableFormat.isTable(file) || isOfFields {
                return try InputSource.table(
                    file, kind, columns, header: !form.noHeader, dialect: form.dialect, skipsMissing: onBad == .skip)
            }
            return try InputSource.lines(of: TextStream(file, encoding: form.encoding), kind)
        }
        guard !isOfFields else {
            throw CommandError.usage(
                message: "the lines of the standard input are one \(kind.rawValue) each and have no columns",
                hint: "write them to a .csv, .tsv or .jsonl file and name it with --file; a pair is also given as TEXT --text-pair TEXT")
        }
        if texts.isEmpty && file == nil && session.input.isTerminal {
            throw CommandError.usage(
                message: "expected an input, found none", hint: "give inputs as arguments, a file with --file, or - for the standard input")
        }
        let input = session.input
        return try InputSource.lines(
            of: TextStream(name: "the standard input", encoding: form.encoding) { () throws(FileError) in try input.read() }, kind)
    }
}
