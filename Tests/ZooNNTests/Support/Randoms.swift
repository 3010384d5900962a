import ZooNN
import ZooTensor

/// Random numbers of mean 0 and variance 1, the same for the same seed and name.
func noise(_ count: Int, _ seed: UInt64, _ name: String = "") -> [Float] {
    var stream = SplitMix64(RandomKey(seed: seed).derived(name))
    let bound = Float(3.0.squareRoot())
    return (0..<count).map { _ in Float.random(in: -bound...bound, using: &stream) }
}

/// Values for a schema that no symmetry makes special: weights keep the size of what passes through, gains are near 1, biases near 0.
func randomWeights(_ schema: Schema, seed: UInt64 = 1) -> Weights {
    Weights(
        schema,
        schema.parameters.map { parameter in
            let values = noise(parameter.shape.count, seed, parameter.path.description)
            let (mean, deviation): (Float, Float) =
                switch (parameter.path.leaf, parameter.shape.rank) {
                case ("x", _): (0, 1)
                case (_, 2): (0, 1 / Float(parameter.shape.columns).squareRoot())
                case ("weight", _): (1, 0.3)
                default: (0, 0.3)
                }
            return Tensor(values.map { mean + deviation * $0 }, parameter.shape)
        })
}

extension Schema {
    /// The parameter of a path.
    func parameter(_ path: String) -> Parameter {
        guard let found = parameters.first(where: { $0.path.description == path }) else { fatalError("no parameter \(path)") }
        return found
    }
}

extension Tensor {
    /// The bit patterns, for comparisons that tell -0 from 0.
    var bits: [UInt32] { elements.map(\.bitPattern) }
}

/// The largest difference of two lists, as a share of the largest element of the second.
func difference(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let scale = max(expected.reduce(0) { max($0, abs($1)) }, 1e-30)
    return zip(found, expected).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - pair.1)
        return error.isNaN ? .infinity : max(worst, error / scale)
    }
}

func difference(_ found: Tensor, _ expected: Tensor) -> Double { difference(found.elements, expected.elements.map(Double.init)) }
func difference(_ found: Tensor, _ expected: Matrix) -> Double { difference(found.elements, expected.elements) }
