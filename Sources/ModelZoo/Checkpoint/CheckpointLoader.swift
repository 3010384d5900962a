import ZooNN
import ZooTensor

/// Fills a schema from a checkpoint, all at once, with one error for everything that does not fit.
struct CheckpointLoader {
    let names: NameMap
    let schema: Schema
    /// What errors call the checkpoint.
    let file: String

    /// - Parameters:
    ///   - fresh: the parameters that are made new whatever the checkpoint holds.
    ///   - optional: patterns of parameters that are made new when the checkpoint lacks them.
    func load(
        _ checkpoint: Checkpoint, fresh: (Parameter) -> Bool, optional: [String], seed: UInt64
    ) throws -> (weights: Weights, notes: [String]) {
        var problems = CheckpointProblems()
        var sources: [ParameterPath: [String]] = [:]
        for name in checkpoint.names {
            switch names.resolve(name) {
            case .parameter(let path): sources[path, default: []].append(name)
            case .ignored: continue
            case .unknown: problems.unexpected.append(name)
            }
        }
        var known: Set<ParameterPath> = []
        var new: [ParameterPath] = []
        var chosen: [String?] = []
        for parameter in schema.parameters {
            known.insert(parameter.path)
            let candidates = sources[parameter.path] ?? []
            if candidates.count > 1 { problems.ambiguous.append((parameter.path.description, candidates)) }
            if fresh(parameter) || (candidates.isEmpty && optional.contains(where: parameter.path.matches)) {
                new.append(parameter.path)
                chosen.append(nil)
            } else if let name = candidates.first {
                let found = try checkpoint.shape(of: name)
                if found != parameter.shape { problems.misshaped.append((name, parameter.shape, found.dimensions)) }
                chosen.append(name)
            } else {
                problems.missing.append((parameter.path.description, names.upstream(parameter.path, withHead: false) ?? "?"))
                chosen.append(nil)
            }
        }
        // Layers beyond those that the configuration declares are as wrong as unknown names; a pooler or a head that is not needed is fine.
        var unused: [String] = []
        for (path, upstream) in sources where !known.contains(path) {
            if schema.parameters.contains(where: { $0.path.segments.first == path.segments.first }) {
                problems.unexpected += upstream
            } else {
                unused += upstream
            }
        }
        problems.unexpected.sort()
        guard problems.isEmpty else { throw ModelError.checkpoint(file: file, problems: problems) }

        let tensors = try zip(schema.parameters, chosen).map { parameter, name in
            try name.map(checkpoint.tensor) ?? Weights.fresh(parameter, seed: seed)
        }
        var notes: [String] = []
        if !new.isEmpty { notes.append("new, with random values: " + new.map(\.description).joined(separator: ", ")) }
        if !unused.isEmpty {
            notes.append("in the checkpoint but not used: " + unused.sorted().map { printable($0) }.joined(separator: ", "))
        }
        return (Weights(schema, tensors), notes)
    }
}
