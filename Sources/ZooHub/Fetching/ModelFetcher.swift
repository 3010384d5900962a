public import ModelZoo
import Synchronization
public import ZooTensor

/// Fetches models by name or address: from mirrors, the hub, or any web server, into the store.
public struct ModelFetcher: Sendable {
    /// What a fetch gave.
    public struct Result: Sendable {
        /// The model as it is installed now.
        public let model: InstalledModel
        /// Where it came from; nil if it was there already.
        public let source: String?
        /// The sources that were tried before, and what each said.
        public let failures: [String]
    }

    /// What is known about a model that can be had, before anything is fetched.
    public struct Plan: Sendable {
        /// The name and tag that it gets.
        public let reference: ModelReference
        /// The sources in the order in which they are tried.
        public let sources: [String]
        /// About how many bytes are fetched, where that is known.
        public let byteCount: Int?
        /// The licence, where it is known.
        public let licence: String?
        /// The digest that the user asked for.
        public let digest: Digest?

        fileprivate let candidates: [Candidate]
    }

    fileprivate enum Candidate: Sendable {
        case mirror(ModelMirror, Index.Entry)
        case hub(repository: String, revision: String?, weights: Digest?)
        case web(String)
        /// A mirror that need not be trusted, since the model's digest is known.
        case unsigned(SourceAddress, Digest)

        var name: String {
            switch self {
            case .mirror(let mirror, _): "\(mirror.name) (\(mirror.address))"
            case .hub(let repository, let revision, _): SourceAddress.hub(repository: repository, revision: revision).description
            // Without the query, which may hold a secret.
            case .web(let text): WebAddress(text)?.description ?? text
            case .unsigned(let address, let digest): "\(address) (by its digest \(digest.short))"
            }
        }

        /// Whether it is there without a network.
        var isLocal: Bool {
            switch self {
            case .mirror(let mirror, _): if case .path = mirror.address { true } else { false }
            case .unsigned(let address, _): if case .path = address { true } else { false }
            case .hub, .web: false
            }
        }
    }

    /// How families look at what is fetched.
    public struct Families: Sendable {
        /// Throws to refuse a manifest, as that of an unknown family.
        public let check: @Sendable (Manifest) throws -> Void
        /// The family of an upstream `config.json`, and this in the form of `transformers`.
        public let describe: @Sendable (JSON) throws -> (family: String, configuration: JSON)
        /// Throws to refuse a model whose files do not fit each other.
        public let inspect: @Sendable (Manifest, Assets) throws -> Void

        /// All of them.
        public init(
            check: @escaping @Sendable (Manifest) throws -> Void,
            describe: @escaping @Sendable (JSON) throws -> (family: String, configuration: JSON),
            inspect: @escaping @Sendable (Manifest, Assets) throws -> Void = { _, _ in }
        ) {
            self.check = check
            self.describe = describe
            self.inspect = inspect
        }
    }

    private let store: Store
    private let network: Network
    private let catalogue: Catalogue
    private let families: Families

    /// A fetcher into a store.
    public init(_ store: Store, _ network: Network, families: Families, catalogue: Catalogue = .builtIn) {
        self.store = store
        self.network = network
        self.catalogue = catalogue
        self.families = families
    }

    // MARK: what to fetch

