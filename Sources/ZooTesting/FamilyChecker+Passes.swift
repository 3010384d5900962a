import ModelZoo
import ZooNN
import ZooTensor

/// What a pass gives, alone and among others.
extension FamilyChecker {
    func shapes() throws -> Finding {
        var problems: [String] = []
        let configuration = model.configuration
        let segments = batch.segments
        let lengths = encoded.map(model.tokenizer.length)
        if lengths != segments.lengths {
            problems.append("the batch has sequences of \(segments.lengths) rows, the tokenizer tells \(lengths)")
        }
        if segments.longest > configuration.maxLength {
            problems.append("a sequence has \(segments.longest) tokens, the configuration allows \(configuration.maxLength)")
        }
        for (name, value) in [
            ("width", configuration.width), ("weightsPerToken", configuration.weightsPerToken), ("layerCount", configuration.layerCount),
            ("activationsPerToken", configuration.activationsPerToken),
        ] where value <= 0 {
            problems.append("the configuration's \(name) is \(value)")
        }
        let all = backbone.features(batch, Pass(backbone.weights))
        if all.reading != .everyToken { problems.append("not every token is read when that is asked for") }
        let first = all.firstTokens.value.elements
        var largest: Float = 0
        var seen: Set<Reading> = []
        for reading in [.everyToken, .firstToken, model.reading] where seen.insert(reading).inserted {
            let part = try Model<Family>(fixture.assets, head: .none(reading))
            let features = part.features(batch, Pass(part.weights))
            let rows = features.reading == .everyToken ? segments.rowCount : segments.count
            if features.segments != segments { problems.append("\(reading): the features have other sequences than the batch") }
            if features.tokens.shape != [rows, configuration.width] {
                problems.append("\(reading): the features are \(features.tokens.shape), expected [\(rows), \(configuration.width)]")
            }
            if let pooled = features.pooled, pooled.shape != [segments.count, configuration.width] {
                problems.append("\(reading): the summaries are \(pooled.shape), expected [\(segments.count), \(configuration.width)]")
            }
            let difference = largestDifference(features.firstTokens.value.elements, first, magnitude: magnitude(first))
            if !(difference <= 1e-5) {
                problems.append("\(reading): the first tokens differ from those of every token by \(short(difference))")
            }
            largest = max(largest, difference)
        }
        let logits = try model.logits(batch, Pass(model.weights)).value
        if logits.shape != [segments.count, model.labels.count] {
            problems.append("the logits are \(logits.shape), expected [\(segments.count), \(model.labels.count)]")
        }
        return Finding(problems, otherwise: "[\(segments.rowCount), \(configuration.width)], first tokens within \(short(largest))")
    }

    func packing() throws -> Finding {
        let count = encoded.count
        // Alone, each with the next one, and all in reverse order: other neighbours, and other places in the batch.
        var orders = (0..<count).map { [$0] }
        if count > 1 {
            orders += (0..<count).map { [$0, ($0 + 1) % count] }
            orders.append((0..<count).reversed())
        }
        orders.append(many)
        let features = backbone.features(batch, Pass(backbone.weights)).tokens.value.elements
        let logits = try model.logits(batch, Pass(model.weights)).value.elements
        let (width, classes) = (backbone.configuration.width, model.labels.count)
        guard features.count == batch.segments.rowCount * width, logits.count == count * classes else {
            return .failed(["features or logits have not as many rows as the batch"])
        }
        let magnitudes = (magnitude(features), magnitude(logits))
        var problems: [String] = []
        var largest: Float = 0
        for order in orders {
            let part = try batch(order)
            let partFeatures = backbone.features(part, Pass(backbone.weights)).tokens.value.elements
            let partLogits = try model.logits(part, Pass(model.weights)).value.elements
            for (place, number) in order.enumerated() {
                func compare(
                    _ what: String, _ found: [Float], _ rows: Range<Int>, _ whole: [Float], _ wholeRows: Range<Int>, _ columns: Int,
                    _ magnitude: Float
                ) {
                    let isThere = rows.upperBound * columns <= found.count
                    let difference =
                        isThere
                        ? largestDifference(
                            found[rows.lowerBound * columns..<rows.upperBound * columns],
                            whole[wholeRows.lowerBound * columns..<wholeRows.upperBound * columns], magnitude: magnitude) : .infinity
                    largest = max(largest, difference)
                    guard !(difference <= 1e-6) else { return }
                    problems.append("the \(what) of input \(number) differ by \(short(difference)) in the batch of the inputs \(order)")
                }
                compare("features", partFeatures, part.segments[place], features, batch.segments[number], width, magnitudes.0)
                compare("logits", partLogits, place..<place + 1, logits, number..<number + 1, classes, magnitudes.1)
            }
        }
        return Finding(problems, otherwise: "\(orders.count) batches within \(short(largest))")
    }

