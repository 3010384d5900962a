import Testing
import ZooNN
import ZooTensor

@Suite("Optimizers against plain implementations in double precision")
struct OptimizerTests {
    static let rates: [Float] = (0..<20).map { 0.01 * Float(20 - $0) / 20 }
    static let scales: [Float] = (0..<20).map { $0 % 3 == 0 ? 0.5 : 1 }

    /// A matrix, a bias and a table of 12 rows.
    static let schema = Schema.build { scope in
        _ = scope.parameter("weight", [40, 30], .zeros)
        _ = scope.parameter("bias", [40], .zeros)
        _ = scope.parameter("large", [300, 200], .zeros)
        _ = scope.parameter("table", [12, 10], .zeros)
    }.schema

    /// The plain update of AdamW.
    struct PlainAdamW {
        var weight: [Double]
        var first: [Double]
        var second: [Double]
        var step = 0

        init(_ tensor: Tensor) {
            weight = tensor.elements.map(Double.init)
            first = weight.map { _ in 0 }
            second = first
        }

        mutating func update(_ gradient: [Double], rate: Double, decay: Double, beta1: Double, beta2: Double, epsilon: Double) {
            step += 1
            let correction1 = 1 - (1...step).reduce(1) { product, _ in product * beta1 }
            let correction2 = 1 - (1...step).reduce(1) { product, _ in product * beta2 }
            for index in weight.indices {
                weight[index] -= rate * decay * weight[index]
                first[index] = beta1 * first[index] + (1 - beta1) * gradient[index]
                second[index] = beta2 * second[index] + (1 - beta2) * gradient[index] * gradient[index]
                weight[index] -= rate * (first[index] / correction1) / ((second[index] / correction2).squareRoot() + epsilon)
            }
        }
    }

    static func gradient(_ parameter: Parameter, _ step: Int) -> [Float] {
        noise(parameter.shape.count, UInt64(100 + step), parameter.path.description).map { $0 * 0.1 }
    }

