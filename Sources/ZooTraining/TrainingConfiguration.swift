public import ModelZoo
public import ZooNN
public import ZooTensor

/// Which parameters are trained.
public enum Strategy: Sendable, Hashable {
    /// All.
    case full
    /// The new head alone.
    case headOnly
    /// All but those that match one of the patterns of canonical names (see `ParameterPath.matches`), as `embeddings` or `layers.0-3`.
    case freeze([String])

    /// Whether a parameter is trained.
    public func trains(_ parameter: Parameter) -> Bool {
        switch self {
        case .full: true
        case .headOnly: parameter.path.segments.first == "classifier"
        case .freeze(let patterns): !patterns.contains(where: parameter.path.matches)
        }
    }

    var json: JSON {
        switch self {
        case .full: .string("full")
        case .headOnly: .string("head-only")
        case .freeze(let patterns): .object(["freeze": .array(patterns.map { .string($0) })])
        }
    }
}

/// Where a new head begins.
public enum HeadStart: String, Sendable, Hashable, CaseIterable {
    /// With random values.
    case random
    /// With the solution of logistic regression on the features of the pretrained model. Where the head alone is trained, that is the
    /// result; where more is, it is the start (linear probing, then fine-tuning; Kumar et al., 2022).
    case solved
}

/// How the classes are weighed in the loss.
public enum ClassWeighting: Sendable, Hashable {
    case none
    /// In inverse proportion to their frequency in the training data, 1 on average over the examples.
    case balanced
    /// By name; classes not named weigh 1. The examples of a class of weight 0 do not count in the loss.
    case named([String: Double])
}

/// What happens to inputs that cannot be read, as damaged images.
public enum BadInputPolicy: String, Sendable, Hashable, CaseIterable {
    /// The first one ends the run before it begins.
    case fail
    /// They are left out, counted and named.
    case skip
}

/// What decides which epoch's weights are the result.
public enum SelectionMetric: String, Sendable, Hashable, CaseIterable {
    case accuracy
    case macroF1 = "f1_macro"
    case weightedF1 = "f1_weighted"
    case loss
}

/// All settings of a fine-tuning run. The defaults are the familiar recipe.
public struct TrainingConfiguration: Sendable, Hashable {
    /// Which parameters are trained.
    public var strategy = Strategy.full
    /// Where a new head begins.
    public var headStart = HeadStart.random
    /// What a solved head must gain, as a share of the way from always answering the most frequent class to always being right, for
    /// fine-tuning to begin with it, 0 to 1; with less it begins at random.
    public var leastHeadGain = 0.0
    /// In how many parts the training data is divided to choose a solved head's penalty by cross-validation.
    public var folds = 5
    /// How often the training data is passed.
    public var epochs = 3
    /// An upper bound on the number of optimizer steps; nil for none.
    public var maxSteps: Int?
    /// The number of examples of one forward and backward pass.
    public var batchSize = 32
    /// How many batches' gradients are added up for one optimizer step.
    public var accumulation = 1
    /// The highest learning rate.
    public var learningRate = 5e-5
    /// What turns gradients into changes of the weights.
    public var optimizer = OptimizerKind.adamW()
    /// How the learning rate changes over the run.
    public var schedule = Schedule()
    /// The largest global norm of the gradients; nil for no clipping.
    public var clipNorm: Double? = 1
    /// The share of each target that is spread over all classes, 0 to below 1.
    public var labelSmoothing = 0.0
    /// How the classes are weighed in the loss.
    public var classWeighting = ClassWeighting.none
    /// Whether dropout is on, with the probabilities of the model's configuration.
    public var dropout = true
    /// How inputs are varied in training; for families whose inputs can be.
    public var augmentation = Augmentation()
    /// What happens to inputs that cannot be read.
    public var badInputs = BadInputPolicy.fail
    /// The share of the training data that is held back for validation when no validation data is given.
    public var validationFraction = 0.1
    /// What decides which epoch is the result.
    public var metric = SelectionMetric.accuracy
    /// Epochs whose score is at most so many standard errors of an accuracy below the best one count as equally good, and the last of them is the
    /// result: on small validation parts the best score is mostly luck, and the last epochs have the lowest rate. 0: the best one.
    public var selectionMargin = 0.0
    /// How many epochs without improvement end the run early; nil for never.
    public var patience: Int?
    /// Decides the fresh parameters, the order of the examples, the split, how inputs are varied, and dropout.
    public var seed: UInt64 = 42

    /// The familiar recipe.
    public init() {}

