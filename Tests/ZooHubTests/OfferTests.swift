import ModelZoo
import Testing
import ZooBERT
import ZooHub
import ZooTensor
import ZooTestSupport
import ZooTesting

/// A model that is not installed and can be had: the commands tell how, and fetch it where the user says so.
@Suite("Models that can be fetched")
struct OfferTests {
    /// A hub with a small model, of files so large that their SHA-256 is listed.
    private static func hub(_ folder: TemporaryFolder) throws -> FakeHub {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"]
        let long = (0..<40).map { "word\($0)" + String(repeating: "x", count: 30) }
        let configuration: JSONObject = [
            "model_type": .string("bert"), "vocab_size": .integer(words.count + long.count), "hidden_size": .integer(16),
            "num_hidden_layers": .integer(1), "num_attention_heads": .integer(2), "intermediate_size": .integer(32),
            "max_position_embeddings": .integer(32), "type_vocab_size": .integer(2),
            "remark": .string(String(repeating: "x", count: 1100)),
        ]
        let path = folder.path + "/upstream"
        try RandomModel.write(
            BERT.self, configuration: .object(configuration),
            files: ["vocab.txt": Array((words + long).map { $0 + "\n" }.joined().utf8)], to: path)
        var files: [String: [UInt8]] = [:]
        for name in try folderEntries(path) { files[name] = try readFile(path + "/" + name) }
        return try FakeHub("org/tiny", files)
    }

    @Test("finetune --yes fetches a repository of the hub, and uses it when it is there")
    func fetches() throws {
        let folder = try TemporaryFolder()
        let hub = try Self.hub(folder)
        let home = folder.path + "/store"
        let table = folder.path + "/train.csv"
        try writeFile(table, ("text,label\n" + String(repeating: "good film,good\nbad film,bad\n", count: 8)).utf8)
        let environment = ["HF_ENDPOINT": hub.server.address]
        func finetune(_ model: String, _ flags: String..., expecting code: Int32) throws -> String {
            try ZooProcess.run(
                arguments: ["finetune", model, "--train", table, "--steps", "2", "--val-fraction", "0", "--overwrite", "--out", "mood"]
                    + flags,
                home: home, environment: environment, expecting: code)
        }
        for name in ["org/tiny", "hf:org/tiny"] {
            let refused = try finetune(name, expecting: 2)
            #expect(refused.contains("\"zoo fetch hf:org/tiny\"") && refused.contains("--yes"), "\(refused)")
        }
        #expect(hub.server.requests.isEmpty)
        _ = try finetune("org/tiny", "--yes", expecting: 0)
        let asked = hub.server.requests.count
        #expect(asked > 0)
        #expect(try Store(home: home).list().models.map(\.reference.description) == ["mood", "tiny"])
        _ = try finetune("hf:org/tiny", expecting: 0)
        #expect(hub.server.requests.count == asked)
    }

    @Test(
        "no request leaves where the environment forbids the network", arguments: ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "ZOO_OFFLINE"])
    func offline(variable: String) throws {
        let folder = try TemporaryFolder()
        let hub = try Self.hub(folder)
        var environment = ["HF_ENDPOINT": hub.server.address, variable: "1"]
        let output = try ZooProcess.run(
            arguments: ["fetch", "hf:org/tiny"], home: folder.path + "/store", environment: environment, expecting: 3)
        #expect(output.contains("needs the network") && output.contains(variable == "TRANSFORMERS_OFFLINE" ? "OFFLINE" : variable))
        #expect(hub.server.requests.isEmpty)
        // The variable of this program counts more.
        environment["ZOO_OFFLINE"] = variable == "ZOO_OFFLINE" ? "off" : "0"
        _ = try ZooProcess.run(arguments: ["fetch", "hf:org/tiny"], home: folder.path + "/store", environment: environment, expecting: 0)
        #expect(!hub.server.requests.isEmpty)
    }

    @Test("fetch of organisation/name, and import of an address, tell the command that was meant")
    func meant() throws {
        let folder = try TemporaryFolder()
        let hub = try Self.hub(folder)
        let environment = ["HF_ENDPOINT": hub.server.address]
        for (arguments, code) in [(["fetch", "org/tiny"], 3), (["import", "hf:org/tiny"], 2), (["import", "org/tiny"], 2)]
            as [([String], Int32)]
        {
            let output = try ZooProcess.run(arguments: arguments, home: folder.path + "/store", environment: environment, expecting: code)
            #expect(output.contains("\"zoo fetch hf:org/tiny\""), "\(output)")
        }
        try ZooProcess.shell(
            "zoo fetch hf:org/tiny", in: folder.path, environment: environment.merging(["ZOO_HOME": folder.path + "/store"]) { $1 })
        #expect(try Store(home: folder.path + "/store").list().models.count == 1)
    }
}
