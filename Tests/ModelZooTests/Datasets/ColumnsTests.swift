import ModelZoo
import Testing

@Suite("Choice of columns")
struct ColumnsTests {
    let folder: DataFolder

    init() throws { folder = try DataFolder() }

    private func resolve(_ header: String, _ columns: Columns = Columns(), requiresLabel: Bool = true) throws -> ResolvedColumns {
        try columns.resolve(in: TableReader(folder.file("a.csv", header + "\n")), requiresLabel: requiresLabel)
    }

    @Test(
        "usual names",
        arguments: [
            ("text,category", "text", "category"), ("id,sentence,label", "sentence", "label"), ("Label,Review,date", "Review", "Label"),
            ("content,text,class", "text", "class"), ("text,intent,text2", "text", "intent"), ("question,idx,target", "question", "target"),
        ])
    func usual(header: String, text: String, label: String) throws {
        let columns = try resolve(header)
        #expect(columns.text == text && columns.label == label && columns.textPair == nil)
        // What is not read is told.
        let hasMore = header.split(separator: ",").count > 2
        #expect(columns.notes.contains { $0.hasPrefix("the columns \"\(text)\", \"\(label)\" are read") } == hasMore, "\(columns.notes)")
        #expect(header.split(separator: ",").map { String($0) }[columns.textPosition] == text)
    }

    @Test("what is not obvious is told")
    func notes() throws {
        let pair = try resolve("sentence1,sentence2,label")
        #expect(pair.text == "sentence1" && pair.textPair == "sentence2" && pair.notes.count == 1)
        #expect(pair.textPairPosition == 1 && pair.labelPosition == 2)
        let other = try resolve("utt,label")
        #expect(other.text == "utt" && other.notes == ["the text is \"utt\", the only other column"])
        let label = try resolve("text,mood")
        #expect(label.label == "mood" && label.notes.count == 1)
        let many = try resolve("text,category,label")
        #expect(many.label == "label" && many.notes.first == "the label is \"label\"; there is also \"category\"")
        #expect(pair.names == Columns(text: "sentence1", textPair: "sentence2", label: "label"))
    }

    @Test("given names come first")
    func given() throws {
        let columns = try resolve("text,other,label,kind", Columns(text: "other", label: "kind"))
        #expect(columns.text == "other" && columns.label == "kind")
        let pair = try resolve("text,context,label", Columns(textPair: "context"))
        #expect(pair.text == "text" && pair.textPair == "context" && pair.notes.isEmpty)
        let single = try resolve("sentence1,sentence2,label", Columns(text: "sentence1"))
        #expect(single.textPair == nil)
        let swapped = try resolve("text,label,content", Columns(text: "label", label: "text"))
        #expect(swapped.text == "label" && swapped.label == "text")
        #expect(try datasetError { try resolve("text,label", Columns(text: "text", label: "text")) }.code == "data.same_column")
        let taken = try resolve("text,content,label", Columns(label: "text"))
        #expect(taken.text == "content")
    }

    @Test("without labels")
    func unlabelled() throws {
        #expect(try resolve("anything", requiresLabel: false).text == "anything")
        #expect(try resolve("text,label", requiresLabel: false).label == nil)
        #expect(try resolve("text,label", Columns(label: "label"), requiresLabel: false).label == "label")
        #expect(try datasetError { try resolve("a,b", requiresLabel: false) }.code == "data.undecided_column")
        let path = try folder.file(
            "b.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\"}\n{\"text\": \"c\", \"label\": \"\"}\n")
        let bare = try LabelledDataset.load(path, requiresLabels: false)
        #expect(bare.examples.map(\.label) == [nil, nil, nil] && bare.labels.isEmpty)
        let some = try LabelledDataset.load(path, columns: Columns(label: "label"), requiresLabels: false)
        #expect(some.examples.map(\.label) == [0, nil, nil] && some.labels == ["x"])
        #expect(some.classCounts == [1])
    }

    @Test("pairs of texts")
    func pairs() throws {
        let data = try LabelledDataset.load(folder.file("a.csv", "premise,hypothesis,label\np,h,yes\nq,,no\n"))
        #expect(data.examples.map(\.input) == [.textPair("p", "h"), .textPair("q", "")])
        #expect(data.labels == ["no", "yes"] && data.examples.map(\.label) == [1, 0])
        #expect(data.warnings.count == 2)
    }

    @Test("white space around labels is ignored and told; too many classes are told")
    func labels() throws {
        let data = try LabelledDataset.load(folder.file("a.csv", "text,label\na,x \nb,x\nc, x\n"))
        #expect(data.labels == ["x"])
        #expect(data.warnings == ["there is white space around the label, which is ignored, in 2 rows (lines 2, 4)"])
        let text = "text,label\n" + (0..<12).map { "t\($0),l\($0)\n" }.joined()
        #expect(try LabelledDataset.load(folder.file("b.csv", text)).warnings.first?.contains("12 different labels") == true)
    }
}
