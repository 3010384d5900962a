public import ZooNN
public import ZooTensor

/// Which head a model is to have.
public enum HeadChoice: Sendable, Hashable {
    /// None: features only.
    case none(Reading)
    /// The classifier of the checkpoint with its labels.
    case published
    /// A new classifier for these labels.
    case fresh([String])
}

/// A model of a registered family with its weights: what is fine-tuned, evaluated and asked.
public struct Model<Family: ModelFamily>: Sendable {
    /// What messages call it.
    public let name: String
    /// The measures.
    public let configuration: Family.Configuration
    /// The upstream `config.json`.
    public let upstreamConfiguration: JSONObject
    /// The preparation of inputs.
    public let tokenizer: Family.InputTokenizer
    /// Batch to features.
    public let backbone: Family.Model
    /// Features to logits, if there is one.
    public let head: ClassificationHead?
    /// The names of the classes in the order of the logits; empty without head.
    public let labels: [String]
    /// All parameters.
    public let schema: Schema
    /// Their values.
    public var weights: Weights
    /// What is read of the features.
    public let reading: Reading
    /// The files that it was loaded from.
    public let assets: Assets
    /// How inputs are prepared, as far as the caller chose.
    public let options: TokenizerOptions
    /// The parameters that the checkpoint does not hold, with random values.
    public let freshParameters: Set<ParameterPath>
    /// What the user should know about the loading: fresh parameters, tensors not used, keys ignored.
    public let notes: [String]

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - assets: the files.
    ///   - head: which head it gets.
    ///   - summary: what a new head reads of a sequence; nil takes what the model's own files say of its vectors, else what the family
    ///     publishes. A published head reads what its `classifier_pooling` says.
    ///   - seed: for the fresh parameters.
    /// - Throws: `ModelError`, `SafetensorsError`, `TokenizerError`, `FileError`, `JSONError`: one error for all that does not fit.
    public init(
        _ assets: Assets, head choice: HeadChoice, options: TokenizerOptions = TokenizerOptions(),
        summary: ClassificationHead.Summary? = nil, seed: UInt64 = 42
    ) throws {
        let (configuration, reader, ignored) = try Self.read(assets, options)
        let labels: [String]
        switch choice {
        case .none: labels = []
        case .published:
            if try Self.hasPublishedHead(assets), case .otherTask(let stated) = try Self.publishedHead(reader) {
                throw ModelError.otherTask(model: assets.name, stated: stated)
            }
            labels = try Labels.read(reader.json, file: reader.file)
        case .fresh(let names): labels = names
        }
        var notes: [String] = []
        if !ignored.isEmpty { notes.append("config.json names code to load (\(ignored.joined(separator: ", "))): ignored, no effect") }

        let chosen = try Self.summary(of: choice, summary, assets, configuration, reader, &notes)
        let built = Self.schema(configuration, choice, classes: labels.count, summary: chosen)
        let checkpoint = try Checkpoint(files: assets.paths, access: assets.isImmutable ? .mapped : .copied)
        let isFresh: @Sendable (Parameter) -> Bool
        if case .fresh = choice {
            isFresh = { parameter in parameter.path.segments.first == "classifier" }
        } else {
            isFresh = { _ in false }
        }
        var mayBeFresh: [String] = []
        if case .fresh = choice { mayBeFresh = Family.freshWithHead }
        let loaded = try Self.loader(built.schema, configuration, assets).load(checkpoint, fresh: isFresh, optional: mayBeFresh, seed: seed)

        name = assets.name
        self.configuration = configuration
        upstreamConfiguration = reader.json
        tokenizer = try Family.tokenizer(configuration, assets, options)
        backbone = built.model.backbone
        head = built.model.head
        reading = built.model.reading
        self.labels = labels
        schema = built.schema
        weights = loaded.weights
        freshParameters = loaded.fresh
        self.assets = assets
        self.options = options
        self.notes = notes + loaded.notes
    }

    /// What a head reads of a sequence; nil where that is what the family publishes.
    static func summary(
        of choice: HeadChoice, _ wanted: ClassificationHead.Summary?, _ assets: Assets, _ configuration: Family.Configuration,
        _ reader: ConfigurationReader, _ notes: inout [String]
    ) throws -> ClassificationHead.Summary? {
        if case .none = choice { return nil }
        let stated = try reader.choice(Self.summaryKey, of: ClassificationHead.Summary.self)
        guard case .fresh = choice else { return stated }
        if let chosen = wanted ?? stated { return chosen }
        do {
            return try Pooling.stated(by: assets)?.summary
        } catch let error as any ZooError {
            notes.append("what the files say of the model's vectors does not count for a new head: \(error.description)")
            return nil
        }
    }

    /// The parts of a model with a head, or without.
    static func schema(_ configuration: Family.Configuration, _ choice: HeadChoice, classes: Int, summary: ClassificationHead.Summary?) -> (
        model: (backbone: Family.Model, head: ClassificationHead?, reading: Reading), schema: Schema
    ) {
        Schema.build { scope in
            let head: ClassificationHead?
            let reading: Reading
            if case .none(let wanted) = choice {
                head = nil
                reading = wanted
            } else {
                var classifier = Family.classifier(configuration, classes: classes, scope)
                if let summary { classifier.summary = summary }
                head = classifier
                reading = classifier.reading
            }
            return (backbone: Family.Model(configuration, reading: reading, scope), head: head, reading: reading)
        }
    }

    /// What fills a schema from a checkpoint.
    static func loader(_ schema: Schema, _ configuration: Family.Configuration, _ assets: Assets) -> CheckpointLoader {
        CheckpointLoader(
            layouts: [Family.names] + Family.otherNames, schema: schema, file: assets.label(Checkpoint.fileName),
            adaptation: { Family.adaptation(of: $0, to: $1, configuration) })
    }

