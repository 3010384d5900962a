import ModelZoo
import Testing
import ZooHub
import ZooTensor

@Suite("Ed25519")
struct Ed25519Tests {
    private static func bytes(_ hexadecimal: some StringProtocol) throws -> [UInt8] {
        try #require(Hexadecimal.bytes(String(hexadecimal)))
    }

    @Test(
        "RFC 8032, section 7.1, tests 1 to 3",
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ])
    func vectors(seed: String, key: String, message: String, signature: String) throws {
        let message = try Self.bytes(message)
        let signing = try SigningKey(seed: Self.bytes(seed))
        #expect(signing.publicKey.description == key)
        #expect(Hexadecimal.text(signing.sign(message)) == signature)
        #expect(signing.publicKey.signed(message, try Self.bytes(signature)))
        #expect(!signing.publicKey.signed(message + [0], try Self.bytes(signature)))
    }

    @Test("M13 signatures at the edges: the verdicts of integer arithmetic")
    func edges() throws {
        let folder = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let text = String(decoding: try readFile(folder + "/Fixtures/ed25519/signatures.txt"), as: UTF8.self)
        var counts = (accepted: 0, refused: 0)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t")
            try #require(fields.count == 5)
            let message = fields[2] == "-" ? [] : try Self.bytes(fields[2])
            let signature = try Self.bytes(fields[3])
            let isAccepted = (try? PublicKey(String(fields[1]))).map { $0.signed(message, signature) } ?? false
            #expect(isAccepted == (fields[0] == "accepted"), "\(fields[4]): \(line)")
            if isAccepted { counts.accepted += 1 } else { counts.refused += 1 }
        }
        #expect(counts.accepted > 20 && counts.refused > 120)
    }

    @Test("what is not 64 bytes is no signature", arguments: [0, 1, 32, 63, 65, 128])
    func lengths(count: Int) throws {
        let key = try SigningKey(seed: [UInt8](repeating: 7, count: 32))
        var signature = key.sign([1, 2, 3])
        #expect(signature.count == 64)
        #expect(key.publicKey.signed([1, 2, 3], signature))
        signature = Array((signature + signature).prefix(count))
        #expect(!key.publicKey.signed([1, 2, 3], signature))
    }
}