    /// Throws for settings that make no sense.
    public func check() throws(TrainingError) {
        func require(_ condition: Bool, _ name: String, _ expected: String, _ found: some CustomStringConvertible) throws(TrainingError) {
            if !condition { throw .setting(name: name, expected: expected, found: String(describing: found)) }
        }
        try require(epochs >= 1 && epochs <= 1_000_000, "epochs", "1 or more", epochs)
        try require(maxSteps ?? 1 >= 1, "steps", "1 or more", maxSteps ?? 1)
        try require((1...1_000_000).contains(batchSize), "batch", "1 or more", batchSize)
        try require((1...1_000_000).contains(accumulation), "accumulation", "1 or more", accumulation)
        try require(Float(learningRate).isFinite && learningRate > 0, "learning rate", "a number above 0", learningRate)
        try require(clipNorm ?? 1 > 0, "clip norm", "a number above 0", clipNorm ?? 1)
        try require((0..<1).contains(labelSmoothing), "label smoothing", "0 to below 1", labelSmoothing)
        try require((0...1).contains(schedule.warmup), "warm-up", "a share from 0 to 1", schedule.warmup)
        try require((0...1).contains(schedule.floor), "lowest rate", "a share from 0 to 1", schedule.floor)
        try require(validationFraction >= 0 && validationFraction < 1, "validation share", "0 to below 1", validationFraction)
        try require((0...1).contains(leastHeadGain), "least gain of the head", "0 to 1", leastHeadGain)
        try require(selectionMargin.isFinite && selectionMargin >= 0, "margin", "a number from 0 on", selectionMargin)
        try require(patience ?? 1 >= 1, "patience", "1 or more", patience ?? 1)
        try require((2...100).contains(folds), "folds", "2 to 100", folds)
        try require(
            headStart == .random || strategy != .headOnly || augmentation.isNone, "start of the head",
            "\"random\" where the head alone is trained and inputs are varied", headStart.rawValue)
        do {
            try augmentation.check()
        } catch {
            throw .augmentation(error)
        }
        if case .named(let weights) = classWeighting {
            for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
                // What is above 0 must stay so in single precision.
                let isUsable = Float(weight).isFinite && (weight == 0 || Float(weight) > 0)
                try require(isUsable, "weight of the class \"\(printable(name))\"", "a number from 0 on, in single precision", weight)
            }
        }
        switch optimizer {
        case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            try require((0..<1).contains(beta1), "beta1", "0 to below 1", beta1)
            try require((0..<1).contains(beta2), "beta2", "0 to below 1", beta2)
            try require(epsilon.isFinite && epsilon > 0, "epsilon", "a number above 0", epsilon)
            try require(weightDecay.isFinite && weightDecay >= 0, "weight decay", "0 or more", weightDecay)
        case .sgd(let momentum, _, let weightDecay):
            try require((0..<1).contains(momentum), "momentum", "0 to below 1", momentum)
            try require(weightDecay.isFinite && weightDecay >= 0, "weight decay", "0 or more", weightDecay)
        }
    }

    /// The fully rendered settings.
    public var json: JSON {
        var object = JSONObject()
        object["strategy"] = strategy.json
        object["head_start"] = .string(headStart.rawValue)
        object["least_head_gain"] = .number(leastHeadGain)
        object["folds"] = .integer(folds)
        object["epochs"] = .integer(epochs)
        object["max_steps"] = maxSteps.map { .integer($0) } ?? .null
        object["batch_size"] = .integer(batchSize)
        object["accumulation"] = .integer(accumulation)
        object["learning_rate"] = .number(learningRate)
        switch optimizer {
        case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            object["optimizer"] = .object([
                "name": .string("adamw"), "beta1": .decimal(beta1), "beta2": .decimal(beta2), "epsilon": .decimal(epsilon),
                "weight_decay": .decimal(weightDecay),
            ])
        case .sgd(let momentum, let nesterov, let weightDecay):
            object["optimizer"] = .object([
                "name": .string("sgd"), "momentum": .decimal(momentum), "nesterov": .bool(nesterov), "weight_decay": .decimal(weightDecay),
            ])
        }
        object["schedule"] = .object([
            "shape": .string(schedule.shape.rawValue), "warmup": .number(schedule.warmup), "floor": .number(schedule.floor),
        ])
        object["clip_norm"] = clipNorm.map { .number($0) } ?? .null
        object["label_smoothing"] = .number(labelSmoothing)
        switch classWeighting {
        case .none: object["class_weights"] = .null
        case .balanced: object["class_weights"] = .string("balanced")
        case .named(let weights):
            var members = JSONObject()
            for key in weights.keys.sorted() { members[key] = .number(weights[key] ?? 1) }
            object["class_weights"] = .object(members)
        }
        object["dropout"] = .bool(dropout)
        object["augmentation"] = augmentation.isNone ? .null : augmentation.json
        object["on_bad"] = .string(badInputs.rawValue)
        object["validation_fraction"] = .number(validationFraction)
        object["metric"] = .string(metric.rawValue)
        object["selection_margin"] = .number(selectionMargin)
        object["patience"] = patience.map { .integer($0) } ?? .null
        object["seed"] = .string(String(seed))
        return .object(object)
    }
}

extension JSON {
    /// A single-precision number by its shortest decimal digits: 0.1, not 0.10000000149.
    static func decimal(_ value: Float) -> JSON { .number(Double(value.description) ?? Double(value)) }
}
