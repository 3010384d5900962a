import ModelZoo
import Testing
import ZooTensor

@Suite("Labels")
struct LabelTests {
    let folder: DataFolder

    init() throws { folder = try DataFolder() }

    private func load(_ labels: [String], columns: Columns = Columns()) throws -> LabelledDataset {
        let lines = labels.enumerated().map { number, label in
            JSON.object(["text": .string("text \(number)"), "label": .string(label)]).serializedText() + "\n"
        }
        return try LabelledDataset.load(folder.file("a.jsonl", lines.joined()), columns: columns)
    }

    @Test(
        "a label is one line without control characters, in data as in manifests and configurations",
        arguments: ["x\ty", "x\ny", "x\r\ny", "x\u{1}y", "x\u{85}y", "x\u{2028}y", "x\u{7F}", String(repeating: "a", count: 1025)])
    func rule(label: String) throws {
        let error = try datasetError { try load(["good", label]) }
        #expect(error.code == "data.bad_label" && error.exitCode == .data)
        #expect(error.place?.line == 2 && error.place?.entry == "label")
        #expect(LabelRule.violation(of: label) != nil)
        var manifest = Manifest(name: "m", family: "bert", task: "text-classification")
        manifest.labels = ["good", label]
        #expect(throws: BundleError.self) { try manifest.check(file: "m") }
        manifest.labels = ["good", "e\u{301} \u{200D}\u{1F469}\u{200D}\u{1F4BB} 日本"]
        try manifest.check(file: "m")
    }

    @Test("names of folders follow the rule of labels")
    func folders() throws {
        let scratch = try Scratch()
        for name in ["good", "x\ty"] { try scratch.write("data/\(name)/a.png", png(1)) }
        let error = try datasetError { try imageParts(scratch.path + "/data") }
        #expect(error.code == "data.bad_label" && error.hint == "rename the folder: a label is one line of text")
    }

