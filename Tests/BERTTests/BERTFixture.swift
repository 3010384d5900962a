import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor

/// The tiny model that `Tests/Parity/make_fixture.py` writes, and what `transformers` makes of some sentences with it.
struct BERTFixture {
    /// A sentence, or two, with its class and the ids that it has.
    struct Example {
        let input: Input
        let label: Int
        let ids: [Int32]
        let types: [Int32]
    }

    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.joined(separator: "/") + "/Fixtures"
    }()

    /// The files of the model.
    static func assets() throws -> Assets { try Assets(folder: folder + "/tiny") }

    /// The model.
    static func model(_ head: HeadChoice = .published) throws -> Model<BERT> { try Model<BERT>(assets(), head: head) }

    let examples: [Example]
    /// What `transformers` computes.
    let expected: Checkpoint

    init() throws {
        let record = try JSON.parse(readFile(BERTFixture.folder + "/expected.json"))
        examples = try #require(record["examples"]?.array).map { json in
            func numbers(_ key: String) throws -> [Int32] {
                try #require(json[key]?.array).map { try #require($0.integer.flatMap(Int32.init(exactly:))) }
            }
            let text = try #require(json["text"]?.string)
            return Example(
                input: json["pair"]?.string.map { .textPair(text, $0) } ?? .text(text), label: try #require(json["label"]?.integer),
                ids: try numbers("ids"), types: try numbers("types"))
        }
        expected = try Checkpoint(BERTFixture.folder + "/expected.safetensors")
    }

    /// One of the tensors that `transformers` computes.
    func tensor(_ name: String) throws -> Tensor { try expected.tensor(name) }

    /// All sentences as inputs of a model.
    func encoded(_ model: Model<BERT>) throws -> [Encoding] { try examples.map { try model.tokenizer.encode($0.input) } }
}
