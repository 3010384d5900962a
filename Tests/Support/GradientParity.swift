public import ModelZoo
import Testing
import ZooNN
public import ZooTensor

/// Expects the loss and the gradient of every parameter that the reference has computed.
///
/// - Parameters:
///   - count: how many parameters the model has.
///   - expected: what the reference computes: `loss`, and `gradients.` followed by each upstream name.
///   - zeroGradient: how the names end of parameters whose exact gradient is 0. A shift of all scores of a row changes no probability, so the
///     keys' biases are such.
public func expectGradients<Family: ModelFamily>(
    of model: Model<Family>, _ batch: Family.InputTokenizer.Batch, labels: [Int], count: Int, expected: Checkpoint, zeroGradient: String
) throws {
    let gradients = Gradients(model.schema) { _ in true }
    let pass = Pass(model.weights, gradients: gradients, random: RandomKey(seed: 0), dropout: false)
    let loss = CrossEntropy()(try model.logits(batch, pass), labels: labels)
    pass.backward(from: loss)
    #expect(largestDifference(loss.value, try expected.tensor("loss")) <= 1e-5)
    #expect(gradients.missing.isEmpty)

    let names = try model.schema.parameters.map { try #require(Family.names.upstream($0.path, withHead: true)) }
    let expectedNames = expected.names.filter { $0.hasPrefix("gradients.") }
    #expect(Set(names.map { "gradients." + $0 }) == Set(expectedNames) && names.count == count)
    let total = try norm(names.flatMap { try expected.tensor("gradients." + $0).elements.map(Double.init) })
    #expect(total > 0.1 && abs(gradients.globalNorm() - total) <= 1e-5 * total)
    for (parameter, name) in zip(model.schema.parameters, names) {
        let found = try #require(gradients.dense(parameter))
        let wanted = try expected.tensor("gradients." + name)
        #expect(found.shape == wanted.shape)
        let error = norm(zip(found.elements, wanted.elements).map { Double($0) - Double($1) })
        let size = name.hasSuffix(zeroGradient) ? 0.01 * total : norm(wanted.elements.map(Double.init))
        #expect(error <= 1e-4 * size, "\(name): \(error / size)")
    }
}
