public import ZooTensor

/// The card of a model that was trained here, `README.md` as Hugging Face shows it: front matter for its search, then what the model is, what
/// it was made from, how well it does, and how it is used.
///
/// It says what the manifest says, and nothing of the machine or the time: the same model gives the same card.
public struct ModelCard: Sendable {
    /// What the card lies beside.
    public enum Form: Sendable, Hashable {
        /// A folder for `transformers`, or why it cannot open the folder.
        case transformers(obstacle: String?)
        /// A folder for sentence-transformers.
        case sentenceTransformers
    }

    /// The card's name in a folder.
    public static let fileName = "README.md"

    private let manifest: Manifest
    private let kind: InputKind
    private let form: Form

    /// - Parameters:
    ///   - kind: what the model reads.
    ///   - form: what the card lies beside.
    public init(_ manifest: Manifest, kind: InputKind, form: Form = .transformers(obstacle: nil)) {
        self.manifest = manifest
        self.kind = kind
        self.form = form
    }

    /// The class of `transformers` that loads a model with a configuration, by the architecture that this names.
    public static func autoClass(_ configuration: JSON) -> String {
        let architecture = configuration["architectures"]?.array?.first?.string ?? ""
        let heads = [
            "ForSequenceClassification", "ForImageClassification", "ForTokenClassification", "ForMaskedLM", "ForQuestionAnswering",
            "ForMultipleChoice", "ForNextSentencePrediction", "ForPreTraining", "ForMaskedImageModeling",
        ]
        return "AutoModel" + (heads.first(where: architecture.hasSuffix) ?? "")
    }

    /// The text.
    public var text: String {
        (["---"] + frontMatter + ["---", "", "# \(manifest.name)", ""] + body).joined(separator: "\n") + "\n"
    }

    // MARK: front matter

    private var hasClasses: Bool { manifest.task == "\(kind.rawValue)-classification" }

