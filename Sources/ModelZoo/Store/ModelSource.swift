/// A folder or archive that may hold a model: the names of what is in it, then the contents of what is chosen.
protocol ModelSource {
    /// The path as the user gave it.
    var path: String { get }
    /// All regular files and what else there is, by relative name.
    func entries() throws -> [SourceEntry]
    /// Reads the chosen entries in any order.
    func read(_ chosen: Set<String>, _ body: (_ name: String, _ byteCount: Int, _ content: SourceContent) throws -> Void) throws
}

/// One entry of a model source.
package struct SourceEntry {
    /// The name with `/` between its parts.
    package let name: String
    /// What it is, if it is no regular file.
    package let special: String?
    /// The size in bytes where it is known; for progress only.
    package let byteCount: Int

    package init(name: String, special: String?, byteCount: Int) {
        self.name = name
        self.special = special
        self.byteCount = byteCount
    }
}

/// Hands over an entry's bytes, once.
typealias SourceContent = (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
