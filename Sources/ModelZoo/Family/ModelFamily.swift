public import ZooNN
public import ZooTensor

/// The measures of a model, as its `config.json` gives them.
public protocol ModelConfiguration: Sendable {
    /// Reads and checks the values.
    ///
    /// - Throws: `ModelError.configuration` naming the key, what is allowed and what was found.
    init(_ values: ConfigurationReader) throws
    /// The width of the features.
    var width: Int { get }
    /// The largest number of tokens of one sequence.
    var maxLength: Int { get }
    /// The number of weights in matrix products that every token passes: for estimates of time.
    var weightsPerToken: Int { get }
    /// The number of transformer layers.
    var layerCount: Int { get }
    /// The number of values that a training step keeps for each token: for estimates of memory.
    var activationsPerToken: Int { get }
}

/// Batch in, features out. Knows nothing of tasks.
public protocol Backbone: Sendable {
    associatedtype Configuration: ModelConfiguration
    associatedtype Batch: PackedBatch

    /// Declares the parameters.
    ///
    /// - Parameter reading: what will be read of the features; parameters that only other readings need are not declared.
    init(_ configuration: Configuration, reading: Reading, _ scope: Scope)

    /// The features of a batch.
    func callAsFunction(_ batch: Batch, reading: Reading, _ pass: Pass) -> Features
}

/// What a caller may choose about the preparation of inputs.
public struct TokenizerOptions: Sendable, Hashable {
    /// The largest number of tokens of one sequence; nil takes what the model allows.
    public var maxLength: Int?
    /// The edge in pixels that images get; nil takes the model's.
    public var imageSize: Int?
    /// Whether texts are lower-cased before anything else, whatever the tokenizer's own files say.
    public var lowercases: Bool

    public init(maxLength: Int? = nil, imageSize: Int? = nil, lowercases: Bool = false) {
        self.maxLength = maxLength
        self.imageSize = imageSize
        self.lowercases = lowercases
    }
}

/// A family of models: the code that all checkpoints of one architecture share. Implemented by a caseless enum, one a module.
public protocol ModelFamily: SendableMetatype {
    associatedtype Configuration: ModelConfiguration
    associatedtype InputTokenizer: Tokenizer
    associatedtype Model: Backbone where Model.Configuration == Configuration, Model.Batch == InputTokenizer.Batch

    /// The name in manifests and on the command line: `bert`.
    static var identifier: String { get }
    /// One line about the family, with its source.
    static var summary: String { get }
    /// The values of `model_type` in an upstream `config.json`.
    static var modelTypes: Set<String> { get }
    /// The upstream class names that exported configurations carry.
    static var architectures: (backbone: String, classifier: String) { get }
    /// How canonical names translate to upstream names.
    static var names: NameMap { get }
    /// Further tables of names, of other publishers' checkpoints: for reading only.
    static var otherNames: [NameMap] { get }
    /// What vectors of inputs are made of where the model's own files say nothing.
    static func embedding(_ configuration: Configuration) -> ClassificationHead.Summary
    /// Patterns of backbone parameters that checkpoints for other tasks lack, as BERT's pooler: with a new head they may be fresh too.
    static var freshWithHead: [String] { get }
    /// Whether a `config.json` belongs to this family.
    static func recognises(_ configuration: JSON) -> Bool
    /// A `config.json` in the form of `transformers`, which other publishers' files are brought into.
    ///
    /// - Throws: `ModelError.configuration`.
    static func translated(_ configuration: JSONObject, file: String) throws(ModelError) -> JSONObject
    /// How the value of a parameter is made of a tensor of another shape, as position embeddings of another image size; nil where it cannot.
    ///
    /// It is asked about headers, before anything is known to fit: the work belongs into the function that it returns.
    static func adaptation(of shape: Shape, to parameter: Parameter, _ configuration: Configuration) -> ((Tensor) -> Tensor)?
    /// Why `transformers` cannot open a folder with a model of this configuration, as a clause; nil where it can.
    static func upstreamObstacle(_ configuration: Configuration) -> String?
    /// The preparation of inputs that belongs to a checkpoint.
    static func tokenizer(_ configuration: Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> InputTokenizer
    /// The head for classification, as the family publishes it.
    static func classifier(_ configuration: Configuration, classes: Int, _ scope: Scope) -> ClassificationHead
}

extension ModelFamily {
    /// What the head that the family publishes reads of a sequence.
    static func publishedSummary(_ configuration: Configuration) -> ClassificationHead.Summary {
        Schema.build { classifier(configuration, classes: 2, $0).summary }.model
    }

    /// What the family reads.
    public static var inputKind: InputKind { InputTokenizer.inputKind }

    public static var otherNames: [NameMap] { [] }
    public static func embedding(_ configuration: Configuration) -> ClassificationHead.Summary { .mean }
    public static var freshWithHead: [String] { [] }
    public static func upstreamObstacle(_ configuration: Configuration) -> String? { nil }

    public static func recognises(_ configuration: JSON) -> Bool {
        configuration["model_type"]?.string.map(modelTypes.contains) ?? false
    }

    public static func translated(_ configuration: JSONObject, file: String) throws(ModelError) -> JSONObject { configuration }

    public static func adaptation(of shape: Shape, to parameter: Parameter, _ configuration: Configuration) -> ((Tensor) -> Tensor)? { nil }
}
