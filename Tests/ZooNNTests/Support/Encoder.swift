import ZooNN
import ZooTensor

/// A small text encoder with a classifier, built of all the layers that there are.
struct Encoder {
    let words: Embedding
    let positions: Embedding
    let norm: LayerNorm
    let layers: [TransformerLayer]
    let pooler: Linear
    let head: ClassificationHead

    init(
        _ scope: Scope, vocabulary: Int = 50, width: Int = 32, heads: Int = 4, layers: Int = 2,
        placement: TransformerConfiguration.NormPlacement = .post,
        dropout: Float = 0.1, classes: Int = 5, summary: ClassificationHead.Summary = .pooled
    ) {
        words = Embedding(vocabulary, width, scope / "embeddings" / "word")
        positions = Embedding(400, width, scope / "embeddings" / "position")
        norm = LayerNorm(width, epsilon: 1e-5, scope / "embeddings" / "norm")
        let configuration = TransformerConfiguration(
            width: width, heads: heads, innerWidth: 2 * width, activation: .gelu, norm: placement, epsilon: 1e-5, dropout: dropout,
            attentionDropout: dropout)
        self.layers = (0..<layers).map { TransformerLayer(configuration, scope / "layers" / $0) }
        pooler = Linear(width, width, scope / "pooler")
        head = ClassificationHead(width, classes: classes, summary: summary, dropout: dropout, scope)
        self.dropout = dropout
    }

    let dropout: Float

    func logits(_ batch: Batch, _ pass: Pass) -> Variable {
        let segments = Segments(lengths: batch.lengths)
        let positions = batch.lengths.flatMap { (0..<Int32($0)) }
        var x = norm(Embedding.sum([(words, batch.ids), (self.positions, positions)], pass), dropout: dropout)
        for (number, layer) in layers.enumerated() {
            x = layer(x, segments, firstTokenOnly: number == layers.count - 1 && head.reading != .everyToken)
        }
        let pooled = head.reading == .pooled ? pooler(x, activation: .tanh, rows: .sequences) : nil
        return head(Features(tokens: x, segments: segments, reading: head.reading, pooled: pooled))
    }
}

/// Sequences of token ids with a class each.
struct Batch {
    let lengths: [Int]
    let ids: [Int32]
    let labels: [Int]

    init(lengths: [Int], vocabulary: Int = 50, classes: Int = 5, seed: UInt64 = 3) {
        self.lengths = lengths
        var stream = SplitMix64(RandomKey(seed: seed))
        ids = lengths.flatMap { length in (0..<length).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &stream) } }
        labels = lengths.map { _ in Int.random(in: 0..<classes, using: &stream) }
    }

    private init(_ lengths: [Int], _ ids: [Int32], _ labels: [Int]) {
        self.lengths = lengths
        self.ids = ids
        self.labels = labels
    }

    /// Some of the sequences.
    func subset(_ range: Range<Int>) -> Batch {
        let start = lengths[..<range.lowerBound].reduce(0, +)
        let count = lengths[range].reduce(0, +)
        return Batch(Array(lengths[range]), Array(ids[start..<start + count]), Array(labels[range]))
    }
}
