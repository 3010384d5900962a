import ModelZoo
import ZooTensor

/// A model that an argument names: one in the store, or a folder as upstream lays it out.
struct LocatedModel {
    /// What messages and commands call it.
    let name: String
    /// The files.
    let assets: Assets
    /// The model in the store, if it is one.
    let installed: InstalledModel?
    /// The family.
    let family: any ModelFamily.Type

    /// Finds a model.
    ///
    /// - Throws: `StoreError`, `ReferenceError`, `ModelError.unknownFamily`, `CommandError.bundle`, `FileError`.
    init(_ argument: String, _ session: Session) throws {
        name = argument
        guard ModelReference.isPath(argument) else {
            let model = try session.store().resolve(ModelReference(argument))
            installed = model
            family = try session.registry.family(named: model.manifest.family)
            assets = try Assets(model)
            return
        }
        if case .regular? = fileKind(argument) { throw CommandError.bundle(path: argument) }
        var folder = argument
        while folder.utf8.count > 1 && folder.hasSuffix("/") { folder.removeLast() }
        installed = nil
        assets = try Assets(folder: folder)
        family = try session.registry.family(of: assets.json("config.json"), file: assets.label("config.json"))
    }

    /// Loads the model with its classifier.
    ///
    /// - Throws: `ModelError.noHead` when the checkpoint has none, `ModelError.otherTask` when it has one of another task.
    func classifier<Family: ModelFamily>(_ family: Family.Type, options: TokenizerOptions) throws -> Model<Family> {
        guard try Model<Family>.hasPublishedHead(assets) else { throw ModelError.noHead(model: name) }
        return try Model<Family>(assets, head: .published, options: options)
    }
}