    /// Rows of the table that a step reads: some late, some once, row 11 never.
    static func rows(_ step: Int) -> [Int32] {
        switch step {
        case 0: [0, 3]
        case 1: [3]
        case 5: [1, 3, 10]
        case 12: [0, 2, 3, 4, 5, 6, 7, 8]
        case 19: [9]
        default: [0, Int32(step % 3)].sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
    }

    /// Fills gradients: dense ones, and the table by rows or, its other rows being 0, dense.
    static func fill(_ gradients: Gradients, step: Int, byRows: Bool) {
        gradients.reset()
        for parameter in schema.parameters {
            let values = gradient(parameter, step)
            if parameter.path.description == "table" {
                let width = 10
                let picked = rows(step)
                if byRows {
                    let part = picked.flatMap { values[Int($0) * width..<(Int($0) + 1) * width] }
                    gradients.accumulate(parameter.index, rows: picked, Tensor(part, [picked.count, width]))
                    continue
                }
                gradients.accumulate(parameter.index) { target, _ in
                    for index in 0..<values.count { target[index] = picked.contains(Int32(index / width)) ? values[index] : 0 }
                }
            } else {
                gradients.accumulate(parameter.index) { target, keep in
                    #expect(keep == 0)
                    for (index, value) in values.enumerated() { target[index] = value }
                }
            }
        }
    }

    /// The gradient of a parameter in a step, as the plain implementation takes it.
    static func plainGradient(_ parameter: Parameter, _ step: Int, scale: Float) -> [Double] {
        gradient(parameter, step).enumerated().map { index, value in
            let isRead = parameter.path.description != "table" || rows(step).contains(Int32(index / 10))
            return isRead ? Double(value) * Double(scale) : 0
        }
    }

    @Test("AdamW, with the table's gradient dense and by rows", arguments: [false, true])
    func adamW(_ byRows: Bool) {
        let start = randomWeights(Self.schema)
        var weights = start
        var optimizer = AdamW(Self.schema, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1)
        let gradients = Gradients(Self.schema) { _ in true }
        var plain = Self.schema.parameters.map { PlainAdamW(start[$0]) }
        let table = Self.schema.parameter("table")
        for step in 0..<20 {
            Self.fill(gradients, step: step, byRows: byRows)
            optimizer.step(&weights, gradients, rate: Self.rates[step], gradientScale: Self.scales[step])
            for parameter in Self.schema.parameters {
                plain[parameter.index].update(
                    Self.plainGradient(parameter, step, scale: Self.scales[step]), rate: Double(Self.rates[step]),
                    decay: parameter.shape.rank == 2 ? Double(Float(0.1)) : 0, beta1: Double(Float(0.8)), beta2: Double(Float(0.99)),
                    epsilon: Double(Float(1e-6)))
            }
            // Rows are read right before anything is settled; a copy that is settled leaves the original as it was.
            if step == 7 || step == 19 {
                #expect(difference(Self.read(table, weights), plain[table.index].weight) < 1e-6)
                var copy = weights
                copy.settle()
                #expect(difference(copy[table], Tensor(plain[table.index].weight.map(Float.init), [12, 10])) < 1e-6)
                #expect(difference(Self.read(table, weights), plain[table.index].weight) < 1e-6)
            }
            // As between epochs.
            if step == 10 { weights.settle() }
        }
        weights.settle()
        for parameter in Self.schema.parameters {
            #expect(difference(weights[parameter].elements, plain[parameter.index].weight) < 1e-6, "\(parameter.path)")
        }
        #expect(weights[Self.schema.parameter("table")].elements[110...] != start[table].elements[110...], "the row never read is decayed")
    }

    /// The rows of a table as a forward pass reads them.
    static func read(_ table: Parameter, _ weights: Weights) -> [Float] {
        // A table of the same shape at the same place in a schema, so that an embedding can be had for it.
        let (embedding, other) = Schema.build { scope -> Embedding in
            for parameter in schema.parameters where parameter.index < table.index {
                _ = scope.parameter(parameter.path.description, parameter.shape, .zeros)
            }
            return Embedding(12, 10, scope / "table")
        }
        precondition(other.parameters.count == schema.parameters.count)
        return Embedding.sum([(embedding, Array(0..<12))], Pass(weights)).value.elements
    }

    @Test("biases and norms are not decayed, and nothing moves without gradient but by decay")
    func decay() {
        let start = randomWeights(Self.schema)
        for optimizer in [OptimizerKind.adamW(weightDecay: 0.5), .sgd(momentum: 0.9, weightDecay: 0.5)] {
            var weights = start
            var made = optimizer.make(Self.schema)
            let gradients = Gradients(Self.schema) { _ in true }
            for parameter in Self.schema.parameters {
                gradients.accumulate(parameter.index) { target, _ in target.update(repeating: 0, count: parameter.shape.count) }
            }
            made.step(&weights, gradients, rate: 0.1, gradientScale: 1)
            for parameter in Self.schema.parameters {
                let factor: Double = parameter.shape.rank == 1 ? 1 : 1 - 0.1 * 0.5
                #expect(
                    difference(weights[parameter].elements, start[parameter].elements.map { Double($0) * factor }) < 2e-7,
                    "\(parameter.path)")
            }
        }
    }

    @Test("SGD", arguments: [(Float(0), false), (0.9, false), (0.9, true)])
    func sgd(_ momentum: Float, _ nesterov: Bool) {
        for byRows in [false, true] {
            let start = randomWeights(Self.schema)
            var weights = start
            var optimizer = SGD(Self.schema, momentum: momentum, nesterov: nesterov, weightDecay: 0.2)
            let gradients = Gradients(Self.schema) { _ in true }
            var plain = Self.schema.parameters.map { start[$0].elements.map(Double.init) }
            var velocity = plain.map { $0.map { _ in 0.0 } }
            for step in 0..<20 {
                Self.fill(gradients, step: step, byRows: byRows)
                let (rate, scale) = (Self.rates[step], Self.scales[step])
                optimizer.step(&weights, gradients, rate: rate, gradientScale: scale)
                for parameter in Self.schema.parameters {
                    let decay = parameter.shape.rank == 2 ? Double(Float(0.2)) : 0
                    for (index, gradient) in Self.plainGradient(parameter, step, scale: scale).enumerated() {
                        let moved = Double(momentum) * velocity[parameter.index][index] + gradient
                        velocity[parameter.index][index] = moved
                        let move = nesterov ? gradient + Double(momentum) * moved : momentum == 0 ? gradient : moved
                        plain[parameter.index][index] -= Double(rate) * (decay * plain[parameter.index][index] + move)
                    }
                }
            }
            weights.settle()
            for parameter in Self.schema.parameters {
                #expect(difference(weights[parameter].elements, plain[parameter.index]) < 1e-6, "\(parameter.path), by rows: \(byRows)")
            }
        }
    }

