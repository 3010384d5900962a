import Testing
import ZooNN
import ZooTensor

@Suite("Gradients of transformer layers against finite differences")
struct TransformerGradientTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var placement: TransformerConfiguration.NormPlacement
        var firstTokenOnly: Bool
        var dropout: Bool
        var lengths: [Int]

        var testDescription: String {
            "\(placement), \(firstTokenOnly ? "first token" : "all tokens"), dropout \(dropout ? "on" : "off"), lengths \(lengths)"
        }
    }

    /// Short ones, of which a task does all heads; one longer than a block of queries (128) and more than a row tile in all.
    static let cases = [[5, 1, 9, 3], [140, 1, 70, 64]].flatMap { lengths in
        [TransformerConfiguration.NormPlacement.post, .pre].flatMap { placement in
            [false, true].flatMap { first in
                [false, true].map { Case(placement: placement, firstTokenOnly: first, dropout: $0, lengths: lengths) }
            }
        }
    }

    @Test("transformer layer", arguments: cases)
    func layer(_ test: Case) {
        let width = 24
        let configuration = TransformerConfiguration(
            width: width, heads: 3, innerWidth: 40, activation: .gelu, norm: test.placement, epsilon: 1e-5, dropout: 0.2,
            attentionDropout: 0.3)
        let segments = Segments(lengths: test.lengths)
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [segments.rowCount, width], .zeros), layer: TransformerLayer(configuration, scope / "layer"))
        }
        checkGradients(schema, randomWeights(schema), dropout: test.dropout, tolerance: 5e-3) {
            model.layer($0[model.x], segments, firstTokenOnly: test.firstTokenOnly)
        }
    }

    @Test("layers on top of each other, with each summary", arguments: [ClassificationHead.Summary.pooled, .firstToken, .mean])
    func encoder(_ summary: ClassificationHead.Summary) {
        for placement in [TransformerConfiguration.NormPlacement.post, .pre] {
            let (model, schema) = Schema.build { Encoder($0, width: 16, heads: 2, placement: placement, dropout: 0.1, summary: summary) }
            let batch = Batch(lengths: [4, 1, 130, 6])
            for dropout in [false, true] {
                checkGradients(
                    schema, randomWeights(schema), dropout: dropout, tolerance: 8e-3, skipping: summary == .pooled ? [] : ["pooler"]
                ) {
                    model.logits(batch, $0)
                }
            }
        }
    }

    @Test("projections without bias")
    func withoutBias() {
        let configuration = TransformerConfiguration(
            width: 16, heads: 2, innerWidth: 16, activation: .relu, norm: .pre, epsilon: 1e-5, dropout: 0, attentionDropout: 0,
            projectionBias: false)
        let segments = Segments(lengths: [3, 8])
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [11, 16], .zeros), layer: TransformerLayer(configuration, scope / "layer"))
        }
        #expect(!schema.parameters.contains { $0.path.description == "layer.attention.query.bias" })
        checkGradients(schema, randomWeights(schema), tolerance: 0.05, stepSize: 1e-3) { model.layer($0[model.x], segments) }
    }

    @Test(
        "the first tokens alone have the features and gradients of the full layer",
        arguments: [TransformerConfiguration.NormPlacement.post, .pre])
    func firstTokenOnly(_ placement: TransformerConfiguration.NormPlacement) {
        let configuration = TransformerConfiguration(
            width: 48, heads: 4, innerWidth: 96, activation: .gelu, norm: placement, epsilon: 1e-12, dropout: 0, attentionDropout: 0)
        let segments = Segments(lengths: [1, 90, 200, 4, 17])
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [segments.rowCount, 48], .zeros), layer: TransformerLayer(configuration, scope / "layer"))
        }
        let weights = randomWeights(schema)
        let coefficients = noise(segments.count * 48, 4)
        func run(_ firstTokenOnly: Bool) -> (Tensor, Gradients) {
            let gradients = Gradients(schema) { _ in true }
            let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
            let tokens = model.layer(pass[model.x], segments, firstTokenOnly: firstTokenOnly)
            let first = Features(tokens: tokens, segments: segments, reading: firstTokenOnly ? .firstToken : .everyToken).firstTokens
            pass.backward(from: projection(first, coefficients))
            return (first.value, gradients)
        }
        let (full, fullGradients) = run(false)
        let (first, firstGradients) = run(true)
        #expect(first.shape == [5, 48])
        #expect(difference(first, full) < 1e-6)
        for parameter in schema.parameters {
            let (found, expected) = (firstGradients.dense(parameter), fullGradients.dense(parameter))
            guard let found, let expected else {
                Issue.record("no gradient for \(parameter.path)")
                continue
            }
            // The bias of the keys has no effect: its gradient is rounding alone.
            if parameter.path.description == "layer.attention.key.bias" { continue }
            #expect(difference(found, expected) < 2e-5, "\(parameter.path)")
        }
    }

    @Test("a sequence alone has the features that it has in a batch")
    func packing() {
        let (model, schema) = Schema.build { Encoder($0, width: 32, dropout: 0, summary: .mean) }
        let weights = randomWeights(schema)
        let batch = Batch(lengths: [3, 1, 200, 129, 64, 40])
        let together = model.logits(batch, Pass(weights)).value
        for index in batch.lengths.indices {
            let alone = model.logits(batch.subset(index..<index + 1), Pass(weights)).value
            let expected = together.elements[index * 5..<(index + 1) * 5].map(Double.init)
            #expect(difference(alone.elements, expected) < 1e-6 * 4, "sequence \(index)")
        }
    }
}
