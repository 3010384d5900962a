public import ZooTensor

/// Errors of configurations, families and checkpoints.
public enum ModelError: ZooError {
    case configuration(file: String, key: String, expected: String, found: String)
    case unknownFamily(modelType: String, file: String, known: [String])
    case familyNotRegistered(name: String, known: [String])
    case duplicateFamily(identifier: String)
    case missingFile(name: String, model: String, available: [String])
    case checkpoint(file: String, problems: CheckpointProblems)
    case noHead(model: String)
    /// The head is for another task than one class of a whole input; `stated` is what the configuration says.
    case otherTask(model: String, stated: String)
    /// The model cannot be written as modules of sentence-transformers.
    case noSentenceForm(model: String, reason: String)
    case wrongInput(expected: String, found: String)
    case vocabulary(file: String, tokens: Int, rows: Int)
    case tooLong(requested: Int, allowed: Int)
    case specialTokens(count: Int, allowed: Int)
    case noTokens(input: String)
    case labels(file: String, problem: String)
    /// Modules or settings of sentence-transformers that vectors cannot be made by.
    case vectors(file: String, entry: String?, problem: String)
    case unknownPrompt(name: String, model: String, known: [String])
    /// An input has no tokens but those of the prompt, which do not count.
    case promptTakesAll(tokens: Int, length: Int)
    case memory(file: String, needed: Int, available: Int)
    /// NaN or infinity in a tensor of this upstream name; nil for numbers that overflow though all weights are finite.
    case notFinite(model: String, tensor: String?)

    public var code: String {
        switch self {
        case .configuration: "model.configuration"
        case .unknownFamily: "model.unknown_family"
        case .familyNotRegistered: "model.family_not_registered"
        case .duplicateFamily: "model.duplicate_family"
        case .missingFile: "model.missing_file"
        case .checkpoint: "model.checkpoint"
        case .noHead: "model.no_head"
        case .otherTask: "model.other_task"
        case .noSentenceForm: "model.no_sentence_form"
        case .wrongInput: "model.wrong_input"
        case .vocabulary: "model.vocabulary"
        case .tooLong: "model.too_long"
        case .specialTokens: "model.special_tokens"
        case .noTokens: "data.no_tokens"
        case .labels: "model.labels"
        case .vectors: "model.vectors"
        case .unknownPrompt: "model.unknown_prompt"
        case .promptTakesAll: "model.prompt_takes_all"
        case .memory: "model.memory"
        case .notFinite: "model.not_finite"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .configuration, .missingFile, .checkpoint, .vocabulary, .labels, .notFinite: .format
        case .unknownFamily, .familyNotRegistered, .vectors, .otherTask: .incompatible
        case .duplicateFamily: .internalError
        case .memory: .resources
        case .noTokens: .data
        case .noHead, .noSentenceForm, .wrongInput, .tooLong, .specialTokens, .unknownPrompt, .promptTakesAll: .usage
        }
    }

    public var message: String {
        switch self {
        case .configuration(_, _, let expected, let found): "expected \(expected), found \(found)"
        case .unknownFamily(let type, _, let known):
            "the model type \"\(printable(type))\" belongs to no registered family; registered are: \(known.joined(separator: ", "))"
        case .familyNotRegistered(let name, let known):
            "the family \"\(printable(name))\" is not registered in this program; registered are: \(known.joined(separator: ", "))"
        case .duplicateFamily(let identifier): "two modules register the family \"\(identifier)\""
        case .missingFile(let name, let model, let available):
            "\(printable(model)) has no \(name); it has \(available.isEmpty ? "no files" : available.map { printable($0) }.joined(separator: ", "))"
        case .checkpoint(_, let problems): problems.description
        case .noHead(let model): "\(printable(model)) has no trained head: it gives features, not labels"
        case .otherTask(let model, let stated):
            "\(printable(model)) has a head for another task (\(stated)); expected one that tells one of several classes of a whole input"
        case .noSentenceForm(let model, let reason):
            "\(printable(model)) cannot be written as modules of sentence-transformers: \(printable(reason))"
        case .wrongInput(let expected, let found): "the model takes \(expected), found \(printable(found))"
        case .vocabulary(_, let tokens, let rows):
            "the vocabulary has \(tokens) tokens, but the model's embedding table has only \(rows) rows"
        case .tooLong(let requested, let allowed):
            "a sequence may have at most \(allowed) tokens with this model, \(requested) were asked for"
        case .specialTokens(let count, let allowed):
            "the special tokens of an input are \(count) already, but a sequence may have at most \(allowed) tokens"
        case .noTokens(let input):
            "the input \"\(printable(input, limit: 60))\" has no tokens: nothing of it is left, and the model's tokenizer adds none of its own"
        case .labels(_, let problem): problem
        case .memory(_, let needed, let available):
            "its weights take \(needed >> 20) MiB of memory, but this process may use at most \(available >> 20) MiB"
        case .notFinite(let model, let tensor):
            if let tensor {
                "the weights of \(printable(model)) hold NaN or infinity in \"\(printable(tensor))\": what it computes is no answer"
            } else {
                "what \(printable(model)) computes is NaN or infinite though its weights are not: they are too large for each other"
            }
        case .vectors(_, _, let problem): problem
        case .unknownPrompt(let name, let model, let known):
            "\(printable(model)) has no prompt \"\(printable(name))\"; "
                + (known.isEmpty ? "it has none" : "it has " + known.map { printable($0) }.joined(separator: ", "))
        case .promptTakesAll(let tokens, let length):
            "the prompt has \(tokens) tokens, which do not count in the pooling, and with this input there are only \(length)"
        }
    }