    @Test("a table that is read by rows, then as a whole, then by rows again")
    func mixed() {
        let start = randomWeights(Self.schema)
        var weights = start
        var optimizer = AdamW(Self.schema, weightDecay: 0.1)
        let gradients = Gradients(Self.schema) { $0.path.description == "table" }
        let table = Self.schema.parameter("table")
        var plain = PlainAdamW(start[table])
        for step in 0..<12 {
            gradients.reset()
            let values = Self.gradient(table, step)
            let isDense = (4..<8).contains(step)
            let picked: [Int32] = isDense ? Array(0..<12) : Self.rows(step)
            if isDense {
                gradients.accumulate(table.index) { target, _ in
                    for index in 0..<values.count { target[index] = values[index] }
                }
            } else {
                gradients.accumulate(
                    table.index, rows: picked, Tensor(picked.flatMap { values[Int($0) * 10..<(Int($0) + 1) * 10] }, [picked.count, 10]))
            }
            optimizer.step(&weights, gradients, rate: 0.01, gradientScale: 1)
            plain.update(
                values.enumerated().map { picked.contains(Int32($0 / 10)) ? Double($1) : 0 }, rate: Double(Float(0.01)),
                decay: Double(Float(0.1)),
                beta1: Double(Float(0.9)), beta2: Double(Float(0.999)), epsilon: Double(Float(1e-8)))
        }
        weights.settle()
        #expect(difference(weights[table].elements, plain.weight) < 1e-6)
    }

    /// What arrives for a table in one step.
    enum Arrival: Sendable {
        /// All of it.
        case dense
        /// These rows alone.
        case rows([Int32])
        /// By rows, and there are none.
        case nothing
    }

    /// Courses of a table's gradients: as it may be read in one step as a whole, in another by rows.
    static let courses: [(name: String, arrivals: [Arrival])] = [
        ("dense, then rows", [.dense] + (0..<10).map { .rows([Int32($0 % 4)]) }),
        ("dense once, then nothing", [.dense] + Array(repeating: .nothing, count: 10)),
        ("dense where most rows have no gradient", [.dense, .dense] + (0..<6).map { .rows([Int32($0)]) }),
        ("rows, then dense", [.rows([2]), .rows([2, 5]), .nothing, .dense, .dense]),
        ("rows, dense, rows", [.rows([0, 11]), .dense, .rows([3]), .nothing, .rows([0]), .dense, .rows([11])]),
        ("rows alone", [.rows([1]), .nothing, .rows([1, 2]), .rows([9])]),
        ("nothing, then rows", [.nothing, .nothing, .rows([4]), .nothing]),
    ]

