public import ModelZoo
import ZooTensor

/// Asks mirrors: adds and refreshes them, and fetches models from them.
public struct MirrorClient: Sendable {
    private let store: Store
    private let network: Network

    /// A client that fetches into a store.
    public init(_ store: Store, _ network: Network) {
        self.store = store
        self.network = network
    }

    private func access(_ address: SourceAddress) throws -> any MirrorAccess {
        switch address {
        case .path(let path): return try FolderMirror(path)
        case .web(let text):
            guard let address = WebAddress(text) else {
                throw SourceError.address(text: text, reason: "expected an address of the web")
            }
            return WebMirror(address, try network.requester(for: text))
        case .hub: throw SourceError.address(text: address.description, reason: "expected a mirror: a folder, or an address of the web")
        }
    }

    /// What is known about a mirror that is new here.
    ///
    /// - Parameters:
    ///   - keys: the keys that the user vouches for; one of them must have signed the mirror's root.
    ///   - now: this moment.
    /// - Throws: `SourceError.noMirror`, `TrustError`.
    public func begin(
        _ name: String, _ address: SourceAddress, trusting keys: Set<PublicKey>, now: Timestamp = .now
    ) async throws -> ModelMirror {
        let access = try access(address)
        let place = access.location(MirrorLayout.newestRoot)
        guard let root = try await access.document(MirrorLayout.newestRoot, limit: Root.maximumBytes) else {
            guard try await access.document(MirrorLayout.index, limit: Index.maximumBytes) == nil else {
                throw TrustError.unsigned(file: place)
            }
            throw SourceError.noMirror(address: address.description, missing: MirrorLayout.newestRoot)
        }
        let mirror = ModelMirror(name: name, address: address, known: try TrustedMirror(root: root, trusting: keys, file: place))
        return try await refresh(mirror, access, now: now)
    }

    /// What is known about a mirror now: the roots that followed, and the newest index.
    ///
    /// - Throws: `TrustError`, `SourceError.noMirror`; nothing changes then.
    public func refresh(_ mirror: ModelMirror, now: Timestamp = .now) async throws -> ModelMirror {
        try await refresh(mirror, access(mirror.address), now: now)
    }

    /// How many roots are followed at once.
    private static let longestChain = 1024

    private func refresh(_ mirror: ModelMirror, _ access: any MirrorAccess, now: Timestamp) async throws -> ModelMirror {
        var mirror = mirror
        let known = mirror.known.root.version
        for _ in 0..<Self.longestChain {
            let next = mirror.known.root.version.addingReportingOverflow(1)
            let path = MirrorLayout.root(next.partialValue)
            guard !next.overflow, let bytes = try await access.document(path, limit: Root.maximumBytes) else { break }
            try mirror.known.follow(root: bytes, file: access.location(path))
        }
        // What the keys say of each other holds, whatever becomes of the index.
        if mirror.known.root.version > known { try SourceList(store).update(mirror) }
        guard let bytes = try await access.document(MirrorLayout.index, limit: Index.maximumBytes) else {
            throw SourceError.noMirror(address: access.address, missing: MirrorLayout.index)
        }
        try mirror.known.take(index: bytes, now: now, file: access.location(MirrorLayout.index))
        return mirror
    }

    /// Fetches a model that a mirror's index lists.
    ///
    /// - Parameters:
    ///   - entry: the index's entry.
    ///   - reference: the name and tag to install it under.
    ///   - replacing: whether another model of that name and tag gives way.
    ///   - check: throws to refuse a manifest before anything is fetched, as that of an unknown family.
    ///   - progress: told now and then how far it is.
    /// - Throws: `TrustError`, `BundleError`, `StoreError`, `FileError`; nothing is installed then.
    public func fetch(
        _ entry: Index.Entry, from mirror: ModelMirror, as reference: ModelReference, replacing: Bool,
        check: (Manifest) throws -> Void = { _ in }, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> InstalledModel {
        let access = try access(mirror.address)
        let path = MirrorLayout.manifest(entry.digest)
        guard let bytes = try await access.document(path, limit: entry.manifestByteCount) else {
            throw SourceError.noMirror(address: mirror.address.description, missing: path)
        }
        let manifest = try entry.manifest(bytes, file: access.location(path))
        return try await install(manifest, from: access, reference, replacing, check, progress)
    }

    /// Fetches a model whose digest is known from a mirror that need not be trusted, nor signed.
    ///
    /// - Throws: as for an entry of an index.
    public func fetch(
        _ digest: Digest, from address: SourceAddress, as reference: ModelReference, replacing: Bool,
        check: (Manifest) throws -> Void = { _ in }, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> InstalledModel {
        let access = try access(address)
        let path = MirrorLayout.manifest(digest)
        guard let bytes = try await access.document(path, limit: FileRules.maximumManifestBytes) else {
            throw SourceError.noMirror(address: address.description, missing: path)
        }
        let found = Digest(hashing: bytes)
        guard found == digest else {
            throw TrustError.mismatch(
                file: access.location(path), what: "manifest", expected: digest.description, found: found.description)
        }
        return try await install(
            Manifest(decoding: bytes, file: access.location(path)), from: access, reference, replacing, check, progress)
    }

    private func install(
        _ manifest: Manifest, from access: any MirrorAccess, _ reference: ModelReference, _ replacing: Bool,
        _ check: (Manifest) throws -> Void, _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws -> InstalledModel {
        try check(manifest)
        let delivery = try Delivery(into: store)
        try await deliver(delivery.missing(of: manifest), of: delivery, from: access, progress)
        return try delivery.install(manifest, as: reference, replacing: replacing)
    }

    /// Fetches what is missing or damaged of an installed model, and only that.
    ///
    /// - Returns: the files that were mended.
    public func repair(
        _ model: InstalledModel, from mirror: ModelMirror, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> [String] {
        let delivery = try Delivery(into: store)
        let missing = delivery.missing(of: model.manifest)
        try await deliver(missing, of: delivery, from: access(mirror.address), progress)
        try delivery.repair()
        return missing.map(\.name)
    }

    private func deliver(
        _ files: [Manifest.File], of delivery: Delivery, from access: any MirrorAccess,
        _ progress: @escaping @Sendable (FetchProgress) -> Void
    ) async throws {
        let meter = FetchMeter(files.reduce(0) { $0 + $1.byteCount }, progress)
        let left = files.reduce(0) { $0 + min($1.byteCount, ChunkedFile.leftByteCount($1.digest, in: delivery.partialFolder)) }
        try store.checkSpace(for: meter.total - left)
        for file in files { try await access.deliver(file, to: delivery) { meter.add($0, of: file.name) } }
    }
}
