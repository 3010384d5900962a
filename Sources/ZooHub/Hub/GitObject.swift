import Crypto
import ModelZoo

/// Contents as git names them.
enum GitObject {
    /// The name of a content: the SHA-1 of its kind, its length and its bytes, in 40 hexadecimal digits.
    static func name(of bytes: [UInt8]) -> String {
        var hasher = Insecure.SHA1()
        hasher.update(data: Array("blob \(bytes.count)\0".utf8))
        hasher.update(data: bytes)
        return Hexadecimal.text(hasher.finalize())
    }
}
