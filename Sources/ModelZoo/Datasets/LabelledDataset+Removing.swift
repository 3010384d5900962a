extension LabelledDataset {
    /// The data without some classes and their examples.
    ///
    /// - Parameter names: the classes; those that the data have not are ignored.
    public func removing(labels names: Set<String>) -> LabelledDataset {
        let kept = labels.indices.filter { !names.contains(labels[$0]) }
        var places = [Int?](repeating: nil, count: labels.count)
        for (new, old) in kept.enumerated() { places[old] = new }
        let examples = examples.compactMap { example -> Example? in
            guard let label = example.label else { return example }
            return places[label].map { Example(input: example.input, label: $0, line: example.line) }
        }
        return LabelledDataset(examples: examples, labels: kept.map { labels[$0] }, path: path, columns: columns, warnings: warnings)
    }
}

extension DatasetParts {
    /// All parts without some classes and their examples.
    public func removing(labels names: Set<String>) -> DatasetParts {
        DatasetParts(
            training: training.removing(labels: names), validation: validation?.removing(labels: names), test: test?.removing(labels: names)
        )
    }
}