    func repeatability() throws -> Finding {
        var problems: [String] = []
        func features() -> Tensor { backbone.features(batch, Pass(backbone.weights)).tokens.value }
        func logits() throws -> Tensor { try model.logits(batch, Pass(model.weights)).value }
        if bits(features()) != bits(features()) { problems.append("two passes give different features") }
        if bits(try logits()) != bits(try logits()) { problems.append("two passes give different logits") }
        let runs = try (0..<2).map { _ in try gradients(model.weights, dropout: true) }
        if runs[0].loss.bitPattern != runs[1].loss.bitPattern {
            problems.append("two passes with dropout and one key give different losses")
        }
        for parameter in model.schema.parameters
        where runs[0].gradients.dense(parameter).map(bits) != runs[1].gradients.dense(parameter).map(bits) {
            problems.append("two passes with dropout and one key give different gradients of \(parameter.path)")
        }
        // The number of threads is the process's; whoever computes beside this gets the same bits with any.
        let usual = Threads.count
        defer { Threads.count = usual }
        var single: (features: [UInt32], gradients: [[UInt32]?])?
        for count in [1, 2, 3] {
            Threads.count = count
            let features = bits(backbone.features(try batch(many), Pass(backbone.weights)).tokens.value)
            let run = try gradients(model.weights, on: many, dropout: true).gradients
            let gradients = model.schema.parameters.map { run.dense($0).map(bits) }
            guard let first = single else {
                single = (features, gradients)
                continue
            }
            if features != first.features { problems.append("\(count) threads give other features than one") }
            for (parameter, (one, other)) in zip(model.schema.parameters, zip(first.gradients, gradients)) where one != other {
                problems.append("\(count) threads give another gradient of \(parameter.path) than one")
            }
        }
        return Finding(problems, otherwise: "the same bits of features, logits and gradients, on 1, 2 and 3 threads")
    }

    func saving() throws -> Finding {
        var problems: [String] = []
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        let again = try Model<Family>(Assets(folder: folder.path), head: .published)
        let names = Set(try Checkpoint(folder: folder.path).names)
        // What the family ignores is not written.
        let expected = Set(try Checkpoint(files: fixture.assets.paths).names.filter { Family.names.resolve($0) != .ignored })
        for name in expected.subtracting(names).sorted() { problems.append("\"\(printable(name))\" is not written") }
        for name in names.subtracting(expected).sorted() { problems.append("\"\(printable(name))\" is written and not in the fixture") }
        if again.labels != model.labels { problems.append("the labels are \(again.labels), they were \(model.labels)") }
        if again.schema.parameters.map(\.path) != model.schema.parameters.map(\.path) {
            problems.append("other parameters are declared")
        } else {
            for parameter in model.schema.parameters where bits(again.weights[parameter]) != bits(model.weights[parameter]) {
                problems.append("the values of \(parameter.path) differ")
            }
        }
        let inputs = try again.tokenizer.prepare(try fixture.examples.map { try again.tokenizer.encode($0.input) })
        let logits = try again.logits(again.tokenizer.batch(inputs, reserving: inputs.count), Pass(again.weights)).value
        if bits(logits) != bits(try model.logits(batch, Pass(model.weights)).value) { problems.append("the logits differ") }
        return Finding(problems, otherwise: "\(names.count) tensors, the same bits of weights and logits")
    }
}
