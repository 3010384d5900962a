public import ModelZoo
public import ZooTensor

/// What a family is checked with: a tiny model in upstream layout, inputs with classes, and what the reference implementation makes of
/// them.
///
/// As a folder it holds
///
/// - `tiny/`: the model with a head, as the reference writes it, with random weights;
/// - `expected.json`: `{"examples": [{"text": …, "pair": …, "label": 2, "ids": […], "types": […]}, …]}`, or
///   `{"image": "a.png", "label": 0}` with a path relative to the folder. `pair`, `ids` and `types` may be absent;
/// - `expected.safetensors`, if there is a reference: `hidden` (the last hidden states of all examples, `[tokens, width]` or
///   `[images, tokens, width]`), `logits` (`[examples, classes]`), `loss` (the mean cross-entropy), `gradients.NAME` of every parameter by
///   its upstream name, and `pixel_values` (`[images, 3, height, width]`). Each may be absent.
///
/// `Tests/Parity/make_fixture.py` writes that of BERT.
public struct FamilyFixture: Sendable {
    /// An input with its class.
    public struct Example: Sendable, Hashable {
        /// The input.
        public let input: Input
        /// Its class, as an index into the model's labels.
        public let label: Int
        /// What the reference's tokenizer makes of it; nil if that is not known.
        public let ids: [Int32]?
        /// The types of these tokens; nil if they are not known.
        public let types: [Int32]?

        public init(_ input: Input, label: Int, ids: [Int32]? = nil, types: [Int32]? = nil) {
            self.input = input
            self.label = label
            self.ids = ids
            self.types = types
        }
    }

    /// The files of the model.
    public let assets: Assets
    /// The inputs; of different lengths, if the family allows it, so that packing matters.
    public let examples: [Example]
    /// What the reference computes; nil leaves these checks out.
    public let expected: Checkpoint?
    /// The rate of the steps that must reduce the loss.
    public var learningRate: Float = 1e-3
    /// Keeps the folder of a random model.
    private let temporary: TemporaryFolder?

    /// A fixture of given parts.
    public init(_ assets: Assets, examples: [Example], expected: Checkpoint? = nil) {
        self.init(assets, examples: examples, expected: expected, temporary: nil)
    }

    private init(_ assets: Assets, examples: [Example], expected: Checkpoint?, temporary: TemporaryFolder?) {
        self.assets = assets
        self.examples = examples
        self.expected = expected
        self.temporary = temporary
    }

    /// Reads a fixture's folder.
    ///
    /// - Throws: `TestingError.fixture`, `FileError`, `JSONError`, `SafetensorsError`.
    public init(folder: String) throws {
        let file = folder + "/expected.json"
        let record = try JSON.parse(readFile(file), file: file)
        guard let examples = record["examples"]?.array, !examples.isEmpty else {
            throw TestingError.fixture(file: file, problem: "expected a list \"examples\" that is not empty")
        }
        let values = folder + "/expected.safetensors"
        self.init(
            try Assets(folder: folder + "/tiny"),
            examples: try examples.enumerated().map { number, json in
                do throws(Example.Malformed) {
                    return try Example(json, folder: folder)
                } catch {
                    throw TestingError.fixture(file: file, problem: "example \(number): \(error.problem)")
                }
            },
            expected: fileKind(values) == nil ? nil : try Checkpoint(values))
    }

    /// Reads the folder `Fixtures` that lies beside the source file of a test.
    public static func beside(_ file: String = #filePath) throws -> FamilyFixture {
        try FamilyFixture(
            folder: file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Fixtures")
    }

    /// A fixture without a reference: a model of random weights (see ``RandomModel``), which goes away with the fixture.
    ///
    /// - Parameters:
    ///   - configuration: the content of `config.json`, an object.
    ///   - files: what else belongs to the model by name, as `vocab.txt`.
    ///   - labels: the classes, two or more.
    public static func random<Family: ModelFamily>(
        _ family: Family.Type, configuration: JSON, files: [String: [UInt8]] = [:], labels: [String], examples: [Example], seed: UInt64 = 1
    ) throws -> FamilyFixture {
        let folder = try TemporaryFolder()
        try RandomModel.write(family, configuration: configuration, files: files, labels: labels, seed: seed, to: folder.path)
        return FamilyFixture(try Assets(folder: folder.path), examples: examples, expected: nil, temporary: folder)
    }
}

extension FamilyFixture.Example {
    /// Why a record is no example.
    fileprivate struct Malformed: Error {
        let problem: String
    }

    fileprivate init(_ json: JSON, folder: String) throws(Malformed) {
        func numbers(_ key: String) throws(Malformed) -> [Int32]? {
            guard let value = json[key] else { return nil }
            let numbers = value.array?.compactMap { $0.integer.flatMap(Int32.init(exactly:)) }
            guard let numbers, numbers.count == value.array?.count else {
                throw Malformed(problem: "expected whole numbers as \"\(key)\"")
            }
            return numbers
        }
        let input: Input
        if let text = json["text"]?.string {
            input = json["pair"]?.string.map { .textPair(text, $0) } ?? .text(text)
        } else if let image = json["image"]?.string {
            input = .file(folder + "/" + image)
        } else {
            throw Malformed(problem: "expected a \"text\" or an \"image\"")
        }
        guard let label = json["label"]?.integer else { throw Malformed(problem: "expected a whole number as \"label\"") }
        self.init(input, label: label, ids: try numbers("ids"), types: try numbers("types"))
    }
}
