import COpenSSL

/// Ed25519 (RFC 8032) by OpenSSL. A verification refuses an S that is not below the group's order, and compares R byte by byte.
enum Ed25519 {
    /// A context of its own: neither the machine's `openssl.cnf` nor `OPENSSL_CONF` changes what is accepted here.
    private nonisolated(unsafe) static let context = OSSL_LIB_CTX_new()

    /// The public key of a seed of 32 bytes; nil for another length.
    static func publicKey(ofSeed seed: [UInt8]) -> [UInt8]? {
        guard let key = privateKey(seed) else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == 32 else { return nil }
        return bytes
    }

    /// The signature of a message, 64 bytes; nil for a seed of another length than 32.
    static func signature(of message: [UInt8], seed: [UInt8]) -> [UInt8]? {
        guard let key = privateKey(seed), let state = EVP_MD_CTX_new() else { return nil }
        defer {
            EVP_MD_CTX_free(state)
            EVP_PKEY_free(key)
        }
        var bytes = [UInt8](repeating: 0, count: 64)
        var count = bytes.count
        guard EVP_DigestSignInit_ex(state, nil, nil, context, nil, key, nil) == 1,
            EVP_DigestSign(state, &bytes, &count, message, message.count) == 1, count == 64
        else { return nil }
        return bytes
    }

    /// Whether a signature of 64 bytes is a key's for a message. False also for a key that is no point of the curve.
    static func isValid(_ signature: [UInt8], of message: [UInt8], key bytes: [UInt8]) -> Bool {
        guard signature.count == 64, bytes.count == 32,
            let key = EVP_PKEY_new_raw_public_key_ex(context, "ED25519", nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let state = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(state)
            // What failed is of no interest, and nobody shall find it in this thread's list later.
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit_ex(state, nil, nil, context, nil, key, nil) == 1
            && EVP_DigestVerify(state, signature, signature.count, message, message.count) == 1
    }

    private static func privateKey(_ seed: [UInt8]) -> OpaquePointer? {
        guard seed.count == 32 else { return nil }
        return EVP_PKEY_new_raw_private_key_ex(context, "ED25519", nil, seed, seed.count)
    }
}
