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
            The vector of an input is the mean over its tokens or its first token, as the
            model's own 1_Pooling/config.json says (else as is usual for its family),
            scaled to length 1. Inputs come as for "zoo predict".

            Examples:
              zoo embed minilm "where is my order?"
              zoo embed minilm --file questions.txt --format npy --output questions.npy
            """)

    @Argument(help: "An installed model or a folder.")
    var model: String

    @OptionGroup var inputs: InputOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; else the standard output.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: "jsonl, csv, tsv or an array for NumPy (npy); else what the file's name tells.")
    var format: Format?

    @Option(
        name: .long, help: "The mean over the tokens, the first token (cls) or what the family's pooler makes; else as the model says.",
        transform: choice)
    var pooling: Pooling?

    @Flag(name: .long, help: "Leave the vectors at their length.")
    var noNormalize = false

    @Option(name: .long, help: ArgumentHelp("The largest number of tokens of one input.", valueName: "n"))
    var maxLength: Int?

    @OptionGroup var global: GlobalOptions

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
        let located = try LocatedModel(model, session)
        return try embed(located.family, located, format, session)
    }

    /// The form that the flag or the name of the file tells.
    private func chosenFormat() throws -> Format {
        if let format { return format }
        guard let output else { return .jsonl }
        let name = fileName(output).lowercased()
        if let format = Format.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }) { return format }
        throw CommandError.usage(
            message: "--output: expected a name that ends in .npy, .jsonl, .csv or .tsv, found \"\(plain(output))\"",
            hint: "name it so, or choose the form with --format")
    }

    private func embed<Family: ModelFamily>(
        _ family: Family.Type, _ located: LocatedModel, _ format: Format, _ session: Session
    ) throws -> JSON {
        let source = try inputs.open(Family.inputKind, session)
        let embedder = try Embedder<Family>(
            located.assets, pooling: pooling, options: tokenizerOptions(maxLength), isNormalized: !noNormalize)
        for note in embedder.model.notes where !note.hasPrefix("in the checkpoint but not used") { session.note(note) }
        let width = embedder.model.configuration.width
        var count = 0
        var tally = InputTally(Family.inputKind)
        var table: ResultTable?
        var documents: [JSON] = []
        let writer = try output.map { try FileWriter(in: parentFolder(of: $0)) }
        if format == .npy, let writer, let output {
            // The header tells how many there are.
            let inputs = try self.inputs.encoded(source.chunk(.max), embedder.model.tokenizer, &tally, session)
            try writer.write(numpyHeader(rows: inputs.count, columns: width))
            for start in stride(from: 0, to: inputs.count, by: 1024) {
                let part = inputs[start..<min(start + 1024, inputs.count)].map(\.encoded)
                try embedder.embed(encoded: part) { vector in try writer.write(littleEndian(vector)) }
                session.progress.update("embedding", done: start + part.count, total: inputs.count)
            }
            count = inputs.count
            try writer.publish(as: output)
        } else {
            while true {
                let chunk = try source.chunk(session.input.isTerminal ? 1 : 256)
                if chunk.isEmpty || session.output.isClosed { break }
                let inputs = try self.inputs.encoded(chunk, embedder.model.tokenizer, &tally, session)
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
            if let output { try writer?.publish(as: output) }
        }
        for note in tally.notes + embedder.model.tokenizer.notes() { session.note(note) }
        if let output {
            session.say("\(session.style.bold(plain(output))) holds \(counted(count, "vector", "vectors")) of \(width) numbers")
            session.sayQuietly(output)
        }
        var data: JSONObject = [
            "model": .string(located.name), "count": .integer(count), "width": .integer(width),
            "pooling": .string(embedder.pooling.rawValue), "normalized": .bool(!noNormalize),
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
