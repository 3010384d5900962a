import ModelZoo
import ZooBERT
import ZooNN
import ZooTensor

/// BERT with one mistake. The parts that a mistake does not change are BERT's.
protocol BrokenBERT: ModelFamily where Configuration == BERT.Configuration, InputTokenizer == TextTokenizer {}

extension BrokenBERT {
    static var identifier: String { "broken" }
    static var summary: String { "BERT with a mistake" }
    static var modelTypes: Set<String> { ["bert"] }
    static var architectures: (backbone: String, classifier: String) { BERT.architectures }
    static var names: NameMap { BERT.names }

    static func tokenizer(_ configuration: BERT.Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        try BERT.tokenizer(configuration, assets, options)
    }

    static func classifier(_ configuration: BERT.Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        BERT.classifier(configuration, classes: classes, scope)
    }
}

/// What is done to the rows of BERT's features.
protocol Change: Sendable {
    static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor
    /// The gradient of what ``values(_:_:)`` gets.
    static func gradient(_ gradient: Tensor) -> Tensor
}

extension Change {
    static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor { x }
    static func gradient(_ gradient: Tensor) -> Tensor { gradient }
}

/// BERT's backbone, its features changed.
struct Changed<How: Change>: Backbone {
    let inner: BERT.Model

    init(_ configuration: BERT.Configuration, reading: Reading, _ scope: Scope) {
        inner = BERT.Model(configuration, reading: reading, scope)
    }

    func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
        func changed(_ x: Variable) -> Variable {
            let slot = x.slot
            return pass.record(How.values(x.value, batch), from: [slot]) { gradient, sink in sink.add(How.gradient(gradient), to: slot) }
        }
        let features = inner(batch, reading: reading, pass)
        return Features(
            tokens: changed(features.tokens), segments: features.segments, reading: features.reading, pooled: features.pooled.map(changed))
    }
}

extension Tensor {
    func mapped(_ body: (Float) -> Float) -> Tensor { Tensor(elements.map(body), shape) }
}

/// Recognises every configuration.
enum Greedy: BrokenBERT {
    typealias Model = BERT.Model
    static func recognises(_ configuration: JSON) -> Bool { true }
}

/// Has no name for the keys of attention.
enum Forgetful: BrokenBERT {
    typealias Model = BERT.Model
    static let names = NameMap(
        prefix: "bert",
        backbone: [
            ("embeddings.word", "embeddings.word_embeddings"), ("embeddings.position", "embeddings.position_embeddings"),
            ("embeddings.type", "embeddings.token_type_embeddings"), ("embeddings.norm", "embeddings.LayerNorm"),
            ("layers.*.attention.query", "encoder.layer.*.attention.self.query"),
            ("layers.*.attention.value", "encoder.layer.*.attention.self.value"),
            ("layers.*.attention.output", "encoder.layer.*.attention.output.dense"),
            ("layers.*.attention.norm", "encoder.layer.*.attention.output.LayerNorm"),
            ("layers.*.feedForward.input", "encoder.layer.*.intermediate.dense"),
            ("layers.*.feedForward.output", "encoder.layer.*.output.dense"),
            ("layers.*.feedForward.norm", "encoder.layer.*.output.LayerNorm"), ("pooler", "pooler.dense"),
        ])
}

/// Reads another layout in which two parameters have one name.
enum Clashing: BrokenBERT {
    typealias Model = BERT.Model
    static let otherNames = [NameMap(prefix: "", backbone: [("embeddings.word", "table"), ("embeddings.position", "table")])]
}

/// Cuts texts earlier than the reference does.
enum Hasty: BrokenBERT {
    typealias Model = BERT.Model

    static func tokenizer(_ configuration: BERT.Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        var options = options
        options.maxLength = 12
        return try BERT.tokenizer(configuration, assets, options)
    }
}

/// Gives slightly different values, and the gradients that belong to them.
enum Inexact: BrokenBERT {
    enum How: Change {
        static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor { x.mapped { $0 * 1.001 } }
        static func gradient(_ gradient: Tensor) -> Tensor { gradient.mapped { $0 * 1.001 } }
    }
    typealias Model = Changed<How>
}

/// Gives right values and twice the gradients.
enum Twofold: BrokenBERT {
    enum How: Change {
        static func gradient(_ gradient: Tensor) -> Tensor { gradient.mapped { 2 * $0 } }
    }
    typealias Model = Changed<How>
}

