import ExternalFamily
import Foundation
import Testing
import ZooTensor
import ZooTesting

/// The executable of this package: `zoo` for the toy family.
@Suite("The command of an outside family")
struct CommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "great", "bad", "poor", "a", "the", "film", "plot"]
        try RandomModel.write(
            Toy.self,
            configuration: .object(["model_type": .string("toy"), "vocab_size": .integer(words.count), "hidden_size": .integer(16)]),
            files: ["vocab.txt": Array(words.joined(separator: "\n").utf8)], to: folder.path + "/base")
        var table = "text,label\n"
        for number in 0..<64 {
            let (word, label) = [("good", "yes"), ("bad", "no"), ("great", "yes"), ("poor", "no")][number % 4]
            table += "\(number % 3 == 0 ? "the" : "a") \(word) \(number % 8 < 4 ? "film" : "plot"),\(label)\n"
        }
        try folder.write("train.csv", table.utf8)
    }

    /// What the executable, which lies beside the tests, writes to the standard output.
    private func toy(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("toy")
        process.arguments = arguments
        process.environment = ["ZOO_HOME": folder.path + "/store", "TMPDIR": folder.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "toy \(arguments.joined(separator: " "))")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("the family is listed, and a model of it is imported, fine-tuned, asked and carried away")
    func wholeWay() throws {
        let listed = try toy("family", "list", "--json")
        #expect(listed.contains("\"toy\"") && !listed.contains("\"bert\""), "\(listed)")
        _ = try toy("import", folder.path + "/base", "--as", "base")
        _ = try toy(
            "finetune", "base", "--train", folder.path + "/train.csv", "--out", "tuned", "--epochs", "8", "--lr", "0.01", "--batch", "8")
        let predicted = try JSON.parse(Array(toy("predict", "tuned", "the great plot", "a poor film", "--json").utf8))
        #expect(predicted["data"]?["predictions"]?.array?.map { $0["label"]?.string } == ["yes", "no"], "\(predicted)")
        _ = try toy("export", "tuned", "--format", "hf", "-o", folder.path + "/exported")
        let names = try Checkpoint(folder: folder.path + "/exported").names
        #expect(names.contains("toy.hidden.1.dense.weight") && names.contains("classifier.weight"), "\(names)")
    }
}
