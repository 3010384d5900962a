import Foundation
import Testing
import ZooBERT
import ZooViT

/// The pipeline and the command serve every family, those of other packages too, so they may know none by name. What there is to know about
/// texts and images is a matter of the tokenizer and of the library's `InputKind`.
@Suite("No special cases")
struct FamilyNeutralityTests {
    /// The one place where inputs of different kinds come from different places.
    private static let place = "/ZooCommands/Support/InputSource.swift"

    /// Decisions by an `InputKind` or an `Input`: cases, but for one that carries a text, as other types have it; and comparisons.
    private static let patterns = [
        #"\bcase\s+(?:\.\w+\s*,\s*)*\.image\b"#, #"\bcase\s+(?:\.\w+\s*,\s*)*\.text\??\s*[:,=]"#,
        #"[!=]=\s*\.(?:image|text)\b"#, #"(?:^|[\s(])\.(?:image|text)\s*[!=]="#, #"\bInputKind\.(?:image|text)\b"#,
    ]

    /// The Swift files of a target.
    private static func sources(of target: String) throws -> [(path: String, text: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("Sources/\(target)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var sources: [(path: String, text: String)] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            sources.append((file.path, try String(contentsOf: file, encoding: .utf8)))
        }
        #expect(sources.count > 5)
        return sources
    }

    /// The lines of a source that decide by what a model reads.
    private static func decisions(in text: String) throws -> [String] {
        let expressions = try patterns.map { try Regex($0).wordBoundaryKind(.simple) }
        var found: [String] = []
        var subject = ""
        for line in text.split(separator: "\n") {
            if line.contains("switch ") { subject = String(line) }
            // The forms of a result have one that is called text too.
            if subject.contains("switch format") && line.contains("case .text:") { continue }
            if expressions.contains(where: { line.firstMatch(of: $0) != nil }) { found.append(String(line)) }
        }
        return found
    }

    @Test("neither the pipeline nor the command names a family", arguments: ["ZooTraining", "ZooCommands"])
    func namesNoFamily(_ target: String) throws {
        for (path, text) in try Self.sources(of: target) {
            for name in [BERT.identifier, ViT.identifier] {
                let word = try Regex(#"\b(?:zoo)?"# + name + #"\b"#).ignoresCase().wordBoundaryKind(.simple)
                #expect(text.firstMatch(of: word) == nil, "\(path) mentions \(name)")
            }
        }
    }

    @Test("neither decides by what a model reads, but for where inputs come from", arguments: ["ZooTraining", "ZooCommands"])
    func decidesByNoKind(_ target: String) throws {
        for (path, text) in try Self.sources(of: target) where !path.hasSuffix(Self.place) {
            let found = try Self.decisions(in: text)
            #expect(found.isEmpty, "\(path) decides by the kind of input")
        }
    }

    @Test("the place that may decide by it does")
    func exception() throws {
        let sources = try Self.sources(of: "ZooCommands")
        let source = try #require(sources.first { $0.path.hasSuffix(Self.place) })
        #expect(try Self.decisions(in: source.text).count >= 2)
    }

    @Test(
        "such a decision is seen",
        arguments: [
            "switch kind {\ncase .text: return 1", "case .image: return 2", "if case .image(let source) = input {", "case .text, .image:",
            "case .textPair, .text:", "case .image, .text:", "guard case .text = Family.inputKind else {", "kind == .image ? 1 : 2",
            "if Family.inputKind != .text {", "if .image == kind {", "kind == InputKind.image", "InputTokenizer.inputKind==.text",
        ])
    func seen(_ text: String) throws {
        #expect(try Self.decisions(in: text).count == 1)
    }

    @Test(
        "other texts and images are left alone",
        arguments: [
            "switch format ?? .text {\ncase .text:", "case .text(let text):", "list(texts.map { .text($0) })",
            "return .text(\"\")", "if let image = preview.image {", "if preview.image == nil", "row.cells[position].text == nil",
            "case .imageSize:", "case .textPair(let a, let b):",
        ])
    func leftAlone(_ text: String) throws {
        #expect(try Self.decisions(in: text).isEmpty)
    }
}
