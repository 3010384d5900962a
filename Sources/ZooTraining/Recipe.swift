import ModelZoo
import ZooNN

/// Settings made from the data and the model, for those who choose none. `Benchmarks/firsttry.py` compares what they give with a grid.
///
/// What is chosen comes with its reason in a clause. What the caller gives stays as it is, and what depends on it follows.
public struct Recipe: Sendable {
    /// What the settings depend on.
    public struct Facts: Sendable, Hashable {
        /// The number of labelled examples, those for validation included where they are to be split off.
        public var examples: Int
        /// The number of classes.
        public var classes: Int
        /// The width of the model's features.
        public var width: Int
        /// Whether other data is given for validation.
        public var hasValidation: Bool

        public init(examples: Int, classes: Int, width: Int, hasValidation: Bool) {
            self.examples = examples
            self.classes = classes
            self.width = width
            self.hasValidation = hasValidation
        }
    }

    /// What the caller has chosen; nil is left to the recipe.
    public struct Choices: Sendable, Hashable {
        public var epochs: Int?
        public var maxSteps: Int?
        public var batchSize: Int?
        public var learningRate: Double?
        public var headStart: HeadStart?
        public var validationFraction: Double?
        public var patience: Int?
        public var selectionMargin: Double?

        public init() {}

        /// Whether any setting of the steps is chosen, as for a head that is trained, not solved.
        var steers: Bool { epochs != nil || maxSteps != nil || learningRate != nil }
    }

    /// The settings.
    public private(set) var configuration: TrainingConfiguration
    /// What was chosen and why, in the order of the settings: `rate 1e-4 (the model is 384 wide)`.
    public private(set) var reasons: [String] = []

    /// - Parameters:
    ///   - base: settings that no recipe changes: what is trained, how inputs are varied, the seed.
    public init(_ facts: Facts, _ base: TrainingConfiguration, _ choices: Choices = Choices()) {
        configuration = base
        let isHeadAlone = base.strategy == .headOnly
        chooseHead(facts, choices, isHeadAlone: isHeadAlone)
        let isSolvedAlone = isHeadAlone && configuration.headStart == .solved
        chooseValidation(facts, choices, isSolvedAlone: isSolvedAlone)
        if isSolvedAlone { return }
        let trained = max(1, Int(Double(facts.examples) * (1 - configuration.validationFraction)))
        chooseBatch(trained, choices)
        let steps = chooseEpochs(trained, choices)
        chooseRate(facts, choices, steps: steps, isHeadAlone: isHeadAlone)
    }

    private mutating func chooseHead(_ facts: Facts, _ choices: Choices, isHeadAlone: Bool) {
        if let start = choices.headStart {
            configuration.headStart = start
        } else if isHeadAlone && !configuration.augmentation.isNone {
            configuration.headStart = .random
            reasons.append("the head is trained (inputs vary, so there are no fixed features to solve it on)")
        } else if isHeadAlone && choices.steers {
            configuration.headStart = .random
            reasons.append("the head is trained (steps are asked for)")
        } else if choices.learningRate != nil && choices.epochs != nil {
            configuration.headStart = .random  // The caller's own recipe.
        } else {
            configuration.headStart = .solved
            if !isHeadAlone {
                configuration.leastHeadGain = Self.leastHeadGain
                reasons.append("the head is solved first (fine-tuning then begins from an answer, not from noise)")
            }
        }
    }

    /// Where the features hold less of the classes, few examples make a head that fine-tuning has to unlearn.
    private static let leastHeadGain = 0.5

    private mutating func chooseValidation(_ facts: Facts, _ choices: Choices, isSolvedAlone: Bool) {
        if facts.hasValidation {
            configuration.validationFraction = 0
        } else if let fraction = choices.validationFraction {
            configuration.validationFraction = fraction
        } else if isSolvedAlone {
            configuration.validationFraction = 0
            reasons.append("every example is used (the head's penalty is chosen by \(configuration.folds)-fold cross-validation)")
        } else if Double(facts.examples) * Self.smallestFraction < Double(Self.leastValidation) {
            configuration.validationFraction = 0
            reasons.append("no validation part (of \(facts.examples) examples it would say little, and cost more)")
        } else {
            // 20 examples of each class where the data has that many.
            let wanted = Double(20 * facts.classes) / Double(facts.examples)
            configuration.validationFraction =
                (Self.smallestFraction...Self.largestFraction).contains(wanted) ? wanted : Self.smallestFraction
        }
    }

