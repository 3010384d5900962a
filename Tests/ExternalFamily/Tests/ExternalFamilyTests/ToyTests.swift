import ExternalFamily
import ModelZoo
import Testing
import ZooTensor
import ZooTesting

@Suite("A family from outside of the package")
struct ToyTests {
    @Test("it conforms")
    func conforms() throws {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "very", "film", "the", "##s"]
        let fixture = try FamilyFixture.random(
            Toy.self,
            configuration: .object([
                "model_type": .string("toy"), "vocab_size": .integer(words.count), "hidden_size": .integer(16), "max_length": .integer(12),
            ]),
            files: ["vocab.txt": Array(words.joined(separator: "\n").utf8)], labels: ["negative", "positive"],
            examples: [
                .init(.text("The very good films"), label: 1), .init(.text("bad"), label: 0),
                .init(.textPair("good", "very bad"), label: 0),
                .init(.text(""), label: 1),
            ])
        let report = try checkFamily(Toy.self, fixture)
        #expect(report.failures.isEmpty, "\(report)")
        // There is no reference to compare with.
        #expect(report.leftOut.map(\.check) == [.inputs, .values, .gradients])
    }
}
