import ModelZoo
import ZooTensor

/// `JSON.parse`; what is accepted must read back as the same.
final class JSONTarget: Target {
    static let name = "json"
    private let mutator = Mutator(
        seeds: [
            #"{"a": [1, -2.5e3, true, null, "x\u00e9\n\ud83d\ude00"], "b": {"c": {"d": []}}, "é": "\"\\\/\b\f\n\r\t"}"#,
            #"[0, -0, 0.1, 1e10, 123456789012345678, 1.7976931348623157e308, 5e-324]"#, "null", "\"\"", "  {}  ",
        ].map { Array($0.utf8) },
        words: [#"\u0000"#, #"\ud800"#, #"\udc00"#, #"\u"#, "\\", "\u{feff}", "//", "/*"].map { Array($0.utf8) })

    init(_ folder: ScratchFolder) {}

    func run(_ source: inout Source) throws {
        let bytes = source.document(mutator)
        let value = try JSON.parse(bytes, limits: JSONLimits(depth: source.pick([2, 64, 512, 100_000])), file: "f")
        for pretty in [false, true] {
            let written = value.serialized(pretty: pretty)
            try require(
                (try JSON.parse(written, limits: JSONLimits(depth: 512), file: "f")) == value, "the value changes when written and read")
        }
    }
}

/// Model references, digests and versions.
final class ReferenceTarget: Target {
    static let name = "reference"
    private let mutator: Mutator

    init(_ folder: ScratchFolder) {
        let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)
        mutator = Mutator(
            seeds: ["bert-base", "org_name.v2:latest", "m:1.0@\(digest)", "a@\(digest)", digest, "0.1.0", "12.0.999999", "./x.zoo"].map {
                Array($0.utf8)
            },
            words: [":", "@", "sha256:", "..", ".zoo", "latest", "/", "é"].map { Array($0.utf8) })
    }

    func run(_ source: inout Source) throws {
        let text = String(decoding: source.document(mutator), as: UTF8.self)
        if let digest = Digest(text) { try require(digest.description == text, "a digest changes: \(printable(text))") }
        if let version = CoreVersion(text) { try require(version.description == text, "a version changes: \(printable(text))") }
        let reference = try ModelReference(text)
        try require((try ModelReference(reference.description)) == reference, "a reference changes: \(printable(text))")
        try require(
            !reference.name.contains("/") && !reference.tag.contains("/") && !reference.name.hasPrefix("."), "unsafe: \(printable(text))")
    }
}
