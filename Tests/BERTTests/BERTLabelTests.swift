import ModelZoo
import Testing
import ZooBERT
import ZooTensor
import ZooTestSupport
import ZooTesting

@Suite("Names of classes")
struct BERTLabelTests {
    private func expectRefusal(_ table: String, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let model = try AlteredModel(["id2label": table])
        do {
            _ = try model.load()
            Issue.record("no error was thrown", sourceLocation: sourceLocation)
        } catch let error as any ZooError {
            #expect(error.exitCode == .format, sourceLocation: sourceLocation)
            for part in ["config.json"] + parts {
                #expect(error.description.contains(part), "\(error)", sourceLocation: sourceLocation)
            }
        }
        // The names do not matter when the head is new.
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try model.load(.fresh(["a", "b"])) }
    }

    @Test("C8 gaps in the numbers")
    func gaps() throws {
        try expectRefusal(#"{"0": "a", "1": "b", "3": "c"}"#, "\"id2label\"", "3 classes need the numbers 0 to 2, found 3")
        try expectRefusal(#"{"1": "a", "2": "b", "3": "c"}"#, "found 3")
        try expectRefusal(#"{"-1": "a", "0": "b", "1": "c"}"#, "found -1")
        try expectRefusal(#"{"0": "a", "1": "b", "9223372036854775808": "c"}"#, "expected class numbers as keys")
        try expectRefusal(#"{"0": "a", "1": "b", "two": "c"}"#, "expected class numbers as keys, found \"two\"")
        try expectRefusal(#"{"0": "a", "1": "b", "02": "c"}"#, "expected class numbers as keys, found \"02\"")
        try expectRefusal(#"{"0": "a", "1": "b", "+2": "c"}"#, "expected class numbers as keys, found \"+2\"")
    }

    @Test("C8 duplicates")
    func duplicates() throws {
        // As ImageNet's two cranes: the names are told apart.
        #expect(try AlteredModel(["id2label": #"{"0": "a", "1": "b", "2": "a"}"#]).load().labels == ["a", "b", "a (2)"])
        #expect(try AlteredModel(["id2label": #"{"0": "a", "1": "a", "2": "a (1)"}"#]).load().labels == ["a", "a (1)'", "a (1)"])
        expectError(.format, "config.json", "expected unique keys, found \"1\" twice") {
            _ = try AlteredModel(["id2label": #"{"0": "a", "1": "b", "1": "c"}"#]).load()
        }
    }

    @Test("C8 another number of names than the head has rows")
    func wrongCount() throws {
        expectError(.format, "\"classifier.weight\" expected [2, 32], found [3, 32]", "\"classifier.bias\" expected [2], found [3]") {
            _ = try AlteredModel(["id2label": #"{"0": "a", "1": "b"}"#]).load()
        }
        expectError(.format, "expected [4, 32], found [3, 32]") {
            _ = try AlteredModel(["id2label": #"{"0": "a", "1": "b", "2": "c", "3": "d"}"#]).load()
        }
        expectError(.format, "expected [2, 32], found [3, 32]") { _ = try AlteredModel(["id2label": nil]).load() }
        expectError(.format, "num_labels", "found 1000001") { _ = try AlteredModel(["id2label": nil, "num_labels": "1000001"]).load() }
        expectError(.format, "num_labels", "found 0") { _ = try AlteredModel(["id2label": nil, "num_labels": "0"]).load() }
        #expect(try AlteredModel(["id2label": nil, "num_labels": "3"]).load().labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
        try expectRefusal("{}", "the table of class names is empty")
    }

    @Test("C8 names that are no text, empty, or hold control characters")
    func badNames() throws {
        try expectRefusal(#"{"0": "a", "1": "b", "2": true}"#, "the name of class 2: expected a text, found true")
        try expectRefusal(#"{"0": "a", "1": "b", "2": 9223372036854775808}"#, "the name of class 2: expected a text")
        try expectRefusal(#"{"0": "a", "1": "b", "2": null}"#, "the name of class 2: expected a text, found null")
        try expectRefusal(#"{"0": "a", "1": "", "2": "c"}"#, "the name of class 1: expected a text")
        for escape in ["\\u001b[31m", "\\n", "\\u0000", "\\u009b", "\\r"] {
            let model = try AlteredModel(["id2label": "{\"0\": \"a\", \"1\": \"b\", \"2\": \"x\(escape)\"}"])
            do {
                _ = try model.load()
                Issue.record("no error for \(escape)")
            } catch let error as any ZooError {
                #expect(error.exitCode == .format && error.description.contains("class 2 holds control characters"), "\(error)")
                // Nothing of it reaches the terminal.
                #expect(error.description.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            }
        }
    }

    @Test("C8 markup and other scripts are names like any other")
    func markup() throws {
        let names = ["<script>alert(1)</script>", "a \"quoted\" & \\ name", "très 😀 положительный"]
        let table = JSON.object(["0": .string(names[0]), "1": .string(names[1]), "2": .string(names[2])])
        let altered = try AlteredModel(["id2label": table.serializedText()])
        let model = try altered.load()
        #expect(model.labels == names)
        let folder = try TemporaryFolder()
        try model.write(to: folder.path)
        #expect(try Model<BERT>(Assets(folder: folder.path), head: .published).labels == names)
        let configuration = try JSON.parse(readFile(folder.path + "/config.json"))
        #expect(configuration["id2label"] == table)
        #expect(configuration["label2id"] == .object([names[0]: .integer(0), names[1]: .integer(1), names[2]: .integer(2)]))
    }

    @Test("names that are written as numbers")
    func numbers() throws {
        #expect(try AlteredModel(["id2label": #"{"0": 1, "1": -2, "2": 0.5}"#]).load().labels == ["1", "-2", "0.5"])
        #expect(try AlteredModel(["id2label": #"{"0": 1, "1": "1", "2": 1}"#]).load().labels == ["1", "1 (1)", "1 (2)"])
    }

    @Test("C8 the order of the table does not matter")
    func order() throws {
        #expect(try AlteredModel(["id2label": #"{"2": "c", "0": "a", "1": "b"}"#]).load().labels == ["a", "b", "c"])
    }
}
