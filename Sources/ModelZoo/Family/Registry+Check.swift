extension Registry {
    /// What is known of a model's files without reading the weights; see ``Model/check(_:)``.
    ///
    /// - Throws: `ModelError`, `TokenizerError`, `SafetensorsError` about files that do not fit each other.
    public func check(_ manifest: Manifest, _ assets: Assets) throws -> ModelCheck {
        func run<Family: ModelFamily>(_ family: Family.Type) throws -> ModelCheck { try Model<Family>.check(assets) }
        return try run(family(named: manifest.family))
    }
}
