import ModelZoo
import ZooNN
import ZooTensor

/// What training does, through the engine alone: passes, cross-entropy and AdamW.
extension FamilyChecker {
    /// The loss of all inputs and its gradients. The pass ends here, so that an optimizer finds weights that nobody else holds.
    func gradients(
        _ weights: Weights, on places: [Int]? = nil, dropout: Bool = false, trainable: (Parameter) -> Bool = { _ in true }
    ) throws -> (loss: Float, gradients: Gradients) {
        let batch = if let places { try self.batch(places) } else { self.batch }
        let labels = places.map { places in places.map { self.labels[$0] } } ?? self.labels
        let gradients = Gradients(model.schema, trainable: trainable)
        let pass = Pass(weights, gradients: gradients, random: RandomKey(seed: 1), dropout: dropout)
        let loss = CrossEntropy()(try model.logits(batch, pass), labels: labels)
        pass.backward(from: loss)
        return (loss.value.elements[0], gradients)
    }

    /// The weights after some steps without dropout, and the loss before each of them.
    private func trained(steps: Int, _ trainable: (Parameter) -> Bool = { _ in true }) throws -> (weights: Weights, losses: [Float]) {
        var weights = model.weights.copy()
        var optimizer = OptimizerKind.adamW().make(model.schema)
        var losses: [Float] = []
        for _ in 0..<steps {
            let (loss, gradients) = try gradients(weights, trainable: trainable)
            losses.append(loss)
            optimizer.step(&weights, gradients, rate: fixture.learningRate, gradientScale: 1)
        }
        weights.settle()
        return (weights, losses)
    }

    func reachability() throws -> Finding {
        let missing = try gradients(model.weights).gradients.missing
        return Finding(
            missing.map { "\($0.path) receives no gradient" },
            otherwise: "all \(model.schema.parameters.count) parameters receive a gradient")
    }

    func learning() throws -> Finding {
        let (weights, losses) = try trained(steps: 3)
        let course = losses + [try gradients(weights).loss]
        let text = course.map { Float(($0 * 1e4).rounded() / 1e4).description }.joined(separator: " → ")
        return Finding(course[3] < course[0] ? [] : ["the loss does not fall: \(text)"], otherwise: "loss \(text)")
    }

    func strategies() throws -> Finding {
        func isHead(_ parameter: Parameter) -> Bool { parameter.path.segments.first == "classifier" }
        guard model.schema.parameters.contains(where: isHead) else {
            return .failed(["no parameter of the head is called \"classifier.…\""])
        }
        var plans: [(name: String, trains: (Parameter) -> Bool)] = [("full", { _ in true }), ("head-only", isHead)]
        // The first layer, or what a family without layers declares first.
        let first = model.schema.parameters.first { !isHead($0) }?.path.segments.first
        let hasLayers = model.schema.parameters.contains { $0.path.matches("layers.0") }
        if let pattern = hasLayers ? "layers.0" : first { plans.append(("freeze \(pattern)", { !$0.path.matches(pattern) })) }

        // A gradient that is rounding alone, or 0 as under a dead ReLU, need not change anything.
        let gradients = try gradients(model.weights).gradients
        let least = 1e-7 * gradients.globalNorm()
        let hasGradient = model.schema.parameters.map { norm(gradients.dense($0)?.elements ?? []) > least }
        var problems: [String] = []
        var counts: [String] = []
        for plan in plans {
            let weights = try trained(steps: 1, plan.trains).weights
            var changed = 0
            for parameter in model.schema.parameters {
                let isChanged = bits(weights[parameter]) != bits(model.weights[parameter])
                if isChanged { changed += 1 }
                if isChanged && !plan.trains(parameter) { problems.append("\(plan.name) changes \(parameter.path)") }
                if !isChanged && plan.trains(parameter) && hasGradient[parameter.index] {
                    problems.append("\(plan.name) does not change \(parameter.path)")
                }
            }
            counts.append("\(plan.name) \(changed)")
        }
        return Finding(problems, otherwise: "parameters changed: " + counts.joined(separator: ", "))
    }
}
