import ModelZoo
import ZooTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An Ed25519 private key with which an index or a root is signed. It is kept in a file that only its owner can read.
public struct SigningKey: Sendable {
    private let seed: [UInt8]
    /// The key that others verify with.
    public let publicKey: PublicKey

    /// A new key from the system's random numbers.
    public init() {
        while true {
            // The generator takes from `getrandom` and its like, never from a state of this process.
            var random = SystemRandomNumberGenerator()
            if let made = try? SigningKey(seed: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }) {
                self = made
                return
            }
        }
    }

    /// The key of a seed of 32 bytes.
    ///
    /// - Throws: `TrustError.key`.
    public init(seed: [UInt8]) throws(TrustError) {
        guard seed.count == 32, let key = Ed25519.publicKey(ofSeed: seed) else {
            throw .key(text: "a private key", reason: "expected 32 bytes, found \(seed.count)")
        }
        self.seed = seed
        publicKey = try PublicKey(bytes: key)
    }

    /// Reads a key file.
    ///
    /// - Throws: `TrustError.keyFile` for another content, or one that others than the owner can read.
    public init(file path: String) throws {
        var status = stat()
        let bytes = try readFile(path, limit: 4096)
        guard stat(path, &status) == 0 else { throw FileError.system("inspect", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw TrustError.keyFile(path: path, reason: "others than its owner may read it", hint: "chmod 600 \(printable(path))")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == Self.title, let seed = Hexadecimal.bytes(String(lines[1])), seed.count == 32 else {
            throw TrustError.keyFile(path: path, reason: "expected the line \"\(Self.title)\" and one of 64 hexadecimal digits", hint: nil)
        }
        try self.init(seed: seed)
    }

    private static let title = "zoo private key, keep secret"

    /// Writes the key file, which must not exist.
    public func write(to path: String) throws {
        let writer = try FileWriter(in: parentFolder(of: path), isSecret: true)
        try writer.write("\(Self.title)\n\(Hexadecimal.text(seed))\n".utf8)
        guard try writer.publish(asNew: path) else {
            throw TrustError.keyFile(path: path, reason: "there is a key of this name already", hint: "choose another name")
        }
    }

    /// The signature of a message, 64 bytes.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let signature = Ed25519.signature(of: message, seed: seed) else { preconditionFailure("a seed of 32 bytes signs anything") }
        return signature
    }
}