    /// The fractions of the data that are held back.
    private static let smallestFraction = 0.1
    private static let largestFraction = 0.2
    /// Fewer examples than this say little about an epoch.
    private static let leastValidation = 40

    private mutating func chooseBatch(_ examples: Int, _ choices: Choices) {
        if let batch = choices.batchSize {
            configuration.batchSize = batch
            return
        }
        configuration.batchSize = examples < 500 ? 8 : examples < 4000 ? 16 : 32
        reasons.append("batch \(configuration.batchSize) (\(examples) examples)")
    }

    /// About the number of steps that small sets need; large ones are passed ``leastEpochs`` times.
    private static let wantedSteps = 500
    private static let leastEpochs = 4
    private static let mostEpochs = 12

    /// - Returns: the number of steps.
    private mutating func chooseEpochs(_ examples: Int, _ choices: Choices) -> Int {
        configuration.maxSteps = choices.maxSteps
        configuration.patience = choices.patience
        configuration.selectionMargin = choices.selectionMargin ?? 0
        let perStep = configuration.batchSize * configuration.accumulation
        let stepsPerEpoch = max(1, (examples + perStep - 1) / perStep)
        if let epochs = choices.epochs {
            configuration.epochs = epochs
            return min(epochs * stepsPerEpoch, choices.maxSteps ?? .max)
        }
        var epochs = min(max((Self.wantedSteps + stepsPerEpoch - 1) / stepsPerEpoch, Self.leastEpochs), Self.mostEpochs)
        if let most = choices.maxSteps { epochs = min(epochs, max(1, (most + stepsPerEpoch - 1) / stepsPerEpoch)) }
        configuration.epochs = epochs
        let steps = min(epochs * stepsPerEpoch, choices.maxSteps ?? .max)
        reasons.append("\(epochs) \(epochs == 1 ? "epoch" : "epochs") (\(steps) \(steps == 1 ? "step" : "steps"))")
        // An early stop would never reach the low rates at the end.
        configuration.selectionMargin = choices.selectionMargin ?? (choices.patience == nil ? 1 : 0)
        return steps
    }

    private mutating func chooseRate(_ facts: Facts, _ choices: Choices, steps: Int, isHeadAlone: Bool) {
        if let rate = choices.learningRate {
            configuration.learningRate = rate
            return
        }
        if case .sgd = configuration.optimizer {
            configuration.learningRate = isHeadAlone ? 0.1 : 0.01
            reasons.append("rate \(configuration.learningRate) (sgd)")
            return
        }
        if isHeadAlone {
            configuration.learningRate = 1e-3
            reasons.append("rate 0.001 (the head alone)")
        } else if configuration.headStart == .random {
            // A random head first disturbs what is below it, and needs larger steps itself.
            configuration.learningRate = oneDigit(min(1e-4, 0.04 / Double(max(facts.width, 1))))
            reasons.append("rate \(configuration.learningRate) (the head begins at random, the model is \(facts.width) wide)")
        } else {
            let isShort = steps < Self.fewSteps
            configuration.learningRate = oneDigit(min(isShort ? 1e-4 : 5e-5, 0.04 / Double(max(facts.width, 1))))
            reasons.append(
                "rate \(configuration.learningRate) (" + (isShort ? "there are few steps" : "for a solved head") + ")")
        }
    }

    /// Below this number of steps larger ones are taken.
    private static let fewSteps = 150

    /// A number rounded to one digit.
    private func oneDigit(_ value: Double) -> Double {
        var scale = 1.0
        while value * scale < 1 { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}
