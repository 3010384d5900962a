import ZooNN
import ZooTensor

/// Fills a schema from a checkpoint, all at once, with one error for everything that does not fit.
struct CheckpointLoader {
    /// The tables of names to try; the one that knows most of the checkpoint's names is taken.
    let layouts: [NameMap]
    let schema: Schema
    /// What errors call the checkpoint.
    let file: String
    /// How the value of a parameter is made of a tensor of another shape, where the family knows
    /// (see ``ModelFamily/adaptation(of:to:_:)``).
    var adaptation: (Shape, Parameter) -> ((Tensor) -> Tensor)? = { _, _ in nil }

    /// Where the value of a parameter comes from.
    fileprivate struct Source {
        let name: String
        /// Which of how many equal parts of the tensor's rows.
        var part = 0
        var parts = 1
    }

    /// What the checkpoint's names stand for.
    private struct Resolved {
        var sources: [ParameterPath: [Source]] = [:]
        var unexpected: [String] = []

        init(_ checkpoint: Checkpoint, _ names: NameMap) {
            for name in checkpoint.names {
                switch names.resolve(name) {
                case .parameter(let path): sources[path, default: []].append(Source(name: name))
                case .fused(let paths):
                    for (part, path) in paths.enumerated() {
                        sources[path, default: []].append(Source(name: name, part: part, parts: paths.count))
                    }
                case .ignored: continue
                case .unknown: unexpected.append(name)
                }
            }
        }
    }

    /// Where each parameter comes from, and what is left.
    struct Fit {
        /// For each parameter of the schema its source, nil where it is made new.
        fileprivate var chosen: [Source?] = []
        /// The parameters that are made new.
        fileprivate(set) var new: [ParameterPath] = []
        /// The tensors that nothing needs.
        fileprivate(set) var unused: Set<String> = []
    }

    /// Compares the schema with a checkpoint's headers.
    ///
    /// - Parameters:
    ///   - fresh: the parameters that are made new whatever the checkpoint holds.
    ///   - optional: patterns of parameters that are made new when the checkpoint lacks them.
    /// - Throws: `ModelError.checkpoint` with everything that does not fit.
    func fit(_ checkpoint: Checkpoint, fresh: (Parameter) -> Bool, optional: [String]) throws -> Fit {
        var fit = Fit()
        var problems = CheckpointProblems()
        var names = layouts[0]
        var resolved = Resolved(checkpoint, names)
        for layout in layouts.dropFirst() where !resolved.unexpected.isEmpty {
            let other = Resolved(checkpoint, layout)
            if other.unexpected.count < resolved.unexpected.count { (names, resolved) = (layout, other) }
        }
        problems.unexpected = resolved.unexpected
        var known: Set<ParameterPath> = []
        for parameter in schema.parameters {
            known.insert(parameter.path)
            let candidates = resolved.sources[parameter.path] ?? []
            if candidates.count > 1 { problems.ambiguous.append((parameter.path.description, candidates.map(\.name))) }
            if fresh(parameter) || (candidates.isEmpty && optional.contains(where: parameter.path.matches)) {
                fit.new.append(parameter.path)
                fit.chosen.append(nil)
            } else if let source = candidates.first {
                let found = try checkpoint.shape(of: source.name)
                if !fits(found, source, parameter) {
                    problems.misshaped.append((source.name, Self.whole(parameter.shape, source.parts), found.dimensions))
                }
                fit.chosen.append(source)
            } else {
                problems.missing.append((parameter.path.description, names.upstream(parameter.path, withHead: false) ?? "?"))
                fit.chosen.append(nil)
            }
        }
        // Layers beyond those that the configuration declares are as wrong as unknown names; a pooler or a head that is not needed is fine.
        for (path, sources) in resolved.sources where !known.contains(path) {
            if schema.parameters.contains(where: { $0.path.segments.first == path.segments.first }) {
                problems.unexpected += sources.map(\.name)
            } else {
                fit.unused.formUnion(sources.map(\.name))
            }
        }
        problems.unexpected.sort()
        guard problems.isEmpty else { throw ModelError.checkpoint(file: file, problems: problems) }
        return fit
    }

    /// - Parameters:
    ///   - fresh: the parameters that are made new whatever the checkpoint holds.
    ///   - optional: patterns of parameters that are made new when the checkpoint lacks them.
    /// - Returns: also the parameters that were made new.
    func load(
        _ checkpoint: Checkpoint, fresh: (Parameter) -> Bool, optional: [String], seed: UInt64
    ) throws -> (weights: Weights, fresh: Set<ParameterPath>, notes: [String]) {
        let fit = try fit(checkpoint, fresh: fresh, optional: optional)
        if let available = MemoryLimit.bytes, 4 * schema.valueCount > available {
            throw ModelError.memory(file: file, needed: 4 * schema.valueCount, available: available)
        }

        var pieces: (name: String, tensor: Tensor)?  // of a fused tensor, whose parts follow each other
        let tensors = try zip(schema.parameters, fit.chosen).map { parameter, source in
            guard let source else {
                return try MemoryReservation.hold(5 * parameter.shape.count, for: "the new values of \(parameter.path)") {
                    Weights.fresh(parameter, seed: seed)
                }
            }
            if source.parts > 1 {
                let whole = pieces?.name == source.name ? pieces?.tensor : nil
                let tensor = if let whole { whole } else { try checkpoint.tensor(source.name) }
                pieces = (source.name, tensor)
                return tensor.part(from: source.part * parameter.shape.count, shape: parameter.shape)
            }
            let tensor = try checkpoint.tensor(source.name)
            if tensor.shape == parameter.shape { return tensor }
            guard let adapt = adaptation(tensor.shape, parameter) else { return tensor }
            // Two axes one after the other, in double precision at most.
            let greatest = max(tensor.count, parameter.shape.count)
            try OutOfMemoryError.require(32 * greatest, for: "the values of \(parameter.path)")
            return adapt(tensor)
        }
        var notes: [String] = []
        if !fit.new.isEmpty { notes.append("new, with random values: " + fit.new.map(\.description).joined(separator: ", ")) }
        if !fit.unused.isEmpty {
            notes.append("in the checkpoint but not used: " + fit.unused.sorted().map { printable($0) }.joined(separator: ", "))
        }
        return (Weights(schema, tensors), Set(fit.new), notes)
    }

    /// The shape of a tensor that holds as many parts one after the other.
    private static func whole(_ shape: Shape, _ parts: Int) -> Shape {
        parts == 1 || shape.rank == 0 ? shape : Shape([shape[0] * parts] + shape.dimensions.dropFirst())
    }

    private func fits(_ found: Shape, _ source: Source, _ parameter: Parameter) -> Bool {
        if found == Self.whole(parameter.shape, source.parts) { return true }
        return source.parts == 1 && found.count > 0 && adaptation(found, parameter) != nil
    }
}
