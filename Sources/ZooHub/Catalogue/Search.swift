public import ModelZoo
import ZooCatalogue
import ZooTensor

extension Catalogue {
    /// The catalogue of this version of the program.
    public static let builtIn: Catalogue = {
        do throws(SourceError) {
            return try Catalogue(decoding: EmbeddedCatalogue.bytes, file: "zoo/catalog.json")
        } catch {
            preconditionFailure("the program's own catalogue: \(error)")  // A test reads it.
        }
    }()
}

/// What a person looks for among the models that can be had.
public struct SearchQuery: Sendable {
    /// Words that must all occur in the name, the summary or the address.
    public var words: [String] = []
    /// The family's identifier.
    public var family: String?
    /// What the model does.
    public var task: String?
    /// The licence's identifier, in any case.
    public var licence: String?
    /// The largest number of parameters.
    public var maximumParameters: Int?
    /// The name of the source.
    public var source: String?

    /// Everything.
    public init() {}

    fileprivate func fits(_ result: SearchResult) -> Bool {
        let text = ([result.name, result.summary] + result.addresses).joined(separator: " ").lowercased()
        if let licence, result.licence?.lowercased() != licence.lowercased() { return false }
        if let maximumParameters, result.parameters.map({ $0 > maximumParameters }) ?? true { return false }
        return words.allSatisfy { text.contains($0.lowercased()) } && (family ?? result.family) == result.family
            && (task ?? result.task) == result.task && (source ?? result.source) == result.source
    }
}

/// A model that can be had.
public struct SearchResult: Sendable, Hashable {
    /// Where it is listed: ``catalogueName``, or the name of a mirror.
    public let source: String
    /// What to fetch it by.
    public let name: String
    /// What it is, in a line.
    public let summary: String
    /// The family's identifier.
    public let family: String
    /// What it does.
    public let task: String
    /// The number of parameters, if that is known.
    public let parameters: Int?
    /// The licence's identifier.
    public let licence: String?
    /// About how many bytes are fetched.
    public let byteCount: Int
    /// Where it is fetched from.
    public let addresses: [String]
    /// The digest of the manifest, if it is known beforehand.
    public let digest: Digest?

    /// The name of the program's own catalogue among the sources.
    public static let catalogueName = "catalogue"
}

extension SearchQuery {
    /// The models of the catalogue and of the mirrors' indices that fit: those whose name is or begins with the first word first, then by name.
    public func results(_ catalogue: Catalogue, _ mirrors: [(source: ModelMirror, index: Index)]) -> [SearchResult] {
        var all = catalogue.entries.map { entry in
            SearchResult(
                source: SearchResult.catalogueName, name: entry.name, summary: entry.summary, family: entry.family, task: entry.task,
                parameters: entry.parameters, licence: entry.licence, byteCount: entry.byteCount,
                addresses: entry.sources.map(\.description), digest: nil)
        }
        for (mirror, index) in mirrors {
            all += index.entries.map { entry in
                SearchResult(
                    source: mirror.name, name: entry.reference.description, summary: "", family: entry.family, task: entry.task,
                    parameters: nil, licence: entry.licence, byteCount: entry.byteCount, addresses: [mirror.address.description],
                    digest: entry.digest)
            }
        }
        let first = words.first?.lowercased() ?? ""
        func rank(_ result: SearchResult) -> Int {
            let name = result.name.lowercased()
            return first.isEmpty ? 0 : name == first ? 0 : name.hasPrefix(first) ? 1 : name.contains(first) ? 2 : 3
        }
        return all.filter(fits).sorted { (rank($0), $0.name, $0.source) < (rank($1), $1.name, $1.source) }
    }
}
