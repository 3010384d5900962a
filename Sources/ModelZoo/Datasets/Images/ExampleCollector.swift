/// Examples gathered one after the other, with names of classes.
struct ExampleCollector {
    private var labels: LabelCollector
    private var examples: [Example] = []
    private let requiresLabels: Bool

    /// - Parameters:
    ///   - labels: the classes there are; nil: those that the examples have.
    ///   - requiresLabels: whether a class that is none of `labels` is an error.
    init(labels: [String]?, requiresLabels: Bool) {
        self.labels = LabelCollector(fixed: labels)
        self.requiresLabels = requiresLabels
    }

    /// Appends an image.
    ///
    /// - Parameters:
    ///   - label: the name of its class, nil if it has none.
    ///   - path: what the error calls the place that the class comes from.
    /// - Throws: `DatasetError.unknownLabel`, `.badLabel`.
    mutating func add(_ source: ImageSource, label: String?, path: String) throws(DatasetError) {
        let number = examples.count + 1
        var index: Int?
        if let label {
            index = try labels.index(of: .text(label), label, line: number, place: (path, ""))
            guard index != nil || !requiresLabels else {
                throw .unknownLabel(path: path, line: 0, column: "", label: label, known: labels.known)
            }
        }
        examples.append(Example(input: .image(source), label: index, line: number))
    }

    /// The data set of all that was added.
    func dataset(_ path: String, warnings: [String] = []) -> LabelledDataset {
        let (names, classes, labelWarnings) = labels.finish()
        let ordered = examples.map { Example(input: $0.input, label: $0.label.map { classes[$0] }, line: $0.line) }
        return LabelledDataset(examples: ordered, labels: names, path: path, warnings: warnings + labelWarnings)
    }
}
