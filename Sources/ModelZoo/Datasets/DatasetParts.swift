/// The parts of a data set as its publisher divided it. The classes of all parts are the same, in the same order.
public struct DatasetParts: Sendable {
    /// The examples to learn from; all there are where nothing is divided.
    public let training: LabelledDataset
    /// The examples to choose a model by, if they were published as a part of their own.
    public let validation: LabelledDataset?
    /// The examples to judge a model by, if they were published as a part of their own.
    public let test: LabelledDataset?

    /// What to choose a model by: the part for it, or all that there is.
    public var forValidation: LabelledDataset { validation ?? training }
    /// What to judge a model by: the part for it, or all that there is.
    public var forTest: LabelledDataset { test ?? training }

    /// Parts with the same classes.
    public init(training: LabelledDataset, validation: LabelledDataset? = nil, test: LabelledDataset? = nil) {
        precondition(
            [validation, test].allSatisfy { $0.map { $0.labels == training.labels } ?? true }, "the parts have other classes")
        self.training = training
        self.validation = validation
        self.test = test
    }
}
