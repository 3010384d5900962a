import ModelZoo

/// Installed models below what they were made from, and their files.
struct ModelTree {
    private let models: [InstalledModel]
    private let damaged: [ModelReference: [String]]

    /// - Parameter damaged: the damaged files of each model.
    init(_ models: [InstalledModel], damaged: [[String]]) {
        self.models = models
        self.damaged = Dictionary(zip(models.map(\.reference), damaged)) { first, _ in first }
    }

    /// One line for each model and file.
    func lines(_ style: Style) -> [String] {
        let digests = Set(models.map(\.digest))
        var lines: [String] = []
        var shown: Set<ModelReference> = []
        func add(_ model: InstalledModel, depth: Int) {
            guard shown.insert(model.reference).inserted else { return }
            let space = String(repeating: "  ", count: depth)
            let damaged = Set(damaged[model.reference] ?? [])
            lines.append("\(space)\(style.bold(model.reference.description)) \(model.digest.short), \(byteSize(model.byteCount))")
            for file in model.manifest.files {
                let mark = damaged.contains(file.name) ? " (damaged)" : ""
                lines.append("\(space)  \(plain(file.name)) \(file.digest.short), \(byteSize(file.byteCount))\(mark)")
            }
            for other in models where other.manifest.provenance?.base == model.digest { add(other, depth: depth + 1) }
        }
        for model in models where model.manifest.provenance?.base.map({ !digests.contains($0) || $0 == model.digest }) ?? true {
            add(model, depth: 0)
        }
        for model in models { add(model, depth: 0) }
        return lines
    }
}
