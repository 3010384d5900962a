import ModelZoo
import Testing
import ZooBERT
import ZooTensor
import ZooTestSupport
import ZooTesting

/// A broken family and the check that is meant for it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let family: any BrokenBERT.Type
    let check: FamilyCheck
    /// Whether nothing else is wrong.
    var isAlone = true

    var testDescription: String { "\(family)" }

    static let all = [
        Mistake(family: Greedy.self, check: .recognition),
        Mistake(family: Clashing.self, check: .names),
        Mistake(family: Hurried.self, check: .shapes),
        Mistake(family: Twofold.self, check: .slopes),
        Mistake(family: Detached.self, check: .reachability, isAlone: false),
        Mistake(family: Wasteful.self, check: .reachability),
        Mistake(family: Wordless.self, check: .saving),
        Mistake(family: Sociable.self, check: .packing, isAlone: false),
        Mistake(family: Brittle.self, check: .emptyInputs, isAlone: false),
        Mistake(family: Climbing.self, check: .learning, isAlone: false),
        Mistake(family: Headstrong.self, check: .strategies),
        Mistake(family: Moody.self, check: .repeatability, isAlone: false),
    ]
}

/// Whether the conformance kit catches what it is there for.
@Suite("The conformance kit")
struct FamilyCheckTests {
    static let configuration = JSON.object([
        "model_type": .string("bert"), "vocab_size": .integer(Workplace.vocabulary.count), "hidden_size": .integer(16),
        "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "intermediate_size": .integer(24),
        "max_position_embeddings": .integer(16), "type_vocab_size": .integer(2),
    ])
    static let files = [
        "vocab.txt": Array(Workplace.vocabulary.joined(separator: "\n").utf8),
        // For the family that does not take the file above.
        "words.txt": Array(Workplace.vocabulary.reversed().joined(separator: "\n").utf8),
    ]

    /// A fixture with random weights and no reference.
    static func fixture<Family: ModelFamily>(_ family: Family.Type) throws -> FamilyFixture {
        try FamilyFixture.random(
            family, configuration: configuration, files: files, labels: ["no", "yes"],
            examples: [
                .init(.text("the reda of and in"), label: 0), .init(.textPair("blueb a", "on we you the tallc"), label: 1),
                .init(.text("wetd"), label: 0), .init(.text(""), label: 1),
            ])
    }

    /// BERT's own fixture.
    private func reference() throws -> FamilyFixture {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return try FamilyFixture(folder: tests + "/BERTTests/Fixtures")
    }

    @Test("each mistake is found by the check that is meant for it", arguments: Mistake.all)
    func mistakes(mistake: Mistake) throws {
        func check<Family: BrokenBERT>(_ family: Family.Type) throws -> FamilyReport {
            try checkFamily(family, Self.fixture(family))
        }
        let report = try check(mistake.family)
        let failed = report.failures.map(\.check)
        #expect(failed.contains(mistake.check), "\(report)")
        if mistake.isAlone { #expect(failed == [mistake.check], "\(report)") }
    }

    @Test("a table without an entry: the names are named, and nothing else is tried")
    func missingEntry() throws {
        let report = try checkFamily(Forgetful.self, reference())
        #expect(report.failures.map(\.check) == [.names, .loading], "\(report)")
        let names = try #require(report.results.first { $0.check == .names })
        #expect(names.detail.contains("layers.0.attention.key.weight has no upstream name"), "\(names)")
        #expect(report.leftOut.count == FamilyCheck.allCases.count - 3)
        // The failure to load shows even if it was not asked for.
        let part = try checkFamily(Forgetful.self, reference(), [.packing])
        #expect(part.results.map(\.check) == [.loading, .packing] && part.failures.map(\.check) == [.loading])
    }

    @Test("what differs from the reference")
    func differences() throws {
        let hasty = try checkFamily(Hasty.self, reference(), [.inputs, .values])
        #expect(hasty.failures.map(\.check) == [.inputs, .values], "\(hasty)")
        let inexact = try checkFamily(Inexact.self, reference(), [.inputs, .values, .gradients, .slopes])
        #expect(inexact.failures.map(\.check) == [.values, .gradients], "\(inexact)")
        let twofold = try checkFamily(Twofold.self, reference(), [.values, .gradients])
        #expect(twofold.failures.map(\.check) == [.gradients], "\(twofold)")
    }

    @Test("without a reference its checks are left out and the report says so")
    func withoutReference() throws {
        var shown: [String] = []
        let report = try checkFamily(BERT.self, Self.fixture(BERT.self)) { shown.append($0.description) }
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.leftOut.map(\.check) == [.inputs, .values, .gradients])
        #expect(report.results.map(\.check) == FamilyCheck.allCases)
        #expect(report.description == shown.joined(separator: "\n"))
        #expect(report.description.contains("\nleft out  values: the fixture has no reference\n"))
    }

    @Test("fixtures that cannot be used")
    func fixtures() throws {
        let folder = try TemporaryFolder()
        try RandomModel.write(
            BERT.self, configuration: Self.configuration, files: Self.files, labels: ["no", "yes"], to: folder.path + "/tiny")
        for (text, problem) in [
            ("{}", "a list \"examples\""), (#"{"examples": []}"#, "not empty"), (#"{"examples": [{"label": 0}]}"#, "example 0: expected a"),
            (#"{"examples": [{"text": "a"}]}"#, "\"label\""), (#"{"examples": [{"text": "a", "label": 0, "ids": [1.5]}]}"#, "\"ids\""),
        ] {
            try folder.write("expected.json", text.utf8)
            expectError(.format, "expected.json", problem) { try FamilyFixture(folder: folder.path) }
        }
        try folder.write("expected.json", #"{"examples": [{"text": "a", "label": 2}]}"#.utf8)
        let report = try checkFamily(BERT.self, FamilyFixture(folder: folder.path), [.learning])
        #expect(report.failures.first?.detail.contains("the model has 2 classes") == true, "\(report)")
        expectError(.format, "no examples") {
            try checkFamily(BERT.self, FamilyFixture(Assets(folder: folder.path + "/tiny"), examples: []))
        }
    }
}
