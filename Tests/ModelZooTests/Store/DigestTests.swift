import ModelZoo
import Testing

@Suite("Digests")
struct DigestTests {
    @Test(
        "FIPS 180-4 examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func examples(text: String, hex: String) {
        #expect(Digest(hashing: text.utf8).hex == hex)
        #expect(Digest("sha256:" + hex) == Digest(hashing: text.utf8))
        var hasher = DigestHasher()
        hasher.update(text: text)
        #expect(hasher.finalize().description == "sha256:" + hex)
    }

    @Test("pieces of any length give the digest of the whole, and a copied hasher goes its own way")
    func pieces() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let whole = Digest(hashing: bytes)
        for first in [0, 1, 55, 56, 63, 64, 65, 127, 128, 200, 300] {
            var hasher = DigestHasher()
            bytes[..<first].withUnsafeBytes { hasher.update($0) }
            var copy = hasher
            #expect(copy.finalize() == Digest(hashing: bytes[..<first]))
            hasher.update(UnsafeRawBufferPointer(start: nil, count: 0))
            bytes[first...].withUnsafeBytes { hasher.update($0) }
            #expect(hasher.finalize() == whole)
            #expect(hasher.finalize() == whole)
            [UInt8](repeating: 1, count: 3).withUnsafeBytes { copy.update($0) }
            #expect(copy.finalize() == Digest(hashing: bytes[..<first] + [1, 1, 1]))
        }
    }

    @Test("digests are ordered as their digits")
    func order() {
        let digests = (0..<50).map { Digest(hashing: [UInt8($0)]) }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
        #expect(Set(digests).count == 50)
    }
}
