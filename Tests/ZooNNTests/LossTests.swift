import Testing
import ZooNN
import ZooTensor

@Suite("Cross-entropy and gradients of batches")
struct LossTests {
    static let losses: [CrossEntropy] = [
        CrossEntropy(), CrossEntropy(labelSmoothing: 0.1), CrossEntropy(classWeights: [1, 2, 0.5, 4]),
        CrossEntropy(labelSmoothing: 0.2, classWeights: [0.1, 1, 3, 2]), CrossEntropy(classWeights: [1, 0, 0.5, 0]),
    ]

    @Test("value and gradient", arguments: losses, [Float(1), 30])
    func values(_ loss: CrossEntropy, _ size: Float) {
        let (x, schema) = Schema.build { $0.parameter("x", [6, 4], .zeros) }
        let logits = noise(24, 3).map { $0 * size }
        let labels = [0, 3, 1, 1, 2, 3]
        let weights = Weights(schema, [Tensor(logits, [6, 4])])
        let gradients = Gradients(schema) { _ in true }
        let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
        let value = loss(pass[x], labels: labels)
        pass.backward(from: value)

        // -Σ target × log softmax, with the targets spread, in the weights of the labels' classes.
        let smoothing = Double(loss.labelSmoothing)
        let rowWeights = labels.map { Double(loss.classWeights?[$0] ?? 1) }
        let total = rowWeights.reduce(0, +)
        var expected = 0.0
        var slopes: [Double] = []
        for (row, label) in labels.enumerated() {
            let row4 = logits[row * 4..<(row + 1) * 4].map(Double.init)
            let most = row4.max() ?? 0
            let sum = row4.reduce(0) { $0 + Mathematics.exponential($1 - most) }
            for index in 0..<4 {
                let probability = Mathematics.exponential(row4[index] - most) / sum
                let logProbability = row4[index] - most - Mathematics.logarithm(sum)
                let target = smoothing / 4 + (index == label ? 1 - smoothing : 0)
                expected -= rowWeights[row] / total * target * logProbability
                slopes.append(rowWeights[row] / total * (probability - target))
            }
        }
        #expect(abs(Double(value.value.elements[0]) - expected) < 1e-6 * max(1, abs(expected)))
        #expect(difference(gradients.dense(x)?.elements ?? [], slopes) < 1e-6)
        #expect(abs(loss.weight(of: labels) - total) < 1e-9)
    }

    @Test("a batch of classes that weigh 0 has no loss and no gradient", arguments: [nil, 0.0])
    func withoutWeight(_ total: Double?) {
        let (x, schema) = Schema.build { $0.parameter("x", [2, 3], .zeros) }
        let gradients = Gradients(schema) { _ in true }
        let pass = Pass(Weights(schema, [Tensor([1, 2, 3, 4, 5, 6], [2, 3])]), gradients: gradients, random: RandomKey(seed: 1))
        let loss = CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 0, 0])
        let value = loss(pass[x], labels: [1, 2], total: total)
        pass.backward(from: value)
        #expect(value.value.elements == [0])
        #expect(gradients.dense(x)?.elements == [0, 0, 0, 0, 0, 0])
        #expect(loss.weight(of: [1, 2]) == 0)
    }

    @Test("extreme logits give finite losses and gradients")
    func extreme() {
        let (x, schema) = Schema.build { $0.parameter("x", [3, 3], .zeros) }
        let weights = Weights(schema, [Tensor([1e30, -1e30, 0, 1e7, 1e7, 1e7, -3e38, -3e38, 3e38], [3, 3])])
        let gradients = Gradients(schema) { _ in true }
        let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1))
        let value = CrossEntropy()(pass[x], labels: [0, 1, 2])
        pass.backward(from: value)
        #expect(value.value.isFinite)
        #expect(abs(value.value.elements[0] - Float(Mathematics.logarithm(3) / 3)) < 1e-6)
        let gradient = gradients.dense(x)
        #expect(gradient?.isFinite == true)
        #expect(gradient?.elements[0] == 0)
    }

    @Test("loss and scale", arguments: losses)
    func slope(_ loss: CrossEntropy) {
        let (model, schema) = Schema.build { scope in
            (x: scope.parameter("x", [6, 12], .zeros), head: ClassificationHead(12, classes: 4, summary: .firstToken, dropout: 0.2, scope))
        }
        let segments = Segments(lengths: Array(repeating: 1, count: 6))
        checkGradients(schema, randomWeights(schema), dropout: true) { pass in
            loss(model.head(Features(tokens: pass[model.x], segments: segments, reading: .firstToken)), labels: [0, 3, 1, 1, 2, 3])
        }
        // `backward(scale:)` multiplies every gradient.
        func gradient(_ scale: Float) -> [Float] {
            let gradients = Gradients(schema) { _ in true }
            let pass = Pass(randomWeights(schema), gradients: gradients, random: RandomKey(seed: 1))
            let logits = model.head(Features(tokens: pass[model.x], segments: segments, reading: .firstToken))
            pass.backward(from: loss(logits, labels: [0, 3, 1, 1, 2, 3]), scale: scale)
            return gradients.dense(model.x)?.elements ?? []
        }
        #expect(difference(gradient(0.25), gradient(1).map { Double($0) / 4 }) < 1e-6)
    }

    @Test("two half batches give the gradients of the whole", arguments: losses.prefix(3))
    func accumulation(_ loss: CrossEntropy) {
        var loss = loss
        if loss.classWeights != nil { loss.classWeights = [1, 2, 0.5, 4, 1] }
        let (model, schema) = Schema.build { Encoder($0, dropout: 0) }
        let weights = randomWeights(schema)
        let batch = Batch(lengths: [5, 9, 130, 3, 44, 7])
        let whole = Gradients(schema) { _ in true }
        let parts = Gradients(schema) { _ in true }
        let pass = Pass(weights, gradients: whole, random: RandomKey(seed: 1))
        let value = loss(model.logits(batch, pass), labels: batch.labels)
        pass.backward(from: value)
        var sum: Float = 0
        for range in [0..<2, 2..<6] {
            let part = batch.subset(range)
            let pass = Pass(weights, gradients: parts, random: RandomKey(seed: 1))
            let value = loss(model.logits(part, pass), labels: part.labels, total: loss.weight(of: batch.labels))
            sum += value.value.elements[0]
            pass.backward(from: value)
        }
        #expect(abs(sum - value.value.elements[0]) < 1e-5)
        #expect(abs(parts.globalNorm() / whole.globalNorm() - 1) < 1e-5)
        for parameter in schema.parameters where parameter.path.segments.suffix(2) != ["key", "bias"] {
            guard let found = parts.dense(parameter), let expected = whole.dense(parameter) else {
                Issue.record("no gradient for \(parameter.path)")
                continue
            }
            #expect(difference(found, expected) < 1e-5, "\(parameter.path)")
        }
    }
}
