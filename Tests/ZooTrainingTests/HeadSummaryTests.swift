import ModelZoo
import Testing
import ZooBERT
import ZooNN
import ZooTensor
import ZooTestSupport
import ZooTesting
import ZooTraining

/// What a new head reads of a sequence, and that it is kept with the model.
@Suite("What a head reads")
struct HeadSummaryTests {
    /// A base whose files call it a sentence encoder with this pooling.
    private func workplace(pooling: String?) throws -> Workplace {
        let workplace = try Workplace()
        guard let pooling else { return workplace }
        try makeFolders(workplace.base + "/1_Pooling")
        try writeFile(
            workplace.base + "/modules.json",
            Array(
                """
                [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
                """.utf8))
        try writeFile(
            workplace.base + "/1_Pooling/config.json", Array("{\"word_embedding_dimension\": 32, \"\(pooling)\": true}".utf8))
        return workplace
    }

    @Test(
        "a model's own files decide, and the caller before them",
        arguments: [
            (nil, nil, .pooled), ("pooling_mode_mean_tokens", nil, .mean), ("pooling_mode_cls_token", nil, .firstToken),
            ("pooling_mode_mean_tokens", .pooled, .pooled), (nil, .mean, .mean),
        ] as [(String?, ClassificationHead.Summary?, ClassificationHead.Summary)])
    func choice(stated: String?, wanted: ClassificationHead.Summary?, expected: ClassificationHead.Summary) throws {
        let workplace = try workplace(pooling: stated)
        let model = try Model<BERT>(Assets(folder: workplace.base), head: .fresh(["blue", "red"]), summary: wanted)
        #expect(model.head?.summary == expected)
        #expect(model.schema.parameters.contains { $0.path.segments.first == "pooler" } == (expected == .pooled))

        // Written and loaded again it answers the same.
        let folder = workplace.path("written")
        try model.write(to: folder)
        let key = try Assets(folder: folder).json("config.json")["classifier_pooling"]?.string
        #expect(key == (expected == .pooled ? nil : expected.rawValue))
        let loaded = try Model<BERT>(Assets(folder: folder), head: .published)
        let inputs = [Input.text("the reda of"), .text("blueb"), .text("a a a a")]
        #expect(loaded.head?.summary == expected)
        #expect(try loaded.classify(inputs) == model.classify(inputs))
        // A new head on it reads the same.
        #expect(try Model<BERT>(Assets(folder: folder), head: .fresh(["a", "b", "c"])).head?.summary == expected)
    }

    @Test("an unknown word in the configuration is refused by name")
    func unknown() throws {
        let workplace = try Workplace(["classifier_pooling": .string("max")], labels: ["a", "b"])
        expectError(.format, "classifier_pooling", "mean", "max") {
            try Model<BERT>(Assets(folder: workplace.base), head: .published)
        }
    }
}
