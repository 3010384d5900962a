import ModelZoo
import ZooNN
import ZooTensor

/// Comparison with the reference implementation.
extension FamilyChecker {
    func inputs() throws -> Finding {
        var problems: [String] = []
        var compared: [String] = []
        var sequences = 0
        for (number, example) in fixture.examples.enumerated() where example.ids != nil || example.types != nil {
            guard let encoding = encoded[number] as? Encoding else {
                return .failed(["the fixture has token ids, but the tokenizer gives \(Family.InputTokenizer.Encoded.self)"])
            }
            if let ids = example.ids, ids != encoding.ids { problems.append("input \(number): ids \(encoding.ids), expected \(ids)") }
            if let types = example.types, types != encoding.typeIDs {
                problems.append("input \(number): types \(encoding.typeIDs), expected \(types)")
            }
            sequences += 1
        }
        if sequences > 0 { compared.append("\(sequences) sequences of ids") }
        if let expected = fixture.expected, expected.contains("pixel_values") {
            guard let patches = batch as? PatchBatch else {
                return .failed(["the fixture has pixel values, but the tokenizer gives \(Batch.self)"])
            }
            let pixels = try expected.tensor("pixel_values")
            guard let unfolded = unfold(pixels, patchesPerImage: patches.patchesPerImage) else {
                return .failed(["\(pixels.shape) pixel values are not cut into \(patches.patchesPerImage) square patches an image"])
            }
            let difference = largestDifference(patches.patches.elements, unfolded, magnitude: 1)
            if !(difference <= 1e-5) { problems.append("pixel values differ by \(short(difference))") }
            compared.append("pixels of \(fixture.examples.count) images within \(short(difference))")
        }
        if compared.isEmpty { return .leftOut("the fixture has no ids and no pixel values") }
        return Finding(problems, otherwise: compared.joined(separator: ", "))
    }

    /// `[images, 3, height, width]` cut into square patches as a batch has them: one after the other, channel by channel within each.
    private func unfold(_ pixels: Tensor, patchesPerImage: Int) -> [Float]? {
        guard pixels.shape.rank == 4, patchesPerImage > 0 else { return nil }
        let (images, channels, height, width) = (pixels.shape[0], pixels.shape[1], pixels.shape[2], pixels.shape[3])
        let edge = Int((Double(height * width) / Double(patchesPerImage)).squareRoot().rounded())
        guard edge > 0, height % edge == 0, width % edge == 0, edge * edge * patchesPerImage == height * width else { return nil }
        let elements = pixels.elements
        var result: [Float] = []
        result.reserveCapacity(elements.count)
        for image in 0..<images {
            for top in stride(from: 0, to: height, by: edge) {
                for left in stride(from: 0, to: width, by: edge) {
                    for channel in 0..<channels {
                        for row in top..<top + edge {
                            let start = ((image * channels + channel) * height + row) * width + left
                            result += elements[start..<start + edge]
                        }
                    }
                }
            }
        }
        return result
    }

    func values() throws -> Finding {
        guard let expected = fixture.expected else { return .leftOut("the fixture has no reference") }
        var problems: [String] = []
        var compared: [String] = []
        func compare(_ name: String, _ found: @autoclosure () throws -> Tensor) throws {
            guard expected.contains(name) else { return }
            let (wanted, found) = (try expected.tensor(name), try found())
            let difference = largestDifference(found.elements, wanted.elements, magnitude: max(1, magnitude(wanted.elements)))
            let isColumnCountEqual = wanted.count == 1 || wanted.columns == found.columns
            if !(difference <= 1e-4) || !isColumnCountEqual {
                problems.append("\(name) differs: \(found.shape) from \(wanted.shape) by \(short(difference))")
            }
            compared.append("\(name) within \(short(difference))")
        }
        try compare("hidden", backbone.features(batch, Pass(backbone.weights)).tokens.value)
        try compare("logits", model.logits(batch, Pass(model.weights)).value)
        try compare("loss", CrossEntropy()(model.logits(batch, Pass(model.weights)), labels: labels).value)
        if compared.isEmpty { return .leftOut("the reference has no hidden states, logits and loss") }
        return Finding(problems, otherwise: compared.joined(separator: ", "))
    }

    func gradients() throws -> Finding {
        let prefix = "gradients."
        let names = (fixture.expected?.names ?? []).filter { $0.hasPrefix(prefix) }
        guard let expected = fixture.expected, !names.isEmpty else { return .leftOut("the fixture has no gradients") }
        var problems: [String] = []
        var wanted: [ParameterPath: Tensor] = [:]
        for name in names {
            let upstream = String(name.dropFirst(prefix.count))
            guard case .parameter(let path) = Family.names.resolve(upstream) else {
                problems.append("the reference has a gradient of \"\(upstream)\", which no entry knows")
                continue
            }
            wanted[path] = try expected.tensor(name)
        }
        let total = norm(wanted.values.lazy.flatMap(\.elements))
        let (_, found) = try gradients(model.weights)
        var largest = 0.0
        for parameter in model.schema.parameters {
            guard let reference = wanted.removeValue(forKey: parameter.path) else {
                problems.append("the reference has no gradient of \(parameter.path)")
                continue
            }
            let gradient = found.dense(parameter) ?? Tensor(repeating: 0, parameter.shape)
            guard gradient.shape == reference.shape else {
                problems.append("the gradient of \(parameter.path) has the shape \(gradient.shape), expected \(reference.shape)")
                continue
            }
            let error = norm(zip(gradient.elements, reference.elements).map { $0 - $1 })
            let share = error / max(norm(reference.elements), 0.01 * total)
            if !(share <= 1e-4) { problems.append("the gradient of \(parameter.path) is off by \(short(share)) of its norm") }
            largest = max(largest, share)
        }
        for path in wanted.keys.sorted() { problems.append("the reference has a gradient of \(path), which the model does not declare") }
        return Finding(problems, otherwise: "\(names.count) gradients within \(short(largest)) of their norms")
    }

    func slopes() throws -> Finding {
        var problems: [String] = []
        var largest = 0.0
        for dropout in [false, true] {
            for difference in try checkGradients(model, inputs: fixture.examples.map(\.input), labels: labels, dropout: dropout) {
                if !(difference.error <= 0.02) {
                    problems.append(
                        "the gradient of \(difference.parameter)\(dropout ? " with dropout" : "") is off its slope by "
                            + "\(short(difference.error)) of its norm, \(short(difference.gradientNorm))")
                }
                largest = max(largest, difference.error)
            }
        }
        return Finding(problems, otherwise: "within \(short(largest)), with and without dropout")
    }
}