/// Gives right values and no gradients, as a fused operation without a backward does.
enum Detached: BrokenBERT {
    struct Model: Backbone {
        let inner: BERT.Model

        init(_ configuration: BERT.Configuration, reading: Reading, _ scope: Scope) {
            inner = BERT.Model(configuration, reading: reading, scope)
        }

        func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
            let features = inner(batch, reading: reading, pass)
            return Features(
                tokens: pass.constant(features.tokens.value), segments: features.segments, reading: features.reading,
                pooled: features.pooled.map { pass.constant($0.value) })
        }
    }
}

/// Declares a parameter that takes no part in the computation.
enum Wasteful: BrokenBERT {
    static let names = NameMap(
        prefix: "", backbone: [("*", "*"), ("*.*", "*.*"), ("layers.*.*.*", "layers.*.*.*")], parameters: [("unread", "unread")], head: [])

    struct Model: Backbone {
        let inner: BERT.Model
        let unread: Parameter

        init(_ configuration: BERT.Configuration, reading: Reading, _ scope: Scope) {
            inner = BERT.Model(configuration, reading: reading, scope)
            unread = scope.parameter("unread", [configuration.width], .ones)
        }

        func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features { inner(batch, reading: reading, pass) }
    }
}

/// Adds something to the features that depends on the whole batch.
enum Sociable: BrokenBERT {
    enum How: Change {
        static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor {
            let added = 1e-4 * Float(batch.segments.count)
            return x.mapped { $0 + added }
        }
    }
    typealias Model = Changed<How>
}

/// Computes the first token in another way when it alone is read.
enum Hurried: BrokenBERT {
    struct Model: Backbone {
        let inner: BERT.Model

        init(_ configuration: BERT.Configuration, reading: Reading, _ scope: Scope) {
            inner = BERT.Model(configuration, reading: reading, scope)
        }

        func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
            let features = inner(batch, reading: reading, pass)
            guard reading == .firstToken else { return features }
            return Features(
                tokens: pass.constant(features.tokens.value.mapped { $0 * 1.001 }), segments: features.segments, reading: features.reading)
        }
    }
}

/// Goes uphill: its gradients have the wrong sign.
enum Climbing: BrokenBERT {
    enum How: Change {
        static func gradient(_ gradient: Tensor) -> Tensor { gradient.mapped { -$0 } }
    }
    typealias Model = Changed<How>
}

/// Has a head of another name, which training the head alone misses.
enum Headstrong: BrokenBERT {
    typealias Model = BERT.Model
    static let names = NameMap(
        prefix: "bert",
        backbone: [
            ("embeddings.word", "embeddings.word_embeddings"), ("embeddings.position", "embeddings.position_embeddings"),
            ("embeddings.type", "embeddings.token_type_embeddings"), ("embeddings.norm", "embeddings.LayerNorm"),
            ("layers.*.*.*", "layers.*.*.*"), ("pooler", "pooler.dense"),
        ], head: [("head.classifier", "classifier")])

    static func classifier(_ configuration: BERT.Configuration, classes: Int, _ scope: Scope) -> ClassificationHead {
        BERT.classifier(configuration, classes: classes, scope / "head")
    }
}

/// Draws random numbers that do not come from the pass.
enum Moody: BrokenBERT {
    enum How: Change {
        static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor { x.mapped { $0 + .random(in: -1e-5...1e-5) } }
    }
    typealias Model = Changed<How>
}

/// Has its words in a file that is not written.
enum Wordless: BrokenBERT {
    typealias Model = BERT.Model

    static func tokenizer(_ configuration: BERT.Configuration, _ assets: Assets, _ options: TokenizerOptions) throws -> TextTokenizer {
        guard assets.contains("words.txt") else { return try BERT.tokenizer(configuration, assets, options) }
        let words = try WordPieceTokenizer(vocabulary: assets.bytes("words.txt"), file: assets.label("words.txt"))
        return try TextTokenizer(words, maxLength: options.maxLength, positions: 16, types: 2, file: assets.label("config.json"))
    }
}

/// Divides by the number of words between the special tokens, which may be none.
enum Brittle: BrokenBERT {
    enum How: Change {
        static func values(_ x: Tensor, _ batch: TokenBatch) -> Tensor {
            guard batch.segments.lengths.contains(2) else { return x }
            return x.mapped { _ in .nan }
        }
    }
    typealias Model = Changed<How>
}
