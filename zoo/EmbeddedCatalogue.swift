/// The file `catalog.json` beside this one, as a part of the program: it needs neither files nor the network.
package enum EmbeddedCatalogue {
    /// The bytes of the file.
    package static var bytes: [UInt8] { PackageResources.catalog_json }
}
