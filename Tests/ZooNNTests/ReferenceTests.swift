import Testing
import ZooNN
import ZooTensor

@Suite("Values against a plain implementation in double precision")
struct ReferenceTests {
    @Test(
        "transformer layer", arguments: [TransformerConfiguration.NormPlacement.post, .pre],
        [[6, 1, 3], [1], [150, 2], [300, 1, 40], [64, 65]])
    func layer(_ placement: TransformerConfiguration.NormPlacement, _ lengths: [Int]) {
        let width = 32
        let configuration = TransformerConfiguration(
            width: width, heads: 4, innerWidth: 48, activation: .gelu, norm: placement, epsilon: 1e-5, dropout: 0.5, attentionDropout: 0.5)
        let segments = Segments(lengths: lengths)
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [segments.rowCount, width], .zeros), layer: TransformerLayer(configuration, scope / "layer"))
        }
        let weights = randomWeights(schema)
        let expected = reference(weights, schema, lengths, heads: 4, isPre: placement == .pre)

        // A pass for inference has no dropout, whatever the configuration says; nor has one that trains without.
        let inference = Pass(weights)
        #expect(difference(model.layer(inference[model.x], segments).value, expected) < 3e-6)
        let training = Pass(weights, gradients: Gradients(schema) { _ in true }, random: RandomKey(seed: 1), dropout: false)
        #expect(difference(model.layer(training[model.x], segments).value, expected) < 3e-6)

        let first = Matrix(segments.count, width, segments.firstRows.flatMap { expected.row($0) })
        #expect(difference(model.layer(inference[model.x], segments, firstTokenOnly: true).value, first) < 3e-6)
    }

    private func reference(_ weights: Weights, _ schema: Schema, _ lengths: [Int], heads: Int, isPre: Bool) -> Matrix {
        func matrix(_ path: String) -> Matrix { Matrix(weights[schema.parameter(path)]) }
        func linear(_ x: Matrix, _ path: String) -> Matrix { x.linear(matrix(path + ".weight"), matrix(path + ".bias").elements) }
        func norm(_ x: Matrix, _ path: String) -> Matrix {
            x.normalised(matrix(path + ".weight").elements, matrix(path + ".bias").elements, epsilon: Double(Float(1e-5)))
        }
        let x = matrix("x")
        let input = isPre ? norm(x, "layer.attention.norm") : x
        let context = Matrix.attention(
            query: linear(input, "layer.attention.query"), key: linear(input, "layer.attention.key"),
            value: linear(input, "layer.attention.value"),
            lengths: lengths, heads: heads)
        var attended = x + linear(context, "layer.attention.output")
        if !isPre { attended = norm(attended, "layer.attention.norm") }
        let inner = linear(isPre ? norm(attended, "layer.feedForward.norm") : attended, "layer.feedForward.input").map(
            Activation.gelu.reference)
        let result = attended + linear(inner, "layer.feedForward.output")
        return isPre ? result : norm(result, "layer.feedForward.norm")
    }

    @Test("linear with few and many rows", arguments: [1, 2, 127, 128, 240, 241, 700])
    func linear(_ rows: Int) {
        for outputs in [5, 130, 1030] {
            let (model, schema) = Schema.build { scope in
                (x: scope.parameter("x", [rows, 50], .zeros), linear: Linear(50, outputs, scope / "linear"))
            }
            let weights = randomWeights(schema)
            let expected = Matrix(weights[model.x]).linear(
                Matrix(weights[model.linear.weight]), Matrix(weights[schema.parameter("linear.bias")]).elements)
            let pass = Pass(weights)
            #expect(difference(model.linear(pass[model.x]).value, expected) < 2e-6)
            #expect(difference(model.linear(pass[model.x], activation: .tanh).value, expected.map(Activation.tanh.reference)) < 2e-6)
        }
    }

    @Test("activations and their derivatives", arguments: Activation.allCases)
    func activation(_ activation: Activation) {
        let points =
            (-4000...4000).map { Float($0) / 200 } + [
                -1e4, -300, -100, -88, -40, -1e-4, -1e-20, 1e-20, 1e-4, 0.03, 0.039, 0.041, 40, 88, 100, 300, 1e4,
            ]
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [points.count, 1], .zeros), linear: Linear(1, 1, bias: false, scope / "linear"))
        }
        let weights = Weights(schema, [Tensor(points, [points.count, 1]), Tensor([1], [1, 1])])
        let gradients = Gradients(schema) { _ in true }
        let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
        let y = model.linear(pass[model.x], activation: activation)
        pass.backward(from: projection(y, Array(repeating: 1, count: points.count)))
        let derivative = gradients.dense(model.x)?.elements ?? []
        let inference = Pass(weights)
        let inPlace = model.linear(inference[model.x], activation: activation).value.elements
        for (index, point) in points.enumerated() {
            let x = Double(point)
            let value = activation.reference(x)
            let size = max(1, min(abs(x), 20))
            #expect(abs(Double(y.value.elements[index]) - value) <= 4e-7 * size + 1e-6 * abs(value), "\(activation)(\(x))")
            #expect(y.value.elements[index] == inPlace[index])
            if !(activation == .relu && x == 0) {
                let slope = activation.referenceDerivative(x)
                #expect(
                    abs(Double(derivative[index]) - slope) <= 1e-6 * size, "\(activation)'(\(x)) = \(derivative[index]), expected \(slope)")
            }
        }
    }
}
