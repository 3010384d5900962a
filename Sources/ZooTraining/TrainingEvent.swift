public import ModelZoo

/// What happens during a run, in its order: for a command's progress bar, a server's log or an app's view.
public enum TrainingEvent: Sendable {
    /// Inputs are being prepared.
    case preparing(done: Int, total: Int)
    /// The features of a frozen backbone are being computed, once for all epochs.
    case computingFeatures(done: Int, total: Int)
    /// The head is being solved, fit by fit.
    case solving(done: Int, total: Int)
    /// The head is solved.
    case solvedHead(HeadSummary)
    /// Everything is known; training begins.
    case planned(TrainingPlan)
    /// An optimizer step is done.
    case step(TrainingStep)
    /// The validation data is being measured.
    case evaluating(epoch: Int, done: Int, total: Int)
    /// An epoch is over.
    case epoch(TrainingEpoch)
    /// The run is over.
    case finished(TrainingSummary)
}

/// How a head was solved.
public struct HeadSummary: Sendable, Hashable {
    /// The inverse of the penalty's weight, in the unit of scikit-learn's C on standardised features.
    public var strength: Double
    /// The figures on examples that the head was not fitted on: of all folds together, or of the validation data.
    public var metrics: ClassificationMetrics
    /// The number of folds; 0 where validation data chose the penalty.
    public var folds: Int
    /// The iterations of the last fit.
    public var iterations: Int
    /// Whether the last fit reached the tolerance.
    public var hasConverged: Bool
    /// Whether the run goes on with it; if not, its gain is below ``TrainingConfiguration/leastHeadGain``, and the head begins at random.
    public var isUsed = true
}

/// What a run will do.
public struct TrainingPlan: Sendable, Hashable {
    /// The number of examples trained on.
    public var examples: Int
    /// The number of examples held back or given for validation.
    public var validationExamples: Int
    /// Whether the validation data was split off the training data.
    public var validationIsSplit: Bool
    /// The names of the classes.
    public var labels: [String]
    /// The number of values that are trained.
    public var trainableValues: Int
    /// The number of values of the model.
    public var totalValues: Int
    /// Where the head begins; ``HeadStart/random`` also where it cannot be solved, which a note tells.
    public var headStart: HeadStart
    /// In how many parts the training data is divided to choose a solved head's penalty; 0 where validation data chooses it or there is no
    /// such head.
    public var folds: Int
    /// The number of optimizer steps; 0 where the head alone is solved.
    public var steps: Int
    /// The number of tokens of one epoch.
    public var tokensPerEpoch: Int
    /// The length of the longest input in tokens.
    public var longest: Int
    /// The number of inputs that were cut because they are too long.
    public var truncatedInputs: Int
    /// The number of tokens that were cut off.
    public var droppedTokens: Int
    /// The number of inputs that cannot be read and are left out.
    public var skippedInputs: Int
    /// Whether the features below the head are computed once and used in all epochs.
    public var computesFeaturesOnce: Bool
    /// The memory that the run will take, in bytes: weights, gradients, optimizer, activations of the largest batch, and features that
    /// are computed once.
    public var memoryBytes: Int
    /// The hash of the inputs that were given to learn from, the split-off validation part included, and of their classes, in order, as the
    /// model takes them.
    public var dataDigest: Digest
    /// What the user should know.
    public var notes: [String]
}

/// One optimizer step.
public struct TrainingStep: Sendable, Hashable {
    /// Counted from 1.
    public var step: Int
    /// The number of steps of the run.
    public var steps: Int
    /// Counted from 1.
    public var epoch: Int
    /// The loss of this step's examples.
    public var loss: Double
    /// The global norm of the gradients before clipping.
    public var gradientNorm: Double
    /// The learning rate of this step.
    public var learningRate: Double
    /// The number of its examples.
    public var examples: Int
    /// The number of its tokens.
    public var tokens: Int
    /// The duration of this step in seconds.
    public var seconds: Double
    /// The mean rate since the start of the run, evaluation left out.
    public var examplesPerSecond: Double
    /// The estimated time to the end in seconds.
    public var secondsLeft: Double
}

/// One epoch.
public struct TrainingEpoch: Sendable, Hashable {
    /// Counted from 1.
    public var epoch: Int
    /// The mean loss of its steps.
    public var trainingLoss: Double
    /// The figures on the validation data; nil without validation data.
    public var validation: ClassificationMetrics?
    /// Whether it is the best so far.
    public var isBest: Bool
}

/// A whole run.
public struct TrainingSummary: Sendable, Hashable {
    /// The solved head; nil where none was.
    public var head: HeadSummary?
    /// The epoch whose weights are the result, counted from 1; 0 is the solved head on the pretrained model.
    public var bestEpoch: Int
    /// The epochs that were run.
    public var epochs: Int
    /// The figures of the best epoch on the validation data.
    public var validation: ClassificationMetrics?
    /// The duration of the steps in seconds, evaluation left out.
    public var trainingSeconds: Double
    /// The duration of all in seconds.
    public var totalSeconds: Double
    /// The examples that the steps took per second.
    public var examplesPerSecond: Double
    /// The tokens that the steps took per second.
    public var tokensPerSecond: Double
    /// Optimizer steps done.
    public var steps: Int
    /// What the user should know about the result: that it is hardly better than chance, or still getting better at the end.
    public var notes: [String] = []
}
