import ModelZoo
import ZooTensor

/// Finds inputs that are given more than once with different classes.
struct Contradictions {
    /// The class of each input, and where it was met first.
    private var known: [Digest: (label: Int, line: Int)] = [:]
    private var seen = Set<Digest>()
    private var first: (input: Input, lines: (Int, Int), labels: (Int, Int))?

    /// Looks at an example.
    mutating func add(_ identity: Digest, _ label: Int, _ example: Example) {
        guard let before = known[identity] else {
            known[identity] = (label, example.line)
            return
        }
        guard before.label != label else { return }
        seen.insert(identity)
        if first == nil { first = (example.input, (before.line, example.line), (before.label, label)) }
    }

    /// What a person should know about them.
    func notes(_ data: LabelledDataset) -> [String] {
        guard let first else { return [] }
        let text = first.input.parts.map { "\"\(printable($0, limit: 60))\"" }.joined(separator: " | ")
        let lines = data.columns == nil ? "" : ", lines \(first.lines.0) and \(first.lines.1)"
        let count = seen.count
        return [
            "\(counted(count, "input is", "inputs are")) in \(printable(data.path, limit: 1000)) more than once with different labels, as \(text) "
                + "(\"\(printable(data.labels[first.labels.0]))\" and \"\(printable(data.labels[first.labels.1]))\"\(lines))"
        ]
    }
}
