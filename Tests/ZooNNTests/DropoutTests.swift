import Testing
import ZooNN
import ZooTensor

@Suite("Dropout")
struct DropoutTests {
    /// A norm whose output is 1 everywhere, so that only dropout shows.
    private static func ones(_ width: Int) -> (norm: LayerNorm, schema: Schema, weights: Weights) {
        let (norm, schema) = Schema.build { LayerNorm(width, epsilon: 1e-5, $0) }
        return (norm, schema, Weights(schema, [Tensor(zeros: [width]), Tensor(repeating: 1, [width])]))
    }

    private static func masks(_ count: Int, _ probability: Float, key: RandomKey, rows: Int = 400, width: Int = 300) -> [[Float]] {
        let (norm, schema, weights) = ones(width)
        let pass = Pass(weights, gradients: Gradients(schema) { _ in true }, random: key)
        let x = pass.constant(Tensor(noise(rows * width, 1), [rows, width]))
        return (0..<count).map { _ in norm(x, dropout: probability).value.elements }
    }

    @Test("share of zeros and mean", arguments: [Float(0.05), 0.1, 0.5, 0.9])
    func share(_ probability: Float) {
        let mask = Self.masks(1, probability, key: RandomKey(seed: 8))[0]
        let expected = Double(probability)
        let count = Double(mask.count)
        let deviation = (expected * (1 - expected) / count).squareRoot()
        let zeros = Double(mask.filter { $0 == 0 }.count) / count
        #expect(abs(zeros - expected) < 4 * deviation)
        let mean = mask.reduce(0.0) { $0 + Double($1) } / count
        #expect(abs(mean - 1) < 4 * deviation / (1 - expected))
        // Two values only: 0 and 1 / (1 - p), where p is a multiple of 2^-16.
        let values = Set(mask)
        #expect(values.count == 2)
        #expect(values.contains { abs(Double($0) - 1 / (1 - expected)) < 1e-4 / (1 - expected) / (1 - expected) })
    }

    @Test("rows and columns differ")
    func noPattern() {
        let mask = Self.masks(1, 0.5, key: RandomKey(seed: 8))[0]
        let rows = (0..<400).map { Array(mask[$0 * 300..<($0 + 1) * 300]) }
        #expect(Set(rows).count == 400)
        for row in rows { #expect((90...210).contains(row.filter { $0 == 0 }.count)) }
        for column in 0..<300 { #expect((130...270).contains(rows.filter { $0[column] == 0 }.count)) }
        // Neighbours are independent: both are 0 in a quarter of the cases.
        let pairs = rows.reduce(0) { sum, row in sum + zip(row, row.dropFirst()).filter { $0 == 0 && $1 == 0 }.count }
        #expect(abs(Double(pairs) / Double(400 * 299) - 0.25) < 0.006)
    }

    @Test("the same key gives the same numbers; keys and places differ")
    func keys() {
        let key = RandomKey(seed: 8)
        let first = Self.masks(2, 0.5, key: key.derived(1))
        #expect(first == Self.masks(2, 0.5, key: key.derived(1)))
        #expect(first[0] != first[1], "two places in a pass")
        let second = Self.masks(2, 0.5, key: key.derived(2))
        for (a, b) in [(first[0], second[0]), (first[0], first[1]), (first[1], second[0])] {
            let equal = zip(a, b).filter { $0 == $1 }.count
            #expect(abs(Double(equal) / Double(a.count) - 0.5) < 0.01, "independent masks agree at half of the places")
        }
    }

    @Test("probability 0, inference and training without dropout change nothing")
    func off() {
        #expect(Self.masks(1, 0, key: RandomKey(seed: 8))[0].allSatisfy { $0 == 1 })
        let (norm, schema, weights) = Self.ones(64)
        let x = Tensor(noise(64 * 8, 1), [8, 64])
        let inference = Pass(weights)
        #expect(norm(inference.constant(x), dropout: 0.5).value.elements.allSatisfy { $0 == 1 })
        let training = Pass(weights, gradients: Gradients(schema) { _ in true }, random: RandomKey(seed: 8), dropout: false)
        #expect(norm(training.constant(x), dropout: 0.5).value.elements.allSatisfy { $0 == 1 })
    }

    @Test("attention's dropout: the expectation is the value without")
    func attention() {
        let configuration = TransformerConfiguration(
            width: 16, heads: 2, innerWidth: 16, activation: .gelu, norm: .pre, epsilon: 1e-5, dropout: 0, attentionDropout: 0.3)
        let segments = Segments(lengths: [20, 150])
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [170, 16], .zeros), layer: TransformerLayer(configuration, scope / "layer"))
        }
        var weights = randomWeights(schema)
        // Without a feed-forward layer the output is linear in the probabilities.
        weights[schema.parameter("layer.feedForward.output.weight")] = Tensor(zeros: [16, 16])
        let pass = Pass(weights)
        let expected = model.layer(pass[model.x], segments).value.elements
        var mean = [Double](repeating: 0, count: expected.count)
        let runs = 400
        var outputs: Set<[UInt32]> = []
        for run in 0..<runs {
            let pass = Pass(weights, gradients: Gradients(schema) { _ in true }, random: RandomKey(seed: 1).derived(run))
            let output = model.layer(pass[model.x], segments).value
            outputs.insert(output.bits)
            for (index, value) in output.elements.enumerated() { mean[index] += Double(value) / Double(runs) }
        }
        #expect(outputs.count == runs)
        let error = norm(zip(mean, expected).map { $0 - Double($1) }) / norm(expected.map(Double.init))
        #expect(error < 0.02, "\(error)")
        #expect(error > 1e-4, "dropout is off")
    }
}
