import ZooNN
import ZooTensor

/// A matrix in double precision, slow and plain: what the engine is compared with.
struct Matrix {
    let rows: Int
    let columns: Int
    var elements: [Double]

    init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    init(zeros rows: Int, _ columns: Int) { self.init(rows, columns, Array(repeating: 0, count: rows * columns)) }

    init(_ tensor: Tensor) { self.init(tensor.rows, tensor.columns, tensor.elements.map(Double.init)) }

    subscript(_ row: Int, _ column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    func row(_ index: Int) -> [Double] { Array(elements[index * columns..<(index + 1) * columns]) }

    func map(_ transform: (Double) -> Double) -> Matrix { Matrix(rows, columns, elements.map(transform)) }

    static func + (a: Matrix, b: Matrix) -> Matrix { Matrix(a.rows, a.columns, zip(a.elements, b.elements).map(+)) }

    /// x Wᵀ + b.
    func linear(_ weight: Matrix, _ bias: [Double]) -> Matrix {
        var result = Matrix(zeros: rows, weight.rows)
        for row in 0..<rows {
            for output in 0..<weight.rows {
                var sum = bias[output]
                for inner in 0..<columns { sum += self[row, inner] * weight[output, inner] }
                result[row, output] = sum
            }
        }
        return result
    }

    /// Layer normalisation of each row.
    func normalised(_ gain: [Double], _ bias: [Double], epsilon: Double) -> Matrix {
        var result = self
        for row in 0..<rows {
            let values = self.row(row)
            let mean = values.reduce(0, +) / Double(columns)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            for column in 0..<columns {
                result[row, column] = (values[column] - mean) / (variance + epsilon).squareRoot() * gain[column] + bias[column]
            }
        }
        return result
    }

    /// Multi-head attention of packed sequences; every row of a sequence attends to all of its rows.
    static func attention(query: Matrix, key: Matrix, value: Matrix, lengths: [Int], heads: Int) -> Matrix {
        var result = Matrix(zeros: query.rows, query.columns)
        let width = query.columns / heads
        var first = 0
        for length in lengths {
            for head in 0..<heads {
                let columns = head * width..<(head + 1) * width
                for row in first..<first + length {
                    let scores = (first..<first + length).map { other in
                        columns.reduce(0) { $0 + query[row, $1] * key[other, $1] } / Double(width).squareRoot()
                    }
                    let powers = scores.map { Mathematics.exponential($0 - (scores.max() ?? 0)) }
                    let total = powers.reduce(0, +)
                    for column in columns {
                        result[row, column] = zip(powers, first..<first + length).reduce(0) { $0 + $1.0 / total * value[$1.1, column] }
                    }
                }
            }
            first += length
        }
        return result
    }
}

extension Activation {
    /// The function in double precision.
    func reference(_ x: Double) -> Double {
        switch self {
        case .identity: x
        case .gelu: 0.5 * x * (1 + Mathematics.errorFunction(x / 2.0.squareRoot()))
        case .geluNew, .geluPyTorchTanh:
            0.5 * x * (1 + Mathematics.hyperbolicTangent((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .relu: max(x, 0)
        case .tanh: Mathematics.hyperbolicTangent(x)
        case .silu, .swish: x * Mathematics.sigmoid(x)
        case .quickGELU: x * Mathematics.sigmoid(1.702 * x)
        }
    }

    /// The derivative in double precision.
    func referenceDerivative(_ x: Double) -> Double {
        switch self {
        case .identity: return 1
        case .gelu:
            let density = Mathematics.exponential(-x * x / 2) / (2 * Double.pi).squareRoot()
            return 0.5 * (1 + Mathematics.errorFunction(x / 2.0.squareRoot())) + x * density
        case .geluNew, .geluPyTorchTanh:
            let c = (2 / Double.pi).squareRoot()
            let t = Mathematics.hyperbolicTangent(c * (x + 0.044715 * x * x * x))
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x)
        case .relu: return x > 0 ? 1 : 0
        case .tanh:
            let t = Mathematics.hyperbolicTangent(x)
            return 1 - t * t
        case .silu, .swish:
            let s = Mathematics.sigmoid(x)
            return s * (1 + x * (1 - s))
        case .quickGELU:
            let s = Mathematics.sigmoid(1.702 * x)
            return s * (1 + 1.702 * x * (1 - s))
        }
    }
}
