import Testing
import ZooNN
import ZooTensor

/// What would read or write a row that does not exist ends the process before it does: preconditions, which release builds keep.
@Suite("Sequences without rows, and rows that do not exist")
struct SegmentsTests {
    @Test("a sequence has at least one row")
    func emptySequence() async {
        await #expect(processExitsWith: .failure) { _ = Segments(lengths: [3, 0, 2]) }
        #expect(Segments(lengths: []).rowCount == 0)
        #expect(Segments(lengths: [1, 2]).firstRows == [0, 1])
    }

    @Test("features have the rows that their sequences tell")
    func rowsOfFeatures() async {
        await #expect(processExitsWith: .failure) {
            let pass = Pass(Weights(Schema.build { _ in }.schema, []))
            _ = Features(
                tokens: pass.constant(Tensor(repeating: 1, [4, 8])), segments: Segments(lengths: [3, 2]), reading: .everyToken)
        }
    }

    @Test("a mean leaves at least one row of each sequence")
    func meanOfNothing() async {
        await #expect(processExitsWith: .failure) {
            let pass = Pass(Weights(Schema.build { _ in }.schema, []))
            let features = Features(
                tokens: pass.constant(Tensor(repeating: 1, [5, 8])), segments: Segments(lengths: [4, 1]), reading: .everyToken)
            _ = features.mean(skipping: 1)
        }
    }

    @Test("a layer whose sequences are not those of its input")
    func rowsOfLayers() async {
        await #expect(processExitsWith: .failure) {
            let configuration = TransformerConfiguration(
                width: 128, heads: 2, innerWidth: 16, activation: .gelu, norm: .post, epsilon: 1e-5, dropout: 0, attentionDropout: 0)
            let (layer, schema) = Schema.build { TransformerLayer(configuration, $0) }
            let pass = Pass(randomWeights(schema))
            _ = layer(pass.constant(Tensor(repeating: 1, [2, 128])), Segments(lengths: [2, 1]), firstTokenOnly: true)
        }
    }
}
