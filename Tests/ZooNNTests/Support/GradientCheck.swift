import Testing
import ZooNN
import ZooTensor

/// Σ coefficients × elements as a recorded scalar: the simplest loss that reaches every element of a result.
func projection(_ x: Variable, _ coefficients: [Float]) -> Variable {
    let shape = x.shape
    let sum = zip(x.value.elements, coefficients).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let slot = x.slot
    return x.pass.record(Tensor([Float(sum)], [1]), from: [slot]) { gradient, sink in
        let factor = gradient.elements[0]
        sink.add(Tensor(coefficients.map { $0 * factor }, shape), to: slot)
    }
}

/// Compares all gradients of a network with differences of its values.
///
/// The loss is Σ c × output with fixed random c, summed in double precision. For each parameter the derivative along a random direction and
/// along the gradient itself must equal the slope of the loss, taken by four points (error of order h⁴).
///
/// - Parameters:
///   - weights: the point; the values should be of order 1.
///   - tolerance: the difference allowed, as a share of the norm of the gradient.
///   - stepSize: how far the points lie apart, as a share of the elements that are moved.
///   - skipping: parts of the model that the network does not use.
///   - network: the output of a pass, of any shape.
func checkGradients(
    _ schema: Schema, _ weights: Weights, dropout: Bool = false, tolerance: Double = 2e-3, stepSize: Double = 0.01,
    skipping: Set<String> = [], location: SourceLocation = #_sourceLocation, _ network: (Pass) -> Variable
) {
    let key = RandomKey(seed: 77)
    func output(_ weights: Weights) -> (Variable, Gradients) {
        let gradients = Gradients(schema) { _ in true }
        return (network(Pass(weights, gradients: gradients, random: key, dropout: dropout)), gradients)
    }
    let (value, gradients) = output(weights)
    let coefficients = noise(value.value.count, 5, "loss")
    func loss(_ weights: Weights) -> Double {
        zip(output(weights).0.value.elements, coefficients).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    value.pass.backward(from: projection(value, coefficients))
    let missing = gradients.missing.filter { !skipping.contains($0.path.segments[0]) }
    #expect(missing.isEmpty, "no gradient for \(missing.map(\.path))", sourceLocation: location)

    let rounding = 6e-7 * norm(value.value.elements.map(Double.init))
    for parameter in schema.parameters {
        guard let gradient = gradients.dense(parameter)?.elements.map(Double.init) else { continue }
        let start = weights[parameter].elements.map(Double.init)
        let gradientNorm = norm(gradient)
        let random = noise(start.count, 9, parameter.path.description).map(Double.init)
        let directions = gradientNorm > 0 ? [("random", random), ("gradient", gradient)] : [("random", random)]
        for (name, raw) in directions {
            let length = norm(raw)
            let direction = raw.map { $0 / length }
            // How many elements the direction moves, so that none is moved far.
            let moved = 1 / direction.reduce(0) { $0 + $1 * $1 * $1 * $1 }
            let step = stepSize * norm(start) * (moved / Double(start.count)).squareRoot()
            func at(_ factor: Double) -> Double {
                var moved = weights
                moved[parameter] = Tensor(zip(start, direction).map { Float($0 + factor * step * $1) }, parameter.shape)
                return loss(moved)
            }
            let slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
            let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            // A random direction meets 1/√n of the gradient. The values of the loss are rounded.
            let size = gradientNorm * (name == "random" ? 1 / Double(start.count).squareRoot() : 1)
            #expect(
                abs(slope - expected) <= tolerance * size + rounding / step,
                "\(parameter.path) along \(name): gradient \(expected), slope \(slope), \(abs(slope - expected) / max(size, 1e-30)) of the norm",
                sourceLocation: location)
        }
    }
}

func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
