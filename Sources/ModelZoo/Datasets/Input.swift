/// One raw input of a model, before any tokenizer or image reader has seen it.
public enum Input: Sendable, Hashable {
    /// A text.
    case text(String)
    /// Two texts that belong together, as premise and hypothesis.
    case textPair(String, String)
    /// An image.
    case image(ImageSource)

    /// An image file.
    public static func file(_ path: String) -> Input { .image(ImageSource(file: path)) }

    /// What the input is made of, for people and for results: the texts, or the name of the image.
    public var parts: [String] {
        switch self {
        case .text(let text): [text]
        case .textPair(let first, let second): [first, second]
        case .image(let source): [source.name]
        }
    }

    /// The kind of the input.
    public var kind: InputKind {
        switch self {
        case .text, .textPair: .text
        case .image: .image
        }
    }
}

/// What a family reads.
public enum InputKind: String, Sendable, Hashable {
    case text
    case image

    /// What one input is called in figures.
    public var unit: String {
        switch self {
        case .text: "sentence"
        case .image: "image"
        }
    }

    /// Whether tokens are something that a person knows of such inputs.
    public var hasTokens: Bool {
        switch self {
        case .text: true
        case .image: false
        }
    }

    /// Whether sentence-transformers reads such inputs by modules that are known here.
    public var hasSentenceModules: Bool {
        switch self {
        case .text: true
        case .image: false
        }
    }

    /// What one input is called in sentences.
    public var noun: String { rawValue }

    /// An input as it is written on a command line, for hints.
    public var sampleArgument: String {
        switch self {
        case .text: "\"a text\""
        case .image: "photo.jpg"
        }
    }

    /// Labelled data as it is written on a command line, for hints.
    public var sampleData: String {
        switch self {
        case .text: "FILE.csv"
        case .image: "FOLDER"
        }
    }

    /// The names of the parts of an input in tables and documents.
    public var partNames: [String] {
        switch self {
        case .text: ["text", "text_pair"]
        case .image: ["image"]
        }
    }
}
