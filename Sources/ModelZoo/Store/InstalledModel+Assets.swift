extension Assets {
    /// The files of a model in the store, which nobody changes.
    ///
    /// - Throws: `StoreError.blob` when a content is missing or of another size.
    public init(_ model: InstalledModel) throws(StoreError) {
        var paths: [String: String] = [:]
        for file in model.manifest.files { paths[file.name] = try model.path(of: file.name) }
        self.init(name: model.reference.description, paths: paths, isImmutable: true)
    }
}