    @Test("labels that look the same are told", arguments: ["spam\u{200B}", "\u{FEFF}spam", "sp\u{AD}am", "spam\u{200D}"])
    func alike(label: String) throws {
        let data = try load(["spam", "ham", label])
        #expect(data.labels.count == 3)
        #expect(
            data.warnings.contains { $0.contains("look the same and are different classes") && $0.contains("\\u{") }, "\(data.warnings)")
    }

    @Test("labels that differ in case or inner spaces are told, forms of Unicode are one class and told")
    func spellings() throws {
        #expect(
            try load(["Spam", "spam", "ham"]).warnings.contains(
                "the labels \"Spam\", \"spam\" differ in upper and lower case alone and are different classes"))
        #expect(try load(["not  so", "not so"]).warnings.contains { $0.contains("look the same") })
        let forms = try load(["caf\u{E9}", "cafe\u{301}", "tea"])
        #expect(forms.labels.count == 2 && forms.classCounts == [2, 1])
        #expect(forms.warnings.contains { $0.contains("NFC and NFD") && $0.contains("line 2") })
        #expect(try load(["a", "b"]).warnings.isEmpty)
    }

    @Test("several labels in a row are refused by name, named or not")
    func severalLabels() throws {
        for labels in [
            ["2", "27", "2,27", "4"], ["a", "b", "a;b", "c"], ["['a']", "['a', 'b']", "[]"], ["red", "blue", "red | blue", "green"],
        ] {
            for columns in [Columns(), Columns(text: "text", label: "label")] {
                let error = try datasetError { try load(labels, columns: columns) }
                #expect(error.code == "data.multi_label" && error.exitCode == .data, "\(labels)")
                #expect(error.message.contains("multi-label classification, which is not there yet"))
            }
        }
        // Commas alone are no lists.
        #expect(try load(["Arts, crafts", "Home, garden"]).labels.count == 2)
        // All rows have several: nobody but the user knows.
        let composed = ["a,b", "b,c", "a,c", "a,b,c"]
        #expect(try datasetError { try load(composed) }.code == "data.multi_label")
        #expect(try load(composed, columns: Columns(label: "label")).labels.count == 4)
    }

    @Test("lists in JSON are refused by name; a list of one is its label if the column is named")
    func lists() throws {
        let many = try folder.file("a.jsonl", "{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"text\": \"b\", \"labels\": [\"x\", \"y\"]}\n")
        #expect(try datasetError { try LabelledDataset.load(many) }.code == "data.multi_label")
        let named = try datasetError { try LabelledDataset.load(many, columns: Columns(label: "labels")) }
        #expect(named.code == "data.multi_label" && named.place?.line == 2)
        let single = try folder.file("b.jsonl", "{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"text\": \"b\", \"labels\": [3]}\n")
        #expect(try datasetError { try LabelledDataset.load(single) }.hint?.contains("--label labels") == true)
        #expect(try LabelledDataset.load(single, columns: Columns(label: "labels")).labels == ["3", "x"])
        let spans = try folder.file("c.jsonl", "{\"text\": \"a b\", \"label\": [[0, 1, \"X\"]]}\n")
        #expect(try datasetError { try LabelledDataset.load(spans) }.code == "data.token_classification")
        let tokens = try folder.file("d.jsonl", "{\"tokens\": [\"a\"], \"ner_tags\": [0]}\n")
        #expect(try datasetError { try LabelledDataset.load(tokens) }.code == "data.token_classification")
        let answers = try folder.file("e.jsonl", "{\"context\": \"a\", \"question\": \"b\", \"answers\": {\"text\": [\"a\"]}}\n")
        #expect(try datasetError { try LabelledDataset.load(answers) }.code == "data.question_answering")
    }

    @Test("classes as columns of 0 and 1 are refused by name; one of them may be named")
    func oneHot() throws {
        let path = try folder.file("a.csv", "id,comment_text,toxic,insult\n1,you there,1,0\n2,me here,0,0\n3,all of us,1,1\n")
        let error = try datasetError { try LabelledDataset.load(path) }
        #expect(error.code == "data.multi_label" && error.message.contains("\"toxic\", \"insult\""))
        #expect(error.hint?.hasSuffix("--label toxic") == true)
        let one = try LabelledDataset.load(path, columns: Columns(text: "comment_text", label: "toxic"))
        #expect(one.labels == ["0", "1"] && one.classCounts == [1, 2])
    }

    @Test("decimals are refused as regression; few of them may be classes if the column is named")
    func regression() throws {
        let scores = (0..<12).map { "\(Double($0) / 8 + 0.05)" }
        let error = try datasetError { try load(scores) }
        #expect(error.code == "data.regression" && error.hint?.contains("--label label") == true)
        #expect(try load(scores, columns: Columns(label: "label")).labels.count == 12)
        let many = (0..<40).map { "\(Double($0) / 8 + 0.05)" }
        let refused = try datasetError { try load(many, columns: Columns(label: "label")) }
        #expect(refused.code == "data.regression" && refused.hint?.contains("--label") == false)
        // Half stars and version numbers as classes.
        #expect(try load(["1", "1.5", "2", "2.5", "3"]).labels.count == 5)
        let pairs = try folder.file("b.csv", "sentence1,sentence2,score\na,b,5.0\nc,d,4.75\ne,f,3.8\n")
        #expect(try datasetError { try LabelledDataset.load(pairs) }.code == "data.regression")
    }

    @Test("a label for nearly every row is refused; named, it is told")
    func labelPerRow() throws {
        let labels = (0..<20).map { "id \($0)" }
        let error = try datasetError { try load(labels) }
        #expect(error.code == "data.label_per_row" && error.hint?.contains("--label label") == true)
        let named = try load(labels, columns: Columns(label: "label"))
        #expect(named.labels.count == 20 && named.warnings.contains { $0.contains("20 different labels in 20 rows") })
    }

    @Test("other texts, and a column that divides the rows, are told with what to type")
    func otherColumns() throws {
        let rows = (0..<8).map { "\($0 % 2 == 0 ? "x" : "y"),title \($0),a long description number \($0),\($0 < 6 ? "train" : "test")\n" }
        let data = try LabelledDataset.load(folder.file("a.csv", "label,title,description,split\n" + rows.joined()))
        #expect(data.columns?.text == "title")
        #expect(data.warnings.contains { $0.contains("\"split\" names parts (training, test), which is not followed") })
        #expect(data.warnings.contains { $0.contains("--text title --text-pair description") && $0.contains("--text description") })
        #expect(data.warnings.contains("the columns \"title\", \"label\" are read, \"description\", \"split\" are not"))
    }
}
