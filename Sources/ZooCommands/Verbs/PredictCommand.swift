import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo predict REF TEXT…`
struct PredictCommand: Verb {
    /// Forms for programs that read while the command still runs.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, jsonl, csv, tsv
    }

    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Ask a fine-tuned model for the classes of texts or images.",
        discussion: """
            Texts are arguments, the column of a table (--file data.csv), or the lines of
            a file or of the standard input; images are files, folders or archives, given
            as arguments, in a table or one a line. A pair of texts is TEXT --text-pair TEXT,
            or two columns. The order is kept, and results come while the input is still
            being read. With --output the other columns of a table are kept.

            Examples:
              zoo predict tickets "where is my order?" "my card was declined"
              zoo predict tickets --top 3 -- "- starts with a dash"
              zoo predict flowers rose.jpg holiday/ --top 3
              zoo predict nli "A man sleeps" --text-pair "A man is awake"
              zoo predict tickets --file new.csv --text message -o labelled.csv
              tail -f log.txt | zoo predict tickets - --format jsonl
            """)

    @Argument(help: "An installed model or a folder.")
    var model: String

    @OptionGroup var inputs: InputOptions

    @Option(name: .long, help: ArgumentHelp("How many classes to tell for each input.", valueName: "n"))
    var top = 1

    @Option(name: .long, help: "Lines for people (text), jsonl, csv or tsv; else what the name of --output tells.")
    var format: Format?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A .csv, .tsv or .jsonl file to write; a table's other columns are kept.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left {
        Farewell.Left(message: "the answers that were printed are whole, the others are not computed")
    }

    func run(_ session: Session) throws -> JSON {
        guard top >= 1 else { throw CommandError.usage(message: "--top: expected 1 or more, found \(top)", hint: nil) }
        let outputFormat = try output.map(outputFormat)
        if format != nil && output == nil {
            guard !global.json else {
                throw CommandError.usage(
                    message: "--json and --format exclude each other", hint: "--format jsonl gives one document a line")
            }
            session.overrideJSON()
        }
        let located = try LocatedModel(model, session)
        return try predict(located.family, located, outputFormat, session)
    }

    /// The form of the file to write.
    private func outputFormat(_ path: String) throws -> ResultTable.Format {
        guard let format else { return try ResultTable.Format(path: path) }
        guard let chosen = ResultTable.Format(rawValue: format.rawValue) else {
            throw CommandError.usage(message: "--format text is for the terminal, not for --output", hint: "choose csv, tsv or jsonl")
        }
        return chosen
    }

    private func predict<Family: ModelFamily>(
        _ family: Family.Type, _ located: LocatedModel, _ outputFormat: ResultTable.Format?, _ session: Session
    ) throws -> JSON {
        let source = try inputs.open(Family.inputKind, session)
        let loaded = try located.classifier(family, options: tokenizerOptions(maxLength))
        for note in loaded.notes { session.note(note) }
        let count = min(top, loaded.labels.count)
        let writer = try output.map { try OutputFile($0) }
        if writer?.isStandardOutput == true { try session.leaveOutput("--output") }
        var table: ResultTable?
        var tally = InputTally(Family.inputKind)
        var documents: [JSON] = []
        while true {
            // A typed line is answered at once; files go in larger pieces.
            let chunk = try source.chunk(session.input.isTerminal ? 1 : 256)
            if chunk.isEmpty || session.output.isClosed { break }
            let inputs = try self.inputs.encoded(chunk, loaded.tokenizer, &tally, session)
            let results = try loaded.classify(encoded: inputs.map(\.encoded), top: count)
            for ((input, _), predictions) in zip(inputs, results) {
                if let format = outputFormat ?? tableFormat(session) {
                    let answers = Self.answers(count, isJSON: format == .jsonl)
                    let current =
                        table
                        ?? ResultTable(
                            format, columns: output == nil ? nil : source.columns, parts: Array(input.input.partNames), answers: answers)
                    let isFirst = table == nil
                    table = current
                    if isFirst, let note = current.note { session.note(note) }
                    let row = output == nil ? SourcedInput(input.input) : input
                    let text = (isFirst ? current.header ?? "" : "") + current.row(row, Self.values(predictions, isJSON: format == .jsonl))
                    if let writer { try writer.write(text.utf8) } else { session.write(text) }
                } else if session.isJSON {
                    documents.append(Self.document(input.input, predictions))
                } else if session.isQuiet {
                    session.write((predictions.first?.label ?? "") + "\n")
                } else {
                    let text = predictions.map { "\(plain($0.label)) \(percent($0.probability))" }.joined(separator: ", ")
                    session.write("\(Self.title(input.input)) → \(text)\n")
                }
            }
            session.output.flush()
        }
        if let outputFormat, let writer, table == nil {
            // No row at all: the names of the columns alone.
            let empty = ResultTable(
                outputFormat, columns: source.columns, parts: Array(Family.inputKind.partNames.prefix(1)),
                answers: Self.answers(count, isJSON: outputFormat == .jsonl))
            try writer.write((empty.header ?? "").utf8)
        }
        for note in tally.notes + loaded.tokenizer.notes() { session.note(note) }
        var result: JSONObject = [
            "model": .string(located.name), "digest": located.installed.map { .string($0.digest.description) } ?? .null,
        ]
        if let output, let writer {
            try writer.finish()
            session.say("\(session.style.bold(plain(output))) holds \(counted(tally.count, "prediction", "predictions"))")
            session.sayQuietly(output)
            result["output"] = .string(output)
            result["count"] = .integer(tally.count)
        } else {
            result["predictions"] = .array(documents)
        }
        result["notes"] = .strings(session.notes)
        return .object(result)
    }

    /// The form of lines for programs on the standard output; nil for another form.
    private func tableFormat(_ session: Session) -> ResultTable.Format? {
        session.isJSON ? nil : format.flatMap { ResultTable.Format(rawValue: $0.rawValue) }
    }

    /// The names of the columns of some predictions.
    private static func answers(_ count: Int, isJSON: Bool) -> [String] {
        if isJSON { return ["label", "probability"] + (count > 1 ? ["top"] : []) }
        return (1...max(1, count)).flatMap { $0 == 1 ? ["label", "probability"] : ["label_\($0)", "probability_\($0)"] }
    }

    private static func values(_ predictions: [Prediction], isJSON: Bool) -> [JSON] {
        guard isJSON else { return predictions.flatMap { [.string($0.label), .string($0.probability.description)] } }
        let first = [predictions.first.map { JSON.string($0.label) } ?? .null, predictions.first.map { .decimal($0.probability) } ?? .null]
        return predictions.count > 1 ? first + [top(predictions)] : first
    }

    private static func top(_ predictions: [Prediction]) -> JSON {
        .array(predictions.map { .object(["label": .string($0.label), "probability": .decimal($0.probability)]) })
    }

    private static func title(_ input: Input) -> String { input.parts.map { plain($0, limit: 100) }.joined(separator: " | ") }

    private static func document(_ input: Input, _ predictions: [Prediction]) -> JSON {
        var object = input.json
        object["label"] = predictions.first.map { .string($0.label) } ?? .null
        object["probability"] = predictions.first.map { .decimal($0.probability) } ?? .null
        if predictions.count > 1 { object["top"] = top(predictions) }
        return .object(object)
    }
}

extension Input {
    /// The names of the parts that the input has.
    var partNames: ArraySlice<String> { kind.partNames.prefix(parts.count) }

    /// The parts of the input by name.
    var json: JSONObject {
        var object = JSONObject()
        for (name, part) in zip(kind.partNames, parts) { object[name] = .string(part) }
        return object
    }
}
