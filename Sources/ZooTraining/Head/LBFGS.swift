/// Minimises a smooth function by the limited-memory BFGS method (Liu and Nocedal, 1989), with a line search by bisection for the weak Wolfe
/// conditions (Lewis and Overton, 2013).
package struct LBFGS {
    /// How many pairs of steps and changes of the gradient are remembered.
    package var memory = 10
    /// The search ends when no entry of the gradient is larger than this.
    package var tolerance = 1e-4
    /// The largest number of iterations.
    package var maxIterations = 500

    package init() {}

    /// Where a search ended.
    package struct Result {
        /// The best point.
        package var point: [Double]
        /// The value there.
        package var value: Double
        /// The iterations done.
        package var iterations: Int
        /// Whether the gradient fell below the tolerance; otherwise rounding or the number of iterations ended the search.
        package var hasConverged: Bool
    }

    /// - Parameters:
    ///   - start: where the search begins.
    ///   - function: the value at a point; it writes the gradient, of the point's length.
    package func minimize(from start: [Double], _ function: (_ point: [Double], _ gradient: inout [Double]) -> Double) -> Result {
        var point = start
        var gradient = [Double](repeating: 0, count: start.count)
        var value = function(point, &gradient)
        var steps: [[Double]] = []
        var changes: [[Double]] = []
        var inverseProducts: [Double] = []
        var iterations = 0
        while iterations < maxIterations, value.isFinite {
            if largest(gradient) <= tolerance {
                return Result(point: point, value: value, iterations: iterations, hasConverged: true)
            }
            var direction = self.direction(gradient, steps, changes, inverseProducts)
            var slope = dot(direction, gradient)
            if !(slope < 0) {  // Rounding has spoilt what was remembered.
                (steps, changes, inverseProducts) = ([], [], [])
                direction = gradient.map { -$0 }
                slope = -dot(gradient, gradient)
            }
            let first = steps.isEmpty ? min(1, 1 / dot(gradient, gradient).squareRoot()) : 1
            guard let next = search(point, value, direction, slope, first, function) else { break }
            iterations += 1
            let step = subtract(next.point, point)
            let change = subtract(next.gradient, gradient)
            let product = dot(step, change)
            if product > 1e-12 * dot(change, change) {
                steps.append(step)
                changes.append(change)
                inverseProducts.append(1 / product)
                if steps.count > memory {
                    steps.removeFirst()
                    changes.removeFirst()
                    inverseProducts.removeFirst()
                }
            }
            let gain = value - next.value
            (point, value, gradient) = (next.point, next.value, next.gradient)
            if gain <= 1e-10 * max(abs(value), 1) && largest(gradient) <= 10 * tolerance { break }
        }
        return Result(point: point, value: value, iterations: iterations, hasConverged: largest(gradient) <= tolerance)
    }

    /// The two-loop recursion: minus the inverse Hessian's estimate times the gradient.
    private func direction(_ gradient: [Double], _ steps: [[Double]], _ changes: [[Double]], _ inverseProducts: [Double]) -> [Double] {
        var q = gradient
        var factors = [Double](repeating: 0, count: steps.count)
        for i in steps.indices.reversed() {
            factors[i] = inverseProducts[i] * dot(steps[i], q)
            add(-factors[i], changes[i], to: &q)
        }
        if let step = steps.last, let change = changes.last {
            let scale = dot(step, change) / dot(change, change)
            for i in q.indices { q[i] *= scale }
        }
        for i in steps.indices {
            let factor = inverseProducts[i] * dot(changes[i], q)
            add(factors[i] - factor, steps[i], to: &q)
        }
        for i in q.indices { q[i] = -q[i] }
        return q
    }

    /// A point along the direction with a sufficient decrease and a flatter slope; nil where rounding leaves none.
    private func search(
        _ point: [Double], _ value: Double, _ direction: [Double], _ slope: Double, _ first: Double,
        _ function: (_ point: [Double], _ gradient: inout [Double]) -> Double
    ) -> (point: [Double], value: Double, gradient: [Double])? {
        var low = 0.0
        var high = Double.infinity
        var length = first
        var best: (point: [Double], value: Double, gradient: [Double])?
        var gradient = [Double](repeating: 0, count: point.count)
        for _ in 0..<30 {
            var candidate = point
            add(length, direction, to: &candidate)
            let found = function(candidate, &gradient)
            if !(found <= value + 1e-4 * length * slope) {
                high = length
            } else {
                best = (candidate, found, gradient)
                if dot(gradient, direction) >= 0.9 * slope { return best }
                low = length
            }
            length = high.isFinite ? (low + high) / 2 : 2 * low
        }
        return best
    }

    private func largest(_ x: [Double]) -> Double { x.reduce(0) { max($0, abs($1)) } }

    private func dot(_ x: [Double], _ y: [Double]) -> Double {
        var sum = 0.0
        for i in x.indices { sum += x[i] * y[i] }
        return sum
    }

    private func subtract(_ x: [Double], _ y: [Double]) -> [Double] {
        var result = x
        for i in x.indices { result[i] -= y[i] }
        return result
    }

    private func add(_ factor: Double, _ x: [Double], to y: inout [Double]) {
        for i in x.indices { y[i] += factor * x[i] }
    }
}