    public var place: Place? {
        switch self {
        case .configuration(let file, let key, _, _): Place(file: file, entry: key)
        case .unknownFamily(_, let file, _): Place(file: file, entry: "model_type")
        case .checkpoint(let file, _), .vocabulary(let file, _, _): Place(file: file)
        case .labels(let file, _): Place(file: file, entry: "id2label")
        case .vectors(let file, let entry, _): Place(file: file, entry: entry)
        case .memory(let file, _, _): Place(file: file)
        default: nil
        }
    }

    public var hint: String? {
        switch self {
        case .unknownFamily, .familyNotRegistered:
            "a family is a module: see \"Adding a family\" in the documentation; \"zoo family list\" shows those at hand"
        case .otherTask: "its backbone is usable: put a new head on it with \"zoo finetune\", or get its features with \"zoo embed\""
        case .noHead: "train one with \"zoo finetune\", or get its features with \"zoo embed\""
        case .noSentenceForm: "write it for transformers with --format hf"
        case .missingFile: "import the whole folder again"
        case .notFinite: "import the model again, or check it with its publisher"
        case .specialTokens: "allow a greater length"
        case .noTokens: "give a text with words in it, or leave such inputs out with --on-bad skip"
        case .unknownPrompt: "give the text itself with --prompt TEXT"
        default: nil
        }
    }
}

/// Everything that keeps a checkpoint from fitting a model.
public struct CheckpointProblems: Sendable, CustomStringConvertible {
    /// Canonical and upstream name of tensors that the model needs and the checkpoint lacks.
    public var missing: [(canonical: String, upstream: String)] = []
    /// Upstream names that the family does not know.
    public var unexpected: [String] = []
    /// Tensors whose shape differs.
    public var misshaped: [(name: String, expected: Shape, found: [Int])] = []
    /// Two upstream names that stand for the same parameter.
    public var ambiguous: [(canonical: String, names: [String])] = []

    /// Whether there is none.
    public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshaped.isEmpty && ambiguous.isEmpty }

    /// The first five of each kind, and how many there are.
    public var description: String {
        func list<T>(_ title: String, _ items: [T], _ text: (T) -> String) -> String? {
            if items.isEmpty { return nil }
            let shown = items.prefix(5).map(text).joined(separator: "; ")
            return "\(items.count) \(title): \(shown)" + (items.count > 5 ? "; …" : "")
        }
        return "the checkpoint does not fit the model. "
            + [
                list("missing", missing) { "\($0.canonical) (\"\($0.upstream)\")" },
                list("unexpected", unexpected) { "\"\(printable($0))\"" },
                list("of another shape", misshaped) { "\"\(printable($0.name))\" expected \($0.expected), found \(Shape($0.found))" },
                list("given twice", ambiguous) { item in
                    "\(item.canonical) by " + item.names.map { "\"\(printable($0))\"" }.joined(separator: " and ")
                },
            ].compactMap { $0 }.joined(separator: ". ")
    }
}
