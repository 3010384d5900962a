import ModelZoo
import ZooTensor
import ZooTraining

/// The machine's rate of matrix products: the best that this program can do, by OpenBLAS or by its own kernels, through the same tiles as the
/// model's.
struct ProductRate {
    /// Who multiplies.
    enum Kernel: String, CaseIterable {
        case openBLAS = "openblas"
        /// With the right-hand matrix in panels, as weights are.
        case packed

        /// The name for people.
        var title: String {
            switch self {
            case .openBLAS: "OpenBLAS"
            case .packed: "own kernels for \(PackedMatrix.instructionSet)"
            }
        }
    }

    /// FLOP a second, by kernel.
    private(set) var rates: [Kernel: Double] = [:]
    /// The product that gave the best one.
    private(set) var shape = ""
    /// Who gave it.
    private(set) var kernel = Kernel.openBLAS

    /// FLOP a second.
    var rate: Double { rates[kernel] ?? 0 }

    /// The faster of two measurements, so that one can lie before and one after the work that it is compared with.
    static func max(_ first: ProductRate, _ second: ProductRate) -> ProductRate {
        var best = first.rate >= second.rate ? first : second
        best.rates = first.rates.merging(second.rates) { Swift.max($0, $1) }
        return best
    }

    /// The best of several products with the shapes of an encoder of some width.
    static func measure(width: Int) -> ProductRate {
        let rows = 4096
        let inner = 4 * width
        var best = ProductRate()
        for (k, n) in [(width, inner), (inner, width), (width, width)] {
            let a = Tensor(repeating: 0.5, [rows, k])
            let b = Tensor(repeating: 0.25, [k, n])
            let c = Tensor(uninitialized: [rows, n])
            let matrix = PackedMatrix(MatrixPointer(b.pointer, stride: n), rows: k, columns: n)
            for kernel in Kernel.allCases {
                let seconds = shortest(.milliseconds(200)) {
                    switch kernel {
                    case .openBLAS:
                        multiplyTiled(
                            MatrixPointer(a.pointer, stride: k), MatrixPointer(b.pointer, stride: n), into: c.mutablePointer, stride: n,
                            rows: rows, columns: n, inner: k)
                    case .packed: matrix.multiplyTiled(a.pointer, stride: k, count: rows, into: c.mutablePointer, stride: n)
                    }
                }
                best.add(2 * Double(rows) * Double(k) * Double(n) / seconds, kernel, "[\(rows), \(k)] x [\(k), \(n)]")
            }
            withExtendedLifetime((a, b, c)) {}
        }
        return best
    }

    private mutating func add(_ rate: Double, _ kernel: Kernel, _ shape: String) {
        if rate > self.rate { (self.kernel, self.shape) = (kernel, shape) }
        rates[kernel] = Swift.max(rate, rates[kernel] ?? 0)
    }

    /// The seconds of the quickest of several runs.
    private static func shortest(_ time: Duration, _ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        let beginning = clock.now
        var best = Double.infinity
        while clock.now - beginning < time {
            let start = clock.now
            body()
            best = min(best, Swift.max((clock.now - start).seconds, 1e-9))
        }
        return best
    }
}
