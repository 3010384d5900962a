import ModelZoo
import ZooHub
import ZooTensor

/// A model that an argument names, that is not installed, and that can be fetched.
struct ModelOffer {
    /// How `zoo fetch` is asked for it.
    let argument: String
    private let plan: ModelFetcher.Plan

    /// Looks for a model in the mirrors and in the catalogue, or takes the address of a repository of the hub; nil if there is none.
    ///
    /// - Parameter argument: as the user gave it: a name, `organisation/name`, `hf:organisation/name` or `https://…`.
    init?(_ argument: String, _ session: Session) {
        guard let store = try? session.store(), let fetcher = try? session.fetcher(store) else { return nil }
        let address = Self.hubAddress(argument) ?? argument
        guard !ModelReference.isPath(address), let plan = try? fetcher.plan(address) else { return nil }
        self.argument = address
        self.plan = plan
    }

    /// `hf:organisation/name` for `organisation/name`; nil for what is no repository's name.
    static func hubAddress(_ argument: String) -> String? {
        guard argument.split(separator: "/", omittingEmptySubsequences: false).count == 2, !argument.contains(":"),
            (try? SourceAddress("hf:" + argument)) != nil
        else { return nil }
        return "hf:" + argument
    }

    /// The name that it gets.
    var reference: ModelReference { plan.reference }

    /// The command that installs it.
    func command(_ session: Session) -> String { session.typed("fetch " + quoted(argument)) }

    /// What is known of it.
    var description: String {
        let facts = [plan.byteCount.map { "about " + byteSize($0) }, plan.licence.map { "licence " + plain($0) }].compactMap { $0 }
        return argument + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }

    /// The model, if an earlier fetch has installed it.
    func installed(_ session: Session) -> InstalledModel? {
        guard case .hub(let repository, _)? = try? SourceAddress(argument), let model = try? session.store().resolve(reference) else {
            return nil
        }
        return model.manifest.source == repository ? model : nil
    }

    /// Fetches and installs it.
    func fetch(_ session: Session) throws -> InstalledModel {
        let (fetcher, plan) = (try session.fetcher(try session.store()), plan)
        do {
            let result = try session.waiting("fetching") { try await fetcher.fetch(plan, replacing: false, progress: $0) }
            session.note("fetched \(result.model.reference) from \(result.source ?? "the store")")
            return result.model
        } catch StoreError.exists(let reference, let installed) {
            throw CommandError.taken(reference: reference, digest: installed.description, flag: "zoo fetch --replace")
        }
    }
}
