import ZooTensor

/// What the head in a checkpoint is for, as far as the model's own files say.
public enum PublishedHead: Sendable, Hashable {
    /// There is none.
    case none
    /// It tells the one class of a whole input, of at least two.
    case classifier
    /// It is for something else, in the words of the configuration: `architectures BertForTokenClassification`.
    case otherTask(String)

    /// What a configuration in the form of `transformers` says of a head that the checkpoint holds.
    ///
    /// A head of several classes without `problem_type` is one of exactly one class, as in `transformers`' text-classification pipeline.
    ///
    /// - Parameters:
    ///   - classifier: the upstream class with the head that is answered, as `BertForSequenceClassification`.
    ///   - labels: the number of classes.
    static func stated(by configuration: JSONObject, classifier: String, labels: () throws -> Int) rethrows -> PublishedHead {
        let names = configuration["architectures"]?.array?.compactMap(\.string) ?? []
        // The classes of the other frameworks carry a prefix.
        let isClassifier = names.isEmpty || names.contains { [classifier, "TF" + classifier, "Flax" + classifier].contains($0) }
        guard isClassifier else { return .otherTask("architectures " + names.map { printable($0) }.joined(separator: ", ")) }
        switch configuration["problem_type"] {
        case nil, .null?, .string("single_label_classification")?: break
        case let kind?: return .otherTask("problem_type " + (kind.string.map { printable($0) } ?? kind.brief))
        }
        let count = try labels()
        guard count > 1 else { return .otherTask("num_labels \(count)") }
        return .classifier
    }
}

extension Model {
    /// What the head in the checkpoint is for; headers alone are read.
    ///
    /// - Throws: `ModelError.labels`, and what opening the files throws.
    public static func publishedHead(_ assets: Assets) throws -> PublishedHead {
        guard try hasPublishedHead(assets) else { return .none }
        return try publishedHead(read(assets, TokenizerOptions()).reader)
    }

    /// The same of a head that is there.
    static func publishedHead(_ reader: ConfigurationReader) throws -> PublishedHead {
        try .stated(by: reader.json, classifier: Family.architectures.classifier) { try Labels.read(reader.json, file: reader.file).count }
    }
}
