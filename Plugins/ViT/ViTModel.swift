public import ModelZoo
public import ZooNN
import ZooTensor

extension ViT {
    /// The encoder: patches, class token and positions, layers with the norm before each part, and a last norm.
    public struct Model: Backbone {
        let patch: Linear
        let classToken: Parameter
        let positions: Parameter
        let layers: [TransformerLayer]
        let norm: LayerNorm?
        let pooledNorm: LayerNorm?
        let dropout: Float

        public init(_ configuration: Configuration, reading: Reading, _ scope: Scope) {
            let width = configuration.width
            let edge = configuration.patchSize
            let embeddings = scope / "embeddings"
            classToken = embeddings.parameter("class", [1, 1, width], .normal(standardDeviation: 0.02))
            positions = embeddings.parameter("position", [1, configuration.maxLength, width], .normal(standardDeviation: 0.02))
            // A convolution that goes from patch to patch is a product with each of them.
            patch = Linear(3 * edge * edge, width, shape: [width, 3, edge, edge], embeddings / "patch")
            layers = (0..<configuration.layerCount).map { TransformerLayer(configuration.layer, scope / "layers" / $0) }
            // timm's mean pooling has its norm after the mean, and none before.
            let isMean = configuration.pooling == .mean
            norm = isMean ? nil : LayerNorm(width, epsilon: configuration.layer.epsilon, scope / "norm")
            pooledNorm =
                isMean && reading == .pooled ? LayerNorm(width, epsilon: configuration.layer.epsilon, scope / "pooledNorm") : nil
            dropout = configuration.layer.dropout
        }

        public func callAsFunction(_ batch: PatchBatch, reading: Reading, _ pass: Pass) -> Features {
            let patches = patch(pass.constant(batch.patches))  // [images * patches, width]
            var x = prefixed(patches, with: pass[classToken], positions: pass[positions], sequences: batch.segments.count)
            x = ZooNN.dropout(x, dropout, rows: .tokens)  // [images * (patches + 1), width]
            let readsAll = reading == .everyToken || norm == nil
            for (number, layer) in layers.enumerated() {
                x = layer(x, batch.segments, firstTokenOnly: !readsAll && number == layers.count - 1)
            }
            guard let norm else {
                let features = Features(tokens: x, segments: batch.segments, reading: .everyToken)
                guard let pooledNorm, reading == .pooled else { return features }
                let pooled = pooledNorm(features.mean(skipping: 1), rows: .sequences)  // [images, width]
                return Features(tokens: x, segments: batch.segments, reading: .everyToken, pooled: pooled)
            }
            let kind: RowKind = readsAll ? .tokens : .sequences
            return Features(tokens: norm(x, rows: kind), segments: batch.segments, reading: readsAll ? .everyToken : .firstToken)
        }
    }
}
