import ZooBERT
import ZooTensor
import ZooTesting

/// A BERT with random weights that passes all checks of an import.
enum LoadableModel {
    /// More than 1 KiB, as the configuration: the hub tells the SHA-256 of such files.
    static let vocabulary = Array(("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + (100..<300).map { "word\($0)\n" }.joined()).utf8)

    /// Writes a model's folder.
    ///
    /// - Parameters:
    ///   - rows: the rows of the word table, 256 bytes each.
    ///   - dropout: a number in the configuration that the weights do not depend on.
    static func write(to folder: String, rows: Int = 400, seed: UInt64 = 1, dropout: Double = 0.1) throws {
        try RandomModel.write(
            BERT.self,
            configuration: .object([
                "model_type": .string("bert"), "vocab_size": .integer(rows), "hidden_size": .integer(64), "num_hidden_layers": .integer(1),
                "num_attention_heads": .integer(1), "intermediate_size": .integer(4), "max_position_embeddings": .integer(8),
                "hidden_dropout_prob": .number(dropout), "notes": .string(String(repeating: "x", count: 1024)),
            ]), files: ["vocab.txt": vocabulary], seed: seed, to: folder)
    }

    /// The contents of a model's files by name.
    static func files(rows: Int) throws -> [String: [UInt8]] {
        let folder = try TemporaryFolder()
        try write(to: folder.path, rows: rows)
        return try Dictionary(uniqueKeysWithValues: folderEntries(folder.path).map { ($0, try readFile(folder.path + "/" + $0)) })
    }
}