    /// The configuration of a model in the form of `transformers`, with the sizes that the caller chose, and the keys in it that have no
    /// effect because they name code.
    static func read(_ assets: Assets, _ options: TokenizerOptions) throws -> (
        Family.Configuration, reader: ConfigurationReader, ignored: [String]
    ) {
        let upstream = try ConfigurationReader(assets.json("config.json"), file: assets.label("config.json"))
        var document = try Family.translated(upstream.json, file: upstream.file)
        if let size = options.imageSize {
            guard Family.InputTokenizer.inputKind == .image else {
                throw ModelError.wrongInput(expected: Family.InputTokenizer.inputKind.rawValue + "s", found: "an image size")
            }
            document["image_size"] = .integer(size)
        }
        if options.maxLength != nil, Family.InputTokenizer.inputKind == .image {
            throw ModelError.wrongInput(expected: "images", found: "a greatest number of tokens")
        }
        let reader = try ConfigurationReader(.object(document), file: upstream.file)
        let configuration = try Family.Configuration(reader)
        if let wanted = options.maxLength, wanted > configuration.maxLength {
            throw ModelError.tooLong(requested: wanted, allowed: configuration.maxLength)
        }
        return (configuration, reader, upstream.ignoredCodeKeys)
    }

    /// The measures alone, without weights.
    ///
    /// - Throws: what ``init(_:head:options:seed:)`` throws about these files.
    public static func configuration(_ assets: Assets, _ options: TokenizerOptions = TokenizerOptions()) throws -> Family.Configuration {
        try read(assets, options).0
    }

    /// The preparation of inputs alone, without weights.
    ///
    /// - Throws: what ``init(_:head:options:seed:)`` throws about these files.
    public static func tokenizer(_ assets: Assets, options: TokenizerOptions = TokenizerOptions()) throws -> Family.InputTokenizer {
        try Family.tokenizer(configuration(assets, options), assets, options)
    }

    /// Whether the checkpoint holds a head, told by the names of its tensors.
    public static func hasPublishedHead(_ assets: Assets) throws -> Bool {
        try hasHead(Checkpoint(files: assets.paths))
    }

    /// Features of a batch.
    public func features(_ batch: Family.InputTokenizer.Batch, _ pass: Pass) -> Features { backbone(batch, reading: reading, pass) }

    /// Logits of a batch, `[sequences, classes]`.
    ///
    /// - Throws: `ModelError.noHead`.
    public func logits(_ batch: Family.InputTokenizer.Batch, _ pass: Pass) throws -> Variable {
        guard let head else { throw ModelError.noHead(model: name) }
        return head(features(batch, pass))
    }

    /// Cuts inputs into packed batches of at most `tokens` rows, and calls `body` with each and the places of its inputs. Memory for a pass
    /// without gradients is reserved meanwhile.
    ///
    /// - Throws: `OutOfMemoryError`, what the tokenizer throws about an input, and what `body` throws.
    ///
    /// The order within and between batches does not change the result of an input by more than rounding.
    public func forEachBatch(
        _ inputs: [Family.InputTokenizer.Encoded], tokens: Int = 4096,
        _ body: (_ batch: Family.InputTokenizer.Batch, _ places: Range<Int>) throws -> Void
    ) throws {
        var start = 0
        while start < inputs.count {
            var end = start
            var total = 0
            while end < inputs.count, end == start || total + tokenizer.length(inputs[end]) <= tokens {
                total += tokenizer.length(inputs[end])
                end += 1
            }
            let prepared = try tokenizer.prepare(Array(inputs[start..<end]))
            let batch = try tokenizer.batch(prepared, reserving: end - start)
            try reserving(batch) { try body(batch, start..<end) }
            start = end
        }
    }

    /// The probabilities of the classes for each input, `[inputs][classes]`.
    ///
    /// - Throws: `ModelError.noHead`; `ModelError.notFinite` for weights that give no answer; `FileError.changed` when the weights' file was cut.
    public func probabilities(_ inputs: [Family.InputTokenizer.Encoded]) throws -> [[Float]] {
        var result: [[Float]] = []
        result.reserveCapacity(inputs.count)
        try forEachBatch(inputs) { batch, _ in
            let logits = try logits(batch, Pass(weights)).value
            try check(logits)
            for row in 0..<logits.rows {
                result.append(softmax(UnsafeBufferPointer(start: logits.pointer + row * logits.columns, count: logits.columns)))
            }
        }
        return result
    }

    /// The most probable classes of each input with their probabilities, best first.
    ///
    /// - Parameter count: how many classes to give; nil gives all.
    public func classify(_ inputs: [Input], top count: Int? = nil) throws -> [[Prediction]] {
        try classify(encoded: concurrentMap(inputs.count) { try tokenizer.accepted(inputs[$0]) }, top: count)
    }

    /// The same for inputs that the tokenizer has taken already.
    public func classify(encoded: [Family.InputTokenizer.Encoded], top count: Int? = nil) throws -> [[Prediction]] {
        try probabilities(encoded).map { row in
            let order = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
            return order.prefix(count ?? order.count).map { Prediction(label: labels[$0], probability: row[$0]) }
        }
    }
}

/// A class and how probable it is.
public struct Prediction: Sendable, Hashable {
    /// The name of the class.
    public let label: String
    /// 0 to 1.
    public let probability: Float

    public init(label: String, probability: Float) {
        self.label = label
        self.probability = probability
    }
}

/// e^x / Σ e^x, in double precision.
package func softmax(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exponential(Double($0) - largest) }
    let total = powers.reduce(0, +)
    return powers.map { Float($0 / total) }
}
