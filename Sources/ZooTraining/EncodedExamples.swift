public import ModelZoo
public import ZooTensor

/// The examples of a data set as a tokenizer takes them, read to the end once, so that what is wrong with them shows before training.
public struct EncodedExamples<InputTokenizer: Tokenizer>: Sendable {
    private(set) var inputs: [InputTokenizer.Encoded] = []
    /// Tells equal inputs.
    private(set) var identities: [Digest] = []
    /// The class of each input.
    private(set) var labels: [Int] = []
    /// What is wrong with the inputs that were left out.
    public private(set) var errors: [any ZooError] = []
    /// What the user should know about the inputs, in sentences, beside what the data set told.
    public private(set) var notes: [String] = []
    /// What the user should know about inputs that are cut, where no plan tells it.
    public private(set) var cutNotes: [String] = []

    /// How many examples are read between two reports.
    private static var stretch: Int { 128 }

    /// Reads examples.
    ///
    /// - Parameters:
    ///   - badInputs: what happens to inputs that cannot be read.
    ///   - progress: called with the number of examples read.
    /// - Throws: `TrainingError.unlabelled`, and what an input that cannot be read throws, unless such inputs are to be left out.
    public init(
        _ data: LabelledDataset, _ tokenizer: InputTokenizer, _ badInputs: BadInputPolicy = .fail,
        progress: (_ done: Int) -> Void = { _ in }
    ) throws {
        let examples = data.examples
        var tally = InputTally(InputTokenizer.inputKind)
        var contradictions = Contradictions()
        inputs.reserveCapacity(examples.count)
        labels.reserveCapacity(examples.count)
        for start in stride(from: 0, to: examples.count, by: Self.stretch) {
            let part = examples[start..<min(start + Self.stretch, examples.count)]
            let results = concurrentResults(part.count) { place in
                let example = part[part.startIndex + place]
                do {
                    let encoded = try tokenizer.checked(tokenizer.accepted(example.input))
                    return (encoded, tokenizer.identity(encoded, of: example.input))
                } catch let error as ModelError where error.place == nil && error.exitCode == .data {
                    throw TrainingError.input(error, path: data.path, line: example.line)
                }
            }
            for (example, result) in zip(part, results) {
                guard let label = example.label else { throw TrainingError.unlabelled(path: data.path) }
                do {
                    let (encoded, identity) = try result.get()
                    inputs.append(encoded)
                    identities.append(identity)
                    labels.append(label)
                    tally.add(encoded, of: tokenizer)
                    contradictions.add(identity, label, example)
                } catch let error as any ZooError where badInputs == .skip && error.exitCode == .data {
                    errors.append(error)
                }
            }
            progress(part.endIndex)
        }
        notes = contradictions.notes(data) + tally.notes(withEmpty: false, withCut: false)
        cutNotes = tally.notes(withEmpty: false, withCut: true).filter { !notes.contains($0) }
    }
}
