import ZooTensor

/// A model in the store.
public struct InstalledModel: Sendable, Hashable {
    /// The name and tag it is installed under.
    public let reference: ModelReference
    /// What it is.
    public let manifest: Manifest
    /// The digest of the manifest, which stands for all of the model.
    public let digest: Digest
    let home: String

    /// The sum of its files' sizes.
    public var byteCount: Int { manifest.byteCount }

    /// Whether it has a file of this name.
    public func hasFile(_ name: String) -> Bool { manifest.file(named: name) != nil }

    /// Where a file's content is. It is checked to be a regular file of the right size that nobody found to be damaged;
    /// ``Store/verify(_:)`` checks the content.
    ///
    /// - Throws: `StoreError.noFile`, or `StoreError.blob` when the content is missing, of another size, or no regular file.
    public func path(of name: String) throws(StoreError) -> String { try path(of: name, trusting: false) }

    /// - Parameter trusting: whether a content is taken that was found to be damaged, to look at it once more.
    func path(of name: String, trusting: Bool) throws(StoreError) -> String {
        guard let file = manifest.file(named: name) else {
            throw .noFile(reference: reference.description, file: name, available: manifest.files.map(\.name))
        }
        let path = Store.blobPath(home: home, file.digest)
        let reason: String
        switch fileKind(path, followingLinks: false) {
        case .regular(file.byteCount)?:
            guard !trusting, fileKind(Store.damagePath(home: home, file.digest), followingLinks: false) != nil else { return path }
            reason = "it was found to hold something else"
        case .regular(let found)?: reason = "expected \(file.byteCount) bytes, found \(found)"
        case .directory?: reason = "expected a regular file, found a folder"
        case .symbolicLink?: reason = "expected a regular file, found a symbolic link"
        case .other(let found)?: reason = "expected a regular file, found \(found)"
        case nil: reason = "the content is missing"
        }
        throw .blob(reference: reference.description, file: name, path: path, reason: reason)
    }
}

/// What the store holds.
public struct StoreListing: Sendable {
    /// The models, ordered by name and tag.
    public var models: [InstalledModel] = []
    /// The manifests that cannot be read.
    public var broken: [StoreError] = []
}

/// What ``Store/remove(_:)`` or ``Store/collectGarbage(olderThan:isDryRun:)`` deleted.
public struct Removal: Sendable, Equatable {
    /// The number of files deleted.
    public var files = 0
    /// The sum of their sizes in bytes.
    public var bytes = 0
    /// The sum of the sizes of those that runs still hold, so that their space is not free yet.
    public var heldBytes = 0
    /// The number of unfinished files among them, of processes that were killed.
    public var partialFiles = 0
    /// Why some files were kept that may no longer be needed.
    public var kept: String?
}
