import Testing
import ZooNN
import ZooTensor

@Suite("Gradients")
struct GradientsTests {
    @Test("nothing is computed below the lowest trainable parameter")
    func frozen() {
        let (model, schema) = Schema.build { Encoder($0) }
        let weights = randomWeights(schema)
        let batch = Batch(lengths: [5, 130, 3])
        func run(_ trainable: (Parameter) -> Bool) -> Gradients {
            let gradients = Gradients(schema, trainable: trainable)
            let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
            pass.backward(from: CrossEntropy()(model.logits(batch, pass), labels: batch.labels))
            return gradients
        }
        let all = run { _ in true }
        for part in [
            "classifier", "layers.1", "layers.0.attention.norm", "embeddings.word", "layers.1.attention.query.bias", "pooler.weight",
        ] {
            let gradients = run { $0.path.matches(part) }
            #expect(gradients.missing.isEmpty)
            #expect(gradients.trainableParameters.map(\.path) == schema.parameters.map(\.path).filter { $0.matches(part) })
            for parameter in schema.parameters {
                #expect(gradients.isTrainable(parameter) == parameter.path.matches(part))
                let found = gradients.dense(parameter)
                if parameter.path.matches(part) {
                    #expect(found?.bits == all.dense(parameter)?.bits, "\(parameter.path) with only \(part) trainable")
                } else {
                    #expect(found == nil, "\(parameter.path) has a gradient")
                }
            }
        }
        let none = run { _ in false }
        #expect(schema.parameters.allSatisfy { none.dense($0) == nil })
        #expect(none.globalNorm() == 0)
    }

    @Test("the global norm is that of all gradients, rows of tables too")
    func globalNorm() {
        let (model, schema) = Schema.build { Encoder($0, vocabulary: 3000, width: 48) }
        let gradients = Gradients(schema) { _ in true }
        let batch = Batch(lengths: [5, 130, 3], vocabulary: 3000)
        let pass = Pass(randomWeights(schema), gradients: gradients, random: RandomKey(seed: 1))
        pass.backward(from: CrossEntropy()(model.logits(batch, pass), labels: batch.labels))
        let expected = schema.parameters.reduce(0.0) { sum, parameter in
            sum + (gradients.dense(parameter)?.elements.reduce(0.0) { $0 + Double($1) * Double($1) } ?? 0)
        }.squareRoot()
        #expect(expected > 0)
        #expect(abs(gradients.globalNorm() / expected - 1) < 1e-6)
    }

    @Test("reset forgets, and what was missing is told")
    func reset() {
        let (model, schema) = Schema.build { Encoder($0, summary: .mean) }
        let gradients = Gradients(schema) { _ in true }
        let batch = Batch(lengths: [5, 3])
        #expect(gradients.missing.count == schema.parameters.count)
        func run() -> [[UInt32]?] {
            let pass = Pass(randomWeights(schema), gradients: gradients, random: RandomKey(seed: 1))
            pass.backward(from: CrossEntropy()(model.logits(batch, pass), labels: batch.labels))
            return schema.parameters.map { gradients.dense($0)?.bits }
        }
        let first = run()
        #expect(gradients.missing.map(\.path.description) == ["pooler.weight", "pooler.bias"])
        gradients.reset()
        #expect(gradients.missing.count == schema.parameters.count)
        #expect(schema.parameters.allSatisfy { gradients.dense($0) == nil })
        #expect(run() == first)
    }

    @Test("a gradient that was read out does not change with the next pass")
    func valueSemantics() throws {
        let (model, schema) = Schema.build { Encoder($0) }
        let gradients = Gradients(schema) { _ in true }
        func run(_ seed: UInt64) {
            gradients.reset()
            let batch = Batch(lengths: [5, 3], seed: seed)
            let pass = Pass(randomWeights(schema), gradients: gradients, random: RandomKey(seed: seed))
            pass.backward(from: CrossEntropy()(model.logits(batch, pass), labels: batch.labels))
        }
        run(1)
        let parameter = schema.parameter("layers.0.attention.output.weight")
        let kept = try #require(gradients.dense(parameter))
        let bits = kept.bits
        run(2)
        #expect(kept.bits == bits)
    }

    @Test("a table read by rows and as a whole")
    func rowsAndWhole() {
        let (table, schema) = Schema.build { Embedding(6, 8, $0 / "table") }
        let weights = randomWeights(schema)
        // As with tied embeddings: out = rows(table) tableᵀ. Either may come first on the way back.
        func network(_ pass: Pass, _ order: Bool) -> Variable {
            let whole = tied(pass, table, [1, 4, 4])
            let rows = Embedding.sum([(table, [0, 4, 5, 5])], pass)
            return order ? concatenated(whole, rows) : concatenated(rows, whole)
        }
        for order in [false, true] { checkGradients(schema, weights) { network($0, order) } }
    }

    /// The rows of a table, taken from the parameter as a whole.
    private func tied(_ pass: Pass, _ table: Embedding, _ rows: [Int]) -> Variable {
        let whole = pass[table.weight]
        let picked = rows.flatMap { row in Array(whole.value.elements[row * 8..<(row + 1) * 8]) }
        let slot = whole.slot
        return pass.record(Tensor(picked, [rows.count, 8]), from: [slot]) { gradient, sink in
            var full = [Float](repeating: 0, count: 48)
            for (place, row) in rows.enumerated() {
                for column in 0..<8 { full[row * 8 + column] += gradient.elements[place * 8 + column] }
            }
            sink.add(Tensor(full, [6, 8]), to: slot)
        }
    }

    private func concatenated(_ a: Variable, _ b: Variable) -> Variable {
        let (first, second) = (a.slot, b.slot)
        let elements = a.value.elements + b.value.elements
        return a.pass.record(Tensor(elements, [elements.count]), from: [first, second]) { gradient, sink in
            sink.add(Tensor(Array(gradient.elements[..<first.shape.count]), first.shape), to: first)
            sink.add(Tensor(Array(gradient.elements[first.shape.count...]), second.shape), to: second)
        }
    }
}
