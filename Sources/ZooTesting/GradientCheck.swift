public import ModelZoo
public import ZooNN
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far the gradient of a parameter is from the slope of the loss.
public struct GradientDifference: Sendable, Hashable, CustomStringConvertible {
    /// The parameter.
    public let parameter: ParameterPath
    /// The norm of its gradient; 0 if it received none.
    public let gradientNorm: Double
    /// The largest difference over the directions tried, as a share of what the gradient predicts for a direction of this kind. Below 0.01
    /// for a right gradient, above 0.1 for a wrong one.
    public let error: Double

    /// `layers.0.attention.query.weight: 0.0004 of 0.31`.
    public var description: String { "\(parameter): \(error) of \(gradientNorm)" }
}

/// Compares the gradients of a model's loss with finite differences, for every parameter.
///
/// The loss is the mean cross-entropy of the labels. Its derivative along the gradient itself and along a random direction is compared with
/// its slope, taken by four points (error of order h⁴), the losses being summed in double precision. What is below a thousandth
/// of the norm of all gradients is measured as a share of this thousandth, since the slope is not known any better, as with the bias of
/// attention's keys, on which nothing depends. It takes 8 passes for each parameter: use a tiny model (see ``RandomModel``), without
/// values that are all 0.
///
/// - Parameters:
///   - model: with a head.
///   - inputs: a few of different length, so that packing and masks matter.
///   - labels: the class of each input, as an index into the model's labels.
///   - dropout: whether dropout is on, the same in all passes.
///   - stepSize: how far the points lie apart, as a share of the values that are moved.
/// - Returns: one difference for each parameter of the schema, in its order.
/// - Throws: `ModelError.noHead`, and what preparing the inputs throws.
public func checkGradients<Family>(
    _ model: Model<Family>, inputs: [Input], labels: [Int], dropout: Bool = false, stepSize: Double = 0.01, seed: UInt64 = 1
) throws -> [GradientDifference] {
    guard model.head != nil else { throw ModelError.noHead(model: model.name) }
    precondition(
        !inputs.isEmpty && inputs.count == labels.count && labels.allSatisfy(model.labels.indices.contains),
        "every input needs a label of the model")
    let batch = try model.tokenizer(inputs)
    let key = RandomKey(seed: seed)
    let gradients = Gradients(model.schema) { _ in true }
    let pass = Pass(model.weights, gradients: gradients, random: key, dropout: dropout)
    pass.backward(from: CrossEntropy()(try model.logits(batch, pass), labels: labels))

    let nothing = Gradients(model.schema) { _ in false }
    func loss(_ weights: Weights) throws -> Double {
        let logits = try model.logits(batch, Pass(weights, gradients: nothing, random: key, dropout: dropout)).value
        let elements = logits.elements.map(Double.init)
        let classes = logits.columns
        return labels.enumerated().reduce(0) { sum, item in
            let row = elements[item.offset * classes..<(item.offset + 1) * classes]
            let largest = row.max() ?? 0
            let total = row.reduce(0) { $0 + exp($1 - largest) }
            return sum + log(total) + largest - elements[item.offset * classes + item.element]
        } / Double(labels.count)
    }

    let least = 1e-3 * gradients.globalNorm()
    return try model.schema.parameters.map { parameter in
        let start = model.weights[parameter].elements.map(Double.init)
        let gradient = gradients.dense(parameter)?.elements.map(Double.init) ?? Array(repeating: 0, count: start.count)
        let gradientNorm = norm(gradient)
        var random = SplitMix64(key.derived(parameter.path.description))
        // A random direction meets 1/√n of the gradient.
        var directions = [(start.map { _ in Double(random.next() >> 11) * 0x1p-52 - 1 }, 1 / Double(max(start.count, 1)).squareRoot())]
        if gradientNorm > least { directions.append((gradient, 1)) }
        var error = 0.0
        for (raw, share) in directions {
            let length = norm(raw)
            let direction = raw.map { $0 / length }
            // The direction's length such that the elements that it moves most move by a share of their usual size.
            let moved = 1 / direction.reduce(0) { $0 + $1 * $1 * $1 * $1 }
            let step = stepSize * norm(start) * (moved / Double(start.count)).squareRoot()
            func at(_ factor: Double) throws -> Double {
                var weights = model.weights
                weights[parameter] = Tensor(zip(start, direction).map { Float($0 + factor * step * $1) }, parameter.shape)
                return try loss(weights)
            }
            let slope = (8 * (try at(1) - at(-1)) - (try at(2) - at(-2))) / (12 * step)
            let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let difference = abs(slope - expected) / max(share * gradientNorm, least)
            if !(difference <= error) && !error.isNaN { error = difference }
        }
        return GradientDifference(parameter: parameter.path, gradientNorm: gradientNorm, error: error)
    }
}

private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
