import ModelZoo
import ZooTensor

/// A mirror that the user has added: its name, its address, and what is known for certain about it.
public struct ModelMirror: Sendable {
    /// The user's name for it.
    public let name: String
    /// A folder, or an address of the web.
    public let address: SourceAddress
    /// Its root and its newest index.
    public var known: TrustedMirror

    /// A mirror of its parts.
    public init(name: String, address: SourceAddress, known: TrustedMirror) {
        self.name = name
        self.address = address
        self.known = known
    }
}
