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
    ///
    /// - Parameter fetching: whether a model that is not installed and can be fetched is fetched: nil asks on a terminal.
    init(_ argument: String, _ session: Session, fetching: Bool? = false) throws {
        name = argument
        guard ModelReference.isPath(argument) else {
            let model = try Self.installed(argument, session, fetching: fetching)
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

    /// The model of the store, or one that is fetched now.
    private static func installed(_ argument: String, _ session: Session, fetching: Bool?) throws -> InstalledModel {
        let problem: any ZooError
        do {
            return try session.store().resolve(ModelReference(argument))
        } catch let error as StoreError {
            guard case .notFound = error else { throw error }
            problem = error
        } catch let error as ReferenceError {
            problem = error
        }
        if case .directory? = fileKind(argument) {
            throw CommandError.notInstalled(problem, hint: "the folder of this name is \(quoted("./" + argument))")
        }
        guard let offer = ModelOffer(argument, session) else {
            guard problem.hint == nil else { throw problem }
            throw CommandError.notInstalled(problem, hint: "\"\(session.typed("search"))\" shows what can be fetched")
        }
        if let model = offer.installed(session) { return model }
        var isWanted = fetching == true
        if fetching == nil, let answer = try session.confirm("\(plain(argument)) is not installed; fetch \(offer.description)?") {
            isWanted = answer
        }
        if isWanted { return try offer.fetch(session) }
        throw CommandError.notInstalled(
            problem,
            hint: "\"\(offer.command(session))\" installs \(offer.description)"
                + (fetching == nil ? ", and so does --yes here" : ""))
    }

    /// Loads the model with its classifier.
    ///
    /// - Throws: `ModelError.noHead` when the checkpoint has none, `ModelError.otherTask` when it has one of another task.
    func classifier<Family: ModelFamily>(_ family: Family.Type, options: TokenizerOptions) throws -> Model<Family> {
        guard try Model<Family>.hasPublishedHead(assets) else {
            let argument = quoted(ModelReference.isPath(name) ? pathArgument(name) : name)
            throw CommandError.other(
                Failure(ModelError.noHead(model: name)),
                hint: "\"zoo finetune \(argument) --train \(Family.inputKind.sampleData) --out NAME\" trains one")
        }
        return try Model<Family>(assets, head: .published, options: options)
    }
}
