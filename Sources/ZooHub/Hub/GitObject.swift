import COpenSSL
import ModelZoo

/// Contents as git names them.
enum GitObject {
    /// The name of a content: the SHA-1 of its kind, its length and its bytes, in 40 hexadecimal digits.
    static func name(of bytes: [UInt8]) -> String {
        var state = SHA_CTX()
        SHA1_Init(&state)
        for part in [Array("blob \(bytes.count)\0".utf8), bytes] { SHA1_Update(&state, part, part.count) }
        var sum = [UInt8](repeating: 0, count: 20)
        SHA1_Final(&sum, &state)
        return Hexadecimal.text(sum)
    }
}