    /// The upstream repository, where the source is one.
    private var baseModel: String? {
        guard let source = manifest.source else { return nil }
        let parts = source.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(ModelReference.isNameByte) } ? source : nil
    }

    /// The data's name, where the provenance has one.
    private var dataName: String? { manifest.provenance?.configuration["data"]?["name"]?.string }

    private var frontMatter: [String] {
        var lines: [String] = []
        if let licence = manifest.licence { lines.append("license: \(Self.scalar(licence))") }
        if let baseModel { lines.append("base_model: \(Self.scalar(baseModel))") }
        if let dataName { lines += ["datasets:", "- \(Self.scalar(dataName))"] }
        if hasClasses { lines += ["metrics:", "- accuracy", "- f1"] }
        lines.append("library_name: \(form == .sentenceTransformers ? "sentence-transformers" : "transformers")")
        lines.append("pipeline_tag: \(Self.scalar(pipeline))")
        lines += ["tags:"] + [manifest.family, manifest.task, "modelzoo"].map { "- \(Self.scalar($0))" }
        return lines
    }

    private var pipeline: String {
        manifest.task == "features" ? (kind == .text ? "feature-extraction" : "image-feature-extraction") : manifest.task
    }

    /// A scalar of YAML: JSON's strings are YAML's too.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a } == true
            && text.utf8.allSatisfy { ModelReference.isNameByte($0) || $0 == UInt8(ascii: "/") }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isPlain ? text : JSON.string(text).serializedText()
    }

    // MARK: body

    private var body: [String] {
        var lines = ["A \(manifest.family) model for \(manifest.task), made with ModelZoo (`zoo finetune`).", ""]
        if hasClasses {
            lines.append("It tells one of \(manifest.labels.count) classes of \(kind == .text ? "a text" : "an image"):")
            lines.append("")
            let shown = manifest.labels.prefix(100)
            lines.append(shown.map(Self.inline).joined(separator: ", ") + (shown.count < manifest.labels.count ? ", …" : "."))
            lines.append("")
        }
        lines += ["## Made from", ""]
        lines.append(
            "- Base: " + (manifest.source.map(Self.inline) ?? "not told") + (manifest.revision.map { " at \(Self.inline($0))" } ?? ""))
        if let base = manifest.provenance?.base { lines.append("- The base's digest: `\(base)`") }
        lines.append("- Licence: " + (manifest.licence.map(Self.inline) ?? "not told; ask those who made the base and the data"))
        lines.append("")
        lines += ["## Training data", ""]
        if let data = manifest.provenance?.configuration["data"]?.object {
            for (key, value) in data.pairs { lines.append("- \(Self.plain(key)): \(Self.value(value))") }
        }
        lines.append(manifest.provenance?.data.map { "- digest: `\($0)`" } ?? "- not told")
        lines.append("")
        lines += metrics + recipe + usage
        return lines
    }

    private var metrics: [String] {
        let parts = manifest.metrics.pairs.filter { $0.value.object != nil }
        guard !parts.isEmpty else { return ["## Figures", "", "None have been measured.", ""] }
        let names = parts.reduce(into: [String]()) { names, part in
            for (key, value) in part.value.object?.pairs ?? [] where value.number != nil && !names.contains(key) { names.append(key) }
        }
        var lines = ["## Figures", ""]
        lines.append("| on | " + names.map(Self.plain).joined(separator: " | ") + " |")
        lines.append("|---|" + names.map { _ in "---:|" }.joined())
        for (part, figures) in parts {
            lines.append("| \(Self.plain(part)) | " + names.map { Self.figure(figures[$0]) }.joined(separator: " | ") + " |")
        }
        return lines + [""]
    }

    private var recipe: [String] {
        guard let configuration = manifest.provenance?.configuration, configuration.count > 0 else { return [] }
        return ["## Recipe", "", "```json", JSON.object(configuration).serializedText(pretty: true), "```", ""]
    }

    private var usage: [String] {
        let input = kind == .text ? "\"a text\"" : "photo.jpg"
        switch form {
        case .transformers(let obstacle):
            let lines =
                ["## Use", "", "In this folder, with `zoo`:", "", "```sh"]
                + [hasClasses ? "zoo predict ./ \(input)" : "zoo embed ./ \(input)", "```", ""]
            if let obstacle { return lines + ["`transformers` cannot open this folder: \(Self.plain(obstacle)).", ""] }
            return lines + [
                "With Python's `transformers`:", "", "```python", "from transformers import pipeline", "",
                "print(pipeline(\"\(pipeline)\", model=\"./\")(\(kind == .text ? input : "\"photo.jpg\"")))", "```", "",
            ]
        case .sentenceTransformers:
            return [
                "## Use", "", "In this folder, with Python's `sentence-transformers`; the last module gives one logit for each class:", "",
                "```python", "from sentence_transformers import SentenceTransformer", "", "model = SentenceTransformer(\"./\")",
                "logits = model.encode([\(input)], convert_to_tensor=True)", "names = model[0].auto_model.config.id2label",
                "print([names[int(best)] for best in logits.argmax(1)])", "```", "",
            ]
        }
    }

    private static func figure(_ value: JSON?) -> String {
        switch value {
        case .integer(let number)?: "\(number)"
        case .number(let number)? where number.isFinite && number.magnitude < 1e12: "\((number * 1e4).rounded() / 1e4)"
        default: "-"
        }
    }

    private static func value(_ value: JSON) -> String {
        switch value {
        case .string(let text): inline(text)
        default: plain(value.serializedText())
        }
    }

    /// Text that Markdown shows as it is: between more backticks than it has in a row.
    private static func inline(_ text: String) -> String {
        let text = printable(text, limit: 400)
        var (run, longest) = (0, 0)
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let ticks = String(repeating: "`", count: longest + 1)
        let space = longest > 0 ? " " : ""
        return ticks + space + text + space + ticks
    }

    /// Text without what Markdown and HTML would take for their own.
    private static func plain(_ text: String) -> String {
        var result = ""
        for character in printable(text, limit: 400) {
            if "\\`*_[]<>|#&".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
