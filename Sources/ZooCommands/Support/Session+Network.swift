import ModelZoo
import ZooHub
import ZooTensor

extension Session {
    /// The network, unless it is not to be used.
    var network: Network { Network(environment, isOffline: isOffline) }

    /// A fetcher that knows this program's families.
    func fetcher(_ store: Store) throws -> ModelFetcher {
        let registry = registry
        return ModelFetcher(
            store, network,
            families: ModelFetcher.Families(
                check: { _ = try registry.family(named: $0.family) },
                describe: { try registry.description(of: $0, file: "config.json") },
                inspect: { _ = try registry.check($0, $1) }))
    }
}
