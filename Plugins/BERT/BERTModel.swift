public import ModelZoo
public import ZooNN

extension BERT {
    /// The encoder: embeddings, layers with the norm after each residual, and the pooler if it is read.
    public struct Model: Backbone {
        let words: Embedding
        let positions: Embedding
        let types: Embedding
        let norm: LayerNorm
        let layers: [TransformerLayer]
        let pooler: Linear?
        let dropout: Float

        public init(_ configuration: Configuration, reading: Reading, _ scope: Scope) {
            let width = configuration.width
            let embeddings = scope / "embeddings"
            words = Embedding(configuration.vocabularySize, width, embeddings / "word")
            positions = Embedding(configuration.maxLength, width, embeddings / "position")
            types = Embedding(configuration.typeCount, width, embeddings / "type")
            norm = LayerNorm(width, epsilon: configuration.layer.epsilon, embeddings / "norm")
            layers = (0..<configuration.layerCount).map { TransformerLayer(configuration.layer, scope / "layers" / $0) }
            pooler = reading == .pooled ? Linear(width, width, scope / "pooler") : nil
            dropout = configuration.layer.dropout
        }

        public func callAsFunction(_ batch: TokenBatch, reading: Reading, _ pass: Pass) -> Features {
            let sum = Embedding.sum([(words, batch.ids), (types, batch.types), (positions, batch.positions)], pass)
            var x = norm(sum, dropout: dropout)  // [tokens, width]
            for (number, layer) in layers.enumerated() {
                let isLast = number == layers.count - 1
                x = layer(x, batch.segments, firstTokenOnly: isLast && reading != .everyToken)
            }
            guard let pooler, reading == .pooled else { return Features(tokens: x, segments: batch.segments, reading: reading) }
            let pooled = pooler(x, activation: .tanh, rows: .sequences)  // [sequences, width]
            return Features(tokens: x, segments: batch.segments, reading: reading, pooled: pooled)
        }
    }
}
