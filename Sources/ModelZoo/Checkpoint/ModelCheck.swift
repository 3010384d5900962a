import ZooNN
import ZooTensor

/// What is known of a model without its weights.
public struct ModelCheck: Sendable {
    /// What the head in the checkpoint is for.
    public let head: PublishedHead
    /// What the user should know: heads that are not answered, and modules that vectors cannot be made by.
    public let notes: [String]
    /// Whether vectors can be made as the model's own files say.
    public let givesVectors: Bool
}

extension Model {
    /// Builds the configuration, the preparation of inputs and the head of a model, and compares the headers of its weights with them: what
    /// passes can be loaded. No weights are read.
    ///
    /// - Throws: what ``init(_:head:options:seed:)`` throws about these files.
    public static func check(_ assets: Assets) throws -> ModelCheck {
        let (configuration, reader, _) = try read(assets, TokenizerOptions())
        let checkpoint = try Checkpoint(files: assets.paths)
        _ = try Family.tokenizer(configuration, assets, TokenizerOptions())
        let head = try hasHead(checkpoint) ? publishedHead(reader) : .none
        var notes: [String] = []
        let choice: HeadChoice
        var classes = 0
        switch head {
        case .classifier:
            choice = .published
            classes = try Labels.read(reader.json, file: reader.file).count
        case .otherTask(let stated):
            choice = .none(Pooling(Family.embedding(configuration)).reading)
            notes.append(
                "its head is for another task (\(stated)) and gives no answers here; a new one is put on by \"zoo finetune\", "
                    + "and \"zoo embed\" gives its features")
        case .none:
            choice = .none(Pooling(Family.embedding(configuration)).reading)
            let names = reader.json["architectures"]?.array?.compactMap(\.string) ?? []
            let other = names.filter { !$0.hasSuffix(Family.architectures.backbone) && !$0.hasSuffix(Family.architectures.classifier) }
            if !other.isEmpty {
                notes.append("made as \(other.map { printable($0) }.joined(separator: ", ")), whose head is not used here; its backbone is")
            }
        }
        let summary = try summary(of: choice, nil, assets, configuration, reader, &notes)
        let schema = schema(configuration, choice, classes: classes, summary: summary).schema
        _ = try loader(schema, configuration, assets).fit(checkpoint, fresh: { _ in false }, optional: [])
        var givesVectors = true
        do {
            let program = try SentenceProgram(assets, otherwise: Pooling(Family.embedding(configuration)))
            _ = try program.width(configuration.width)
            _ = try Prompts(assets)
        } catch let error as any ZooError {
            givesVectors = false
            notes.append("\"zoo embed\" cannot make its vectors: \(error.description)")
        }
        return ModelCheck(head: head, notes: notes, givesVectors: givesVectors)
    }

    /// Whether a checkpoint holds a head, told by the names of its tensors.
    static func hasHead(_ checkpoint: Checkpoint) -> Bool {
        checkpoint.names.contains { name in
            ([Family.names] + Family.otherNames).contains { names in
                if case .parameter(let path) = names.resolve(name) { path.segments.first == "classifier" } else { false }
            }
        }
    }
}
