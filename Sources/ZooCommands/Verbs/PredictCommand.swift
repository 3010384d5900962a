import ArgumentParser
import ModelZoo
import ZooTensor

/// `zoo predict REF TEXT…`
struct PredictCommand: Verb {
    /// Forms for programs that read while the command still runs.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, jsonl, csv
    }

    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Ask a fine-tuned model for the classes of texts or images.",
        discussion: """
            Texts are arguments, the column of a table (--file data.csv), or the lines of
            a file or of the standard input; images are files, folders or archives, given
            as arguments, in a table or one a line. The order is kept, and results come
            while the input is still being read.

            Examples:
              zoo predict tickets "where is my order?" "my card was declined"
              zoo predict tickets --top 3 -- "- starts with a dash"
              zoo predict flowers rose.jpg holiday/ --top 3
              zoo predict tickets --file new.csv --text message --format csv > out.csv
              tail -f log.txt | zoo predict tickets - --format jsonl
            """)

    @Argument(help: "An installed model or a folder.")
    var model: String

    @OptionGroup var inputs: InputOptions

    @Option(name: .long, help: ArgumentHelp("How many classes to tell for each input.", valueName: "n"))
    var top = 1

    @Option(name: .long, help: "Lines for people, JSON lines or CSV.")
    var format: Format?

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left {
        Farewell.Left(message: "the answers that were printed are whole, the others are not computed")
    }

    func run(_ session: Session) throws -> JSON {
        guard top >= 1 else { throw CommandError.usage(message: "--top: expected 1 or more, found \(top)", hint: nil) }
        if format != nil {
            guard !global.json else {
                throw CommandError.usage(
                    message: "--json and --format exclude each other", hint: "--format jsonl gives one document a line")
            }
            session.overrideJSON()
        }
        let located = try LocatedModel(model, session)
        return try predict(located.family, located, session)
    }

    private func predict<Family: ModelFamily>(
        _ family: Family.Type, _ located: LocatedModel, _ session: Session
    ) throws -> JSON {
        let source = try inputs.open(Family.inputKind, session)
        let loaded = try located.classifier(family, options: tokenizerOptions(maxLength))
        for note in loaded.notes { session.note(note) }
        let count = min(top, loaded.labels.count)
        var isFirst = true
        var documents: [JSON] = []
        while true {
            // A typed line is answered at once; files go in larger pieces.
            let chunk = try source.chunk(session.input.isTerminal ? 1 : 256)
            if chunk.isEmpty || session.output.isClosed { break }
            let inputs = try self.inputs.readable(chunk, loaded.tokenizer, session)
            let results = try loaded.classify(inputs, top: count)
            for (input, predictions) in zip(inputs, results) {
                if session.isJSON {
                    documents.append(Self.document(input, predictions))
                    continue
                }
                switch format ?? .text {
                case .text:
                    if session.isQuiet {
                        session.write((predictions.first?.label ?? "") + "\n")
                    } else {
                        let text = predictions.map { "\(plain($0.label)) \(percent($0.probability))" }.joined(separator: ", ")
                        session.write("\(Self.title(input)) → \(text)\n")
                    }
                case .jsonl: session.write(Self.document(input, predictions).serializedText() + "\n")
                case .csv:
                    if isFirst { session.write(Self.header(input, count)) }
                    session.write(Self.row(input, predictions))
                }
                isFirst = false
            }
            session.output.flush()
        }
        for note in loaded.tokenizer.notes() { session.note(note) }
        return .object([
            "model": .string(located.name), "digest": located.installed.map { .string($0.digest.description) } ?? .null,
            "predictions": .array(documents),
        ])
    }

    private static func title(_ input: Input) -> String { input.parts.map { plain($0, limit: 100) }.joined(separator: " | ") }

    private static func document(_ input: Input, _ predictions: [Prediction]) -> JSON {
        var object = input.json
        object["label"] = predictions.first.map { .string($0.label) } ?? .null
        object["probability"] = predictions.first.map { .decimal($0.probability) } ?? .null
        if predictions.count > 1 {
            object["top"] = .array(predictions.map { .object(["label": .string($0.label), "probability": .decimal($0.probability)]) })
        }
        return .object(object)
    }

    private static func header(_ input: Input, _ count: Int) -> String {
        let columns =
            input.kind.partNames.prefix(input.parts.count)
            + (1...count).flatMap { $0 == 1 ? ["label", "probability"] : ["label_\($0)", "probability_\($0)"] }
        return columns.joined(separator: ",") + "\n"
    }

    private static func row(_ input: Input, _ predictions: [Prediction]) -> String {
        (input.parts + predictions.flatMap { [$0.label, $0.probability.description] }).map(csvField).joined(separator: ",") + "\n"
    }
}

extension Input {
    /// The parts of the input by name.
    var json: JSONObject {
        var object = JSONObject()
        for (name, part) in zip(kind.partNames, parts) { object[name] = .string(part) }
        return object
    }
}
