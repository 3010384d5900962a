import Testing
import ZooNN
import ZooTensor

@Suite("Gradients of layers against finite differences")
struct LayerGradientTests {
    /// One tile and cut by columns; two row tiles; several row tiles with a short last one.
    static let rowCounts = [1, 7, 130, 245, 600]

    @Test("linear with each activation", arguments: Activation.allCases)
    func linear(_ activation: Activation) {
        for rows in [7, 245] {
            let (model, schema) = Schema.build { scope in
                (x: scope.parameter("x", [rows, 24], .zeros), linear: Linear(24, 40, scope / "linear"))
            }
            // The kink of ReLU makes differences less exact.
            checkGradients(
                schema, randomWeights(schema), tolerance: activation == .relu ? 0.05 : 3e-3, stepSize: activation == .relu ? 1e-3 : 0.02
            ) {
                model.linear($0[model.x], activation: activation)
            }
        }
    }

    @Test("linear with few and many rows", arguments: rowCounts)
    func linearRows(_ rows: Int) {
        let (model, schema) = Schema.build { scope in
            (
                x: scope.parameter("x", [rows, 33], .zeros), first: Linear(33, 150, scope / "first"),
                second: Linear(150, 9, bias: false, scope / "second")
            )
        }
        checkGradients(schema, randomWeights(schema), tolerance: 3e-3) { model.second(model.first($0[model.x], activation: .gelu)) }
    }

    @Test("linear wide enough to be cut by columns", arguments: [3, 140])
    func wide(_ rows: Int) {
        let (model, schema) = Schema.build { scope in
            (
                x: scope.parameter("x", [rows, 40], .zeros), first: Linear(40, 1100, scope / "first"),
                second: Linear(1100, 40, scope / "second")
            )
        }
        checkGradients(schema, randomWeights(schema), tolerance: 5e-3) { model.second(model.first($0[model.x], activation: .silu)) }
    }

    @Test("a variable that is used twice")
    func usedTwice() {
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [10, 16], .zeros), a: Linear(16, 16, scope / "a"), b: Linear(16, 16, scope / "b"))
        }
        // a is applied to its own output: its weight gets two gradients, and so does the output of the first.
        checkGradients(schema, randomWeights(schema)) { pass in
            let first = model.a(pass[model.x], activation: .tanh)
            return model.b(model.a(first, activation: .tanh), activation: .tanh)
        }
    }

    @Test("layer norm", arguments: rowCounts)
    func layerNorm(_ rows: Int) {
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [rows, 37], .zeros), norm: LayerNorm(37, epsilon: 1e-5, scope / "norm"))
        }
        checkGradients(schema, randomWeights(schema)) { model.norm($0[model.x]) }
        checkGradients(schema, randomWeights(schema), dropout: true) { model.norm($0[model.x], dropout: 0.3) }
    }

    @Test("layer norm of a node, and of columns beyond one chunk of random numbers")
    func layerNormOfNode() {
        let (model, schema) = Schema.build { scope in
            (
                x: scope.parameter("x", [70, 20], .zeros), linear: Linear(20, 300, scope / "linear"),
                norm: LayerNorm(300, epsilon: 1e-12, scope / "norm")
            )
        }
        checkGradients(schema, randomWeights(schema), dropout: true) { model.norm(model.linear($0[model.x]), dropout: 0.5) }
    }

    @Test("sum of embeddings with repeated ids")
    func embeddings() {
        let (model, schema) = Schema.build { scope in
            (
                words: Embedding(20, 24, scope / "words"), types: Embedding(2, 24, scope / "types"),
                norm: LayerNorm(24, epsilon: 1e-5, scope / "norm")
            )
        }
        let ids: [Int32] = [3, 3, 0, 19, 7, 3, 7, 0, 11]
        let types: [Int32] = [0, 0, 0, 0, 0, 1, 1, 1, 1]
        checkGradients(schema, randomWeights(schema)) { model.norm(Embedding.sum([(model.words, ids), (model.types, types)], $0)) }

        // Rows that were not read get exactly 0, a row that was read thrice gets the sum.
        let gradients = Gradients(schema) { _ in true }
        let pass = Pass(randomWeights(schema), gradients: gradients, random: RandomKey(seed: 1))
        let sum = Embedding.sum([(model.words, ids)], pass)
        let coefficients = noise(sum.value.count, 2)
        pass.backward(from: projection(sum, coefficients))
        let found = Matrix(gradients.dense(model.words.weight) ?? Tensor(zeros: [20, 24]))
        for row in 0..<20 {
            let places = ids.indices.filter { ids[$0] == Int32(row) }
            for column in 0..<24 {
                let expected = places.reduce(0.0) { $0 + Double(coefficients[$1 * 24 + column]) }
                #expect(abs(found[row, column] - expected) < 1e-6)
            }
        }
    }

    @Test("one table read twice in one pass")
    func tableTwice() {
        let (table, schema) = Schema.build { Embedding(12, 16, $0 / "table") }
        checkGradients(schema, randomWeights(schema)) { pass in
            Embedding.sum([(table, [1, 5, 5]), (table, [5, 2, 11])], pass)
        }
    }
}
