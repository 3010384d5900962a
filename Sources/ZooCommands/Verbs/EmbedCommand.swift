import ArgumentParser
import ModelZoo
import ZooNN
import ZooTensor

/// `zoo embed REF TEXT…`
struct EmbedCommand: Verb {
    /// The forms of the result.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case jsonl, npy, csv, tsv
    }

    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts or images into vectors.",
        discussion: """
            The vector of an input is what the model's own modules.json makes of its
            tokens, as sentence-transformers does (else what is usual for its family),
            scaled to length 1. A prompt that the model names as its default is put
            before each text; --prompt "" leaves it out. Inputs come as for
            "zoo predict".

            Examples:
              zoo embed minilm "where is my order?"
              zoo embed minilm --file questions.txt --format npy --output questions.npy
              zoo embed e5 --prompt-name query "where is my order?"
            """)

    @Argument(help: "An installed model or a folder.")
    var model: String

    @OptionGroup var inputs: InputOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; else the standard output.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: "jsonl, csv, tsv or an array for NumPy (npy); else what the file's name tells.")
    var format: Format?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What is taken of the tokens in place of what the model says: \(Pooling.allCases.map(\.rawValue).joined(separator: ", ")) (what the family's pooler makes)."
        ),
        transform: choice)
    var pooling: Pooling?

    @Option(name: .long, help: ArgumentHelp("A text that is put before each text.", valueName: "text"))
    var prompt: String?

    @Option(name: .long, help: ArgumentHelp("The same, by the name that the model has for it.", valueName: "name"))
    var promptName: String?

    @Flag(name: .long, help: "Leave the vectors at their length.")
    var noNormalize = false

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @Flag(name: .shortAndLong, help: "Fetch the model first where it is not installed, without asking.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    var leftByInterruption: Farewell.Left {
        output.map { .output($0) } ?? Farewell.Left(message: "the vectors that were printed are whole, the others are not computed")
    }

    func run(_ session: Session) throws -> JSON {
        let format = try chosenFormat()
        if self.format != nil && output == nil {
            guard format != .npy else {
                throw CommandError.usage(message: "an array for NumPy needs a file", hint: "name one with --output FILE.npy")
            }
            guard !global.json else {
                throw CommandError.usage(
                    message: "--json and --format exclude each other", hint: "--format jsonl gives one document a line")
            }
            session.overrideJSON()
        }
        guard prompt == nil || promptName == nil else {
            throw CommandError.usage(message: "--prompt and --prompt-name exclude each other", hint: "give one of them")
        }
        let located = try LocatedModel(model, session, fetching: yes ? true : nil)
        return try embed(located.family, located, format, session)
    }

    /// The form that the flag or the name of the file tells.
    private func chosenFormat() throws -> Format {
        if let format { return format }
        guard let output else { return .jsonl }
        let name = fileName(output).lowercased()
        if let format = Format.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }) { return format }
        // A stream has no name that could tell, and a name without an ending promises nothing.
        if try OutputFile.kind(of: output).isStream || !name.contains(".") { return .jsonl }
        throw CommandError.usage(
            message: "--output: expected a name that ends in .npy, .jsonl, .csv or .tsv, found \"\(plain(output))\"",
            hint: "name it so, or choose the form with --format")
    }

    private func embed<Family: ModelFamily>(
        _ family: Family.Type, _ located: LocatedModel, _ format: Format, _ session: Session
    ) throws -> JSON {
        let source = try inputs.open(Family.inputKind, session)
        let embedder = try Embedder<Family>(
            located.assets, pooling: pooling, prompt: prompt.map { .text($0) } ?? promptName.map { .named($0) } ?? .stated,
            options: tokenizerOptions(maxLength), isNormalized: !noNormalize)
        for note in embedder.model.notes where !note.hasPrefix("in the checkpoint but not used") { session.note(note) }
        if prompt == nil && promptName == nil && !embedder.prompt.isEmpty {
            session.note("as the model says, \"\(plain(embedder.prompt))\" is put before each text (--prompt \"\" leaves it out)")
        }
        let width = embedder.width
        var count = 0
        var tally = InputTally(Family.inputKind)
        var table: ResultTable?
        var documents: [JSON] = []
        let writer = try output.map { try OutputFile($0) }
        if writer?.isStandardOutput == true { try session.leaveOutput("--output") }
        if format == .npy, let writer {
            // The header tells how many there are.
            let inputs = try self.inputs.encoded(source.chunk(.max), embedder.model.tokenizer, changed: embedder.prompted, &tally, session)
            try writer.write(numpyHeader(rows: inputs.count, columns: width))
            for start in stride(from: 0, to: inputs.count, by: 1024) {
                let part = inputs[start..<min(start + 1024, inputs.count)].map(\.encoded)
                try embedder.embed(encoded: part) { vector in try writer.write(littleEndian(vector)) }
                session.progress.update("embedding", done: start + part.count, total: inputs.count)
            }
            count = inputs.count
            try writer.finish()
        } else {
            while true {
                let chunk = try source.chunk(session.input.isTerminal ? 1 : 256)
                if chunk.isEmpty || session.output.isClosed { break }
                let inputs = try self.inputs.encoded(chunk, embedder.model.tokenizer, changed: embedder.prompted, &tally, session)
                var place = 0
                try embedder.embed(encoded: inputs.map(\.encoded)) { vector in
                    let input = inputs[place].input
                    place += 1
                    if let form = ResultTable.Format(rawValue: format.rawValue), form != .jsonl {
                        let current =
                            table
                            ?? ResultTable(
                                form, columns: source.columns, parts: Array(input.input.partNames),
                                answers: (0..<width).map { "embedding_\($0)" })
                        let header = table == nil ? current.header ?? "" : ""
                        table = current
                        let text = header + current.row(input, vector.map { .string($0.description) })
                        if let writer { try writer.write(text.utf8) } else { session.write(text) }
                        return
                    }
                    let document = Self.document(input.input, vector)
                    if let writer {
                        try writer.write(document.serialized() + [UInt8(ascii: "\n")])
                    } else if session.isJSON {
                        documents.append(document)
                    } else {
                        session.write(document.serializedText() + "\n")
                    }
                }
                count += inputs.count
                session.output.flush()
            }
            try writer?.finish()
        }
        for note in tally.notes + embedder.model.tokenizer.notes() { session.note(note) }
        if let output {
            session.say("\(session.style.bold(plain(output))) holds \(counted(count, "vector", "vectors")) of \(width) numbers")
            session.sayQuietly(output)
        }
        var data: JSONObject = [
            "model": .string(located.name), "count": .integer(count), "width": .integer(width),
            "pooling": .string(embedder.poolings.map(\.rawValue).joined(separator: "+")), "normalized": .bool(!noNormalize),
            "prompt": .string(embedder.prompt),
        ]
        data["output"] = output.map { .string($0) } ?? .null
        data["notes"] = .strings(session.notes)
        if output == nil { data["embeddings"] = .array(documents) }
        return .object(data)
    }

    private static func document(_ input: Input, _ vector: UnsafeBufferPointer<Float>) -> JSON {
        var object = input.json
        object["embedding"] = .array(vector.map { .decimal($0) })
        return .object(object)
    }
}