    /// Finds out where a model can be had.
    ///
    /// - Parameters:
    ///   - text: a reference, `source/reference`, or an address.
    ///   - name: the name, or name and tag, that it gets; its own unless given.
    ///   - lock: the digests that models must have.
    ///   - place: the mirror that has it, one that need not be trusted: then the digest must be known.
    /// - Throws: `ReferenceError`, `SourceError.noModel` with names that are near, `SourceError.otherDigest`.
    public func plan(
        _ text: String, as name: ModelReference? = nil, lock: LockFile = LockFile(), from place: SourceAddress? = nil
    ) throws -> Plan {
        if let place { return try plan(ModelReference(text), name, lock, place) }
        if SourceAddress.isAddress(text) { return try plan(SourceAddress(text), name, lock) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let source = parts.count == 2 ? parts[0] : nil
        let reference = try ModelReference(parts.last ?? text)
        let mirrors = try SourceList(store).mirrors()
        if let source, source != SearchResult.catalogueName { _ = try SourceList(store).mirror(source) }
        var target = try ModelReference(name: reference.name, tag: reference.tag)
        if let name { target = try ModelReference(name: name.name, tag: name.tag) }
        let locked = lock.digest(of: target)
        if let locked, let asked = reference.digest, asked != locked {
            throw SourceError.otherDigest(reference: text, expected: locked.description, found: asked.description)
        }
        let digest = reference.digest ?? locked
        var candidates: [Candidate] = []
        var other: Digest?
        for mirror in mirrors where source == nil || source == mirror.name {
            guard let entry = mirror.known.index?.entry(reference) else { continue }
            if let digest, digest != entry.digest {
                other = entry.digest
                continue
            }
            candidates.append(.mirror(mirror, entry))
        }
        var entry: Catalogue.Entry?
        if source == nil || source == SearchResult.catalogueName, reference.tag == ModelReference.defaultTag {
            entry = catalogue.entry(reference.name)
            for case .hub(let repository, let revision) in entry?.sources ?? [] {
                candidates.append(.hub(repository: repository, revision: revision, weights: entry?.weights))
            }
            for case .web(let address) in entry?.sources ?? [] { candidates.append(.web(address)) }
        }
        guard !candidates.isEmpty else {
            if let digest, let other {
                throw SourceError.otherDigest(reference: text, expected: digest.description, found: other.description)
            }
            throw notFound(reference, text, mirrors, source)
        }
        var first: Index.Entry?
        if case .mirror(_, let found)? = candidates.first { first = found }
        return Plan(
            reference: target, sources: candidates.map(\.name), byteCount: first?.byteCount ?? entry?.byteCount,
            licence: first?.licence ?? entry?.licence,
            digest: digest, candidates: candidates)
    }

    private func plan(_ reference: ModelReference, _ name: ModelReference?, _ lock: LockFile, _ place: SourceAddress) throws -> Plan {
        let target = try ModelReference(name: (name ?? reference).name, tag: (name ?? reference).tag)
        guard let digest = reference.digest ?? lock.digest(of: target) else {
            throw SourceError.noDigest(reference: reference.description, address: place.description)
        }
        let candidate = Candidate.unsigned(place, digest)
        return Plan(
            reference: target, sources: [candidate.name], byteCount: nil, licence: nil, digest: digest, candidates: [candidate])
    }

    private func plan(_ address: SourceAddress, _ name: ModelReference?, _ lock: LockFile) throws -> Plan {
        let candidate: Candidate
        let own: String?
        switch address {
        case .path(let path):
            throw SourceError.address(text: path, reason: "a path is imported, not fetched")
        case .hub(let repository, let revision):
            candidate = .hub(repository: repository, revision: revision, weights: nil)
            own = repository.split(separator: "/").last.map(String.init)
        case .web(let text):
            candidate = .web(text)
            let file = WebAddress(text)?.path.split(separator: "/").last.map(String.init) ?? ""
            own = file.hasSuffix(".zoo") ? String(file.dropLast(4)) : Importer.modelName(ofArchive: file)
        }
        guard let target = try name ?? own.map({ try ModelReference(name: $0) }) else {
            throw SourceError.address(text: address.description, reason: "it does not tell a name; give one with --as")
        }
        return Plan(
            reference: target, sources: [candidate.name], byteCount: nil, licence: nil, digest: lock.digest(of: target),
            candidates: [candidate])
    }

    private func notFound(_ reference: ModelReference, _ text: String, _ mirrors: [ModelMirror], _ source: String?) -> SourceError {
        var names: [String] = []
        if source == nil || source == SearchResult.catalogueName { names += catalogue.entries.map(\.name) }
        for mirror in mirrors where source == nil || source == mirror.name {
            names += mirror.known.index?.entries.map(\.reference.description) ?? []
        }
        let asked = reference.tag == ModelReference.defaultTag ? reference.name : "\(reference.name):\(reference.tag)"
        let searched = source.map { [$0] } ?? [SearchResult.catalogueName] + mirrors.map(\.name)
        return .noModel(reference: text, near: nearNames(asked, among: names), searched: searched)
    }

    // MARK: fetching

    /// Fetches a model: its sources are tried in order until one gives it.
    ///
    /// - Parameters:
    ///   - replacing: whether another model of that name and tag gives way.
    ///   - progress: told now and then how far it is.
    /// - Throws: the error of the only source, or `SourceError.allFailed` with what each said; nothing is installed then.
    public func fetch(
        _ plan: Plan, replacing: Bool, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> Result {
        if network.isOffline, !plan.candidates.contains(where: \.isLocal),
            let pinned = try? ModelReference(name: plan.reference.name, tag: plan.reference.tag, digest: plan.digest),
            let model = try? store.resolve(pinned), store.damagedFiles(of: [model]) == [[]]
        {
            return Result(model: model, source: nil, failures: [])
        }
        var failures: [(source: String, error: any ZooError)] = []
        for candidate in plan.candidates {
            do {
                let model = try await fetch(candidate, plan, replacing, progress)
                return Result(
                    model: model, source: candidate.name, failures: failures.map { "\($0.source): \($0.error.message)" })
            } catch let error as StoreError {
                throw error  // No other source helps against a full disk, or a name that is taken.
            } catch let error as FileError where error.exitCode == .resources {
                throw error
            } catch let error as any ZooError {
                failures.append((candidate.name, error))
            }
        }
        if failures.count == 1, let failure = failures.first {
            guard failure.error.exitCode == .network else { throw failure.error }
        }
        // What weighs most: a wrong signature more than a server that is down.
        let order: [ExitCode] = [.trust, .format, .network, .refused]
        let exitCode = order.first { code in failures.contains { $0.error.exitCode == code } } ?? failures.first?.error.exitCode ?? .network
        throw SourceError.allFailed(
            reference: plan.reference.description, reasons: failures.map { "\($0.source): \($0.error.description)" }, exitCode: exitCode)
    }

    private func fetch(
        _ candidate: Candidate, _ plan: Plan, _ replacing: Bool, _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws -> InstalledModel {
        switch candidate {
        case .mirror(let mirror, let entry):
            try mirror.known.checkTime(.now, file: mirror.address.description)
            return try await MirrorClient(store, network).fetch(
                entry, from: mirror, as: plan.reference, replacing: replacing, check: families.check, progress: progress)
        case .unsigned(let address, let digest):
            return try await MirrorClient(store, network).fetch(
                digest, from: address, as: plan.reference, replacing: replacing, check: families.check, progress: progress)
        case .hub(let repository, let revision, let weights):
            return try await fetchFromHub(repository, revision, weights, plan, replacing, progress)
        case .web(let address): return try await fetchBundle(address, plan, replacing, progress)
        }
    }

    // MARK: mending

    /// Fetches what is missing or damaged of an installed model, and only that: from the mirrors that have it, else from where the model came
    /// from on the hub.
    ///
    /// - Returns: the names of the files that were mended.
    /// - Throws: `SourceError.allFailed` when no source has them.
    public func repair(_ model: InstalledModel, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }) async throws -> [String] {
        var failures: [(source: String, error: any ZooError)] = []
        for mirror in try SourceList(store).mirrors()
        where mirror.known.index?.entries.contains(where: { $0.digest == model.digest }) == true {
            do {
                return try await MirrorClient(store, network).repair(model, from: mirror, progress: progress)
            } catch let error as any ZooError {
                failures.append((mirror.name, error))
            }
        }
        if let repository = model.manifest.source, let revision = model.manifest.revision,
            case .hub(let repository, let revision)? = try? SourceAddress("hf:\(repository)@\(revision)")
        {
            do {
                return try await repair(model, repository, revision, progress)
            } catch let error as any ZooError {
                failures.append(("hf:\(repository)", error))
            }
        }
        let reasons = failures.map { "\($0.source): \($0.error.description)" }
        throw SourceError.allFailed(
            reference: model.reference.description,
            reasons: reasons.isEmpty ? ["no mirror lists it, and it does not come from the hub"] : reasons,
            exitCode: failures.first?.error.exitCode ?? .notFound)
    }

    private func repair(
        _ model: InstalledModel, _ repository: String, _ revision: String?, _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws -> [String] {
        let hub = try HubClient(network)
        let snapshot = try await hub.snapshot(repository, revision: revision)
        let delivery = try Delivery(into: store)
        let missing = delivery.missing(of: model.manifest)
        let meter = FetchMeter(missing.reduce(0) { $0 + $1.byteCount }, progress)
        for file in missing {
            // A model may lie in a folder of its repository.
            let upstream = snapshot.files.first { upstream in
                upstream.byteCount == file.byteCount && upstream.digest ?? file.digest == file.digest
                    && (upstream.name == file.name || upstream.name.hasSuffix("/" + file.name))
            }
            guard let upstream else {
                throw HubError.notFound(repository: "\(repository)/\(file.name)", revision: revision)
            }
            let (found, _) = try await hub.fetch(upstream, of: snapshot, to: delivery, keeps: false) { meter.add($0, of: file.name) }
            guard found.digest == file.digest else {
                throw TrustError.mismatch(
                    file: "hf:\(repository)", what: "file \(file.name)", expected: file.digest.description, found: found.digest.description)
            }
        }
        try delivery.repair()
        return missing.map(\.name)
    }

    private func fetchFromHub(
        _ repository: String, _ revision: String?, _ weights: Digest?, _ plan: Plan, _ replacing: Bool,
        _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws -> InstalledModel {
        let hub = try HubClient(network)
        let snapshot = try await hub.snapshot(repository, revision: revision)
        let place = "hf:\(repository)@\(snapshot.commit)"
        let selection = try ModelSelection(
            of: snapshot.files.map { SourceEntry(name: $0.name, special: nil, byteCount: $0.byteCount) }, path: place, inside: nil)
        let chosen = snapshot.files.filter { file in
            file.name.hasPrefix(selection.prefix) && selection.files.contains(String(file.name.dropFirst(selection.prefix.count)))
        }.sorted { ($0.byteCount, $0.name) < ($1.byteCount, $1.name) }
        if let weights, !chosen.contains(where: { $0.digest == weights }) {
            let found = chosen.first { $0.name.hasSuffix(".safetensors") }?.digest?.description ?? "none"
            throw TrustError.mismatch(file: place, what: "digest of the weights", expected: weights.description, found: found)
        }
        guard chosen.count <= FileRules.maximumFiles else {
            throw BundleError.limit(
                file: place, entry: nil, what: "number of files", found: chosen.count, limit: FileRules.maximumFiles)
        }
        let total = chosen.reduce(0) { $0 + $1.byteCount }
        guard total <= FileRules.maximumBytes else {
            throw BundleError.limit(file: place, entry: nil, what: "sum of the files' sizes", found: total, limit: FileRules.maximumBytes)
        }
        let delivery = try Delivery(into: store)
        try store.checkSpace(
            for: chosen.reduce(0) { sum, file in
                sum
                    + (file.digest.map { delivery.missingByteCount(Manifest.File(name: file.name, byteCount: file.byteCount, digest: $0)) }
                        ?? file.byteCount)
            })
        let meter = FetchMeter(total, progress)
        var small: [String: [UInt8]] = [:]
        var files: [Manifest.File] = []
        // The smallest first: what cannot be loaded is refused before its weights are fetched.
        for file in chosen {
            let name = String(file.name.dropFirst(selection.prefix.count))
            let keeps = UpstreamDescription.reads(name, byteCount: file.byteCount)
            let (entry, bytes) = try await hub.fetch(file, of: snapshot, to: delivery, keeps: keeps) { meter.add($0, of: name) }
            files.append(Manifest.File(name: name, byteCount: entry.byteCount, digest: entry.digest))
            if keeps { small[name] = bytes }
            // Where the transformer has a folder of its own, this file says nothing of it.
            if name == "config.json", !selection.files.contains("modules.json"),
                let document = try? JSON.parse(bytes, limits: JSONLimits(allowsNonFinite: true))
            {
                _ = try families.describe(document)
            }
        }
        let manifest = try UpstreamDescription(path: place, prefix: selection.prefix, contents: small).manifest(
            named: plan.reference.name, files: files, source: repository, revision: snapshot.commit, family: families.describe)
        try check(manifest, against: plan)
        try delivery.checkWeights(files, origin: place)
        try families.inspect(manifest, delivery.assets(manifest.files, name: place))
        return try delivery.install(manifest, as: plan.reference, replacing: replacing)
    }

    /// Throws unless a manifest is of a known family, and has the digest that the user asked for, if any.
    private func check(_ manifest: Manifest, against plan: Plan) throws {
        try families.check(manifest)
        guard let pinned = plan.digest, pinned != manifest.digest else { return }
        throw SourceError.otherDigest(
            reference: plan.reference.description, expected: pinned.description, found: manifest.digest.description)
    }

    /// A bundle, or an archive with a model's folder, of any web server. What it is is known when all of it is here.
    private func fetchBundle(
        _ text: String, _ plan: Plan, _ replacing: Bool, _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws -> InstalledModel {
        let reference = plan.reference
        guard let address = WebAddress(text) else { throw SourceError.address(text: text, reason: "expected an address of the web") }
        guard address.origin.isPrivate else { throw SourceError.insecure(address: "\(address)") }
        let place = "\(address)"
        let requester = try network.requester(for: place)
        let head = try await requester.retrying {
            let found = Mutex<WebHead?>(nil)
            try await requester.once(WebRequest(address: address)) { head, _ in
                found.withLock { $0 = head }
                return false
            } piece: { _ in
            }
            return found.withLock { $0 }
        }
        guard let byteCount = head?.contentLength, byteCount > 0 else {
            throw NetworkError.answer(address: place, what: "length", expected: "the length of the file", found: "none")
        }
        guard byteCount <= FileRules.maximumBytes else {
            throw BundleError.limit(file: place, entry: nil, what: "size in bytes", found: byteCount, limit: FileRules.maximumBytes)
        }
        let delivery = try Delivery(into: store)
        // What came of the same file earlier counts. Where nothing tells one file from the next, nothing can be gone on with.
        let validator = head?.validator
        let key = Digest(hashing: "\(address.text) \(byteCount) \(validator ?? FileWriter.temporaryName())".utf8)
        // The bundle and what is taken out of it.
        try store.checkSpace(for: 2 * byteCount - ChunkedFile.leftByteCount(key, in: delivery.partialFolder))
        let partial = try ChunkedFile(key, byteCount: byteCount, in: delivery.partialFolder)
        let meter = FetchMeter(byteCount, progress)
        meter.add(partial.adoptedByteCount, of: reference.name)
        do {
            try await Download(requester: requester, address: address, validator: validator).run(into: partial) {
                meter.add($0, of: reference.name)
            }
        } catch {
            if validator == nil { partial.discard() }
            throw error
        }
        do {
            let model = try Importer(
                store: store, checkManifest: { try check($0, against: plan) }, checkModel: families.inspect
            ).importModel(
                partial.path, as: reference.name, tag: reference.tag, replacing: replacing,
                archiveName: address.path.split(separator: "/").last.map(String.init), family: families.describe
            ).model
            partial.discard()
            return model
        } catch let error as StoreError {
            // It is good, and only its name is taken: with --replace it need not come again.
            if validator == nil { partial.discard() }
            throw error
        } catch {
            partial.discard()
            throw error
        }
    }
}