    @Test(
        "a table's gradients give what the same gradients give as a whole, in whatever form and order they come",
        arguments: courses.indices,
        [OptimizerKind.adamW(weightDecay: 0.1), .adamW(weightDecay: 0), .sgd(momentum: 0.9, weightDecay: 0.2), .sgd(nesterov: true)])
    func forms(_ course: Int, _ kind: OptimizerKind) {
        let start = randomWeights(Self.schema)
        let table = Self.schema.parameter("table")
        let (name, arrivals) = Self.courses[course]
        var (weights, whole) = (start, start)
        var (optimizer, dense) = (kind.make(Self.schema), kind.make(Self.schema))
        let gradients = Gradients(Self.schema) { $0 == table }
        for (step, arrival) in arrivals.enumerated() {
            let values = Self.gradient(table, step)
            let picked: [Int32] =
                switch arrival {
                case .dense: [1, 3, 7]
                case .rows(let rows): rows
                case .nothing: []
                }
            let filled = values.enumerated().map { picked.contains(Int32($0 / 10)) ? $1 : 0 }
            func fill(byRows: Bool) {
                gradients.reset()
                if byRows {
                    let part = picked.flatMap { values[Int($0) * 10..<(Int($0) + 1) * 10] }
                    gradients.accumulate(table.index, rows: picked, Tensor(part, [picked.count, 10]))
                } else {
                    gradients.accumulate(table.index) { target, _ in for index in filled.indices { target[index] = filled[index] } }
                }
            }
            if case .dense = arrival { fill(byRows: false) } else { fill(byRows: true) }
            optimizer.step(&weights, gradients, rate: 0.05, gradientScale: 1)
            fill(byRows: false)
            dense.step(&whole, gradients, rate: 0.05, gradientScale: 1)
            #expect(
                difference(Self.read(table, weights), Self.read(table, whole).map(Double.init)) < 1e-6, "\(name), after step \(step)")
            if step == 2 { weights.settle() }
        }
        weights.settle()
        #expect(difference(weights[table].elements, whole[table].elements.map(Double.init)) < 1e-6, "\(name)")
    }

    @Test("an earlier state of the weights that was not settled keeps its decay")
    func earlierState() {
        let start = randomWeights(Self.schema)
        let table = Self.schema.parameter("table")
        func run(settling: Bool) -> [Float] {
            var weights = start
            var optimizer = OptimizerKind.adamW(weightDecay: 0.5).make(Self.schema)
            let gradients = Gradients(Self.schema) { $0 == table }
            var earlier = weights
            for step in 0..<6 {
                // Back to the state after the second step, whose rows 4 and 5 were not touched.
                if step == 4 { weights = earlier }
                gradients.reset()
                let picked: [Int32] = step < 2 ? [0] : [4, 5]
                gradients.accumulate(table.index, rows: picked, Tensor(repeating: 0.1, [picked.count, 10]))
                optimizer.step(&weights, gradients, rate: 0.1, gradientScale: 1)
                if settling { weights.settle() }
                if step == 1 { earlier = weights }
            }
            weights.settle()
            return weights[table].elements
        }
        #expect(difference(run(settling: false), run(settling: true).map(Double.init)) < 1e-6)
    }

    @Test("a second optimizer on weights that were not settled")
    func secondOptimizer() {
        let start = randomWeights(Self.schema)
        func run(settling: Bool) -> [Float] {
            var weights = start
            let gradients = Gradients(Self.schema) { _ in true }
            for part in 0..<2 {
                var optimizer = AdamW(Self.schema, weightDecay: 0.1)
                for step in 0..<4 {
                    Self.fill(gradients, step: 4 * part + step, byRows: true)
                    optimizer.step(&weights, gradients, rate: 0.05, gradientScale: 1)
                }
                if settling { weights.settle() }
            }
            weights.settle()
            return weights[Self.schema.parameter("table")].elements
        }
        #expect(difference(run(settling: false), run(settling: true).map(Double.init)) < 1e-6)
    }

    @Test("a parameter without gradient stays, whatever the others do")
    func withoutGradient() {
        let start = randomWeights(Self.schema)
        var weights = start
        var optimizer = AdamW(Self.schema)
        let gradients = Gradients(Self.schema) { $0.path.description == "bias" }
        let bias = Self.schema.parameter("bias")
        gradients.accumulate(bias.index) { target, _ in target.update(repeating: 1, count: 40) }
        optimizer.step(&weights, gradients, rate: 0.1, gradientScale: 1)
        for parameter in Self.schema.parameters where parameter.index != bias.index {
            #expect(weights[parameter].bits == start[parameter].bits)
            #expect(weights[parameter].storageIdentity == start[parameter].storageIdentity)
        }
        #expect(weights[bias].bits != start[bias].bits)
    }

    @Test("a snapshot keeps its values while training goes on")
    func snapshot() {
        var weights = randomWeights(Self.schema)
        var optimizer = AdamW(Self.schema)
        let gradients = Gradients(Self.schema) { _ in true }
        Self.fill(gradients, step: 0, byRows: true)
        optimizer.step(&weights, gradients, rate: 0.1, gradientScale: 1)
        var snapshot = weights
        let table = Self.read(Self.schema.parameter("table"), weights)
        let dense = weights[Self.schema.parameter("weight")].bits
        for step in 1..<4 {
            Self.fill(gradients, step: step, byRows: true)
            optimizer.step(&weights, gradients, rate: 0.1, gradientScale: 1)
        }
        #expect(snapshot[Self.schema.parameter("weight")].bits == dense)
        snapshot.settle()
        #expect(difference(snapshot[Self.schema.parameter("table")].elements, table.map(Double.init)) < 1e-7)
        #expect(weights[Self.schema.parameter("weight")].bits != dense)
    }
}
