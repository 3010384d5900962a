import ArgumentParser
import ModelZoo
import ZooNN
import ZooTensor
import ZooTraining

/// All settings of a run that change its result, but for the data.
struct FinetuneSettings {
    var training: TrainingConfiguration
    /// The largest number of tokens of one input; nil takes what the model allows.
    var maxLength: Int?
    /// The edge of images in pixels; nil takes the model's.
    var imageSize: Int?
    /// What the new head reads of a sequence; nil takes what the model's files say.
    var pooling: ClassificationHead.Summary?
    /// What a recipe chose, and why.
    var reasons: [String] = []

    /// The settings as a configuration file has them.
    var json: JSONObject {
        var object = training.json.object ?? [:]
        object["max_length"] = maxLength.map { .integer($0) }
        object["image_size"] = imageSize.map { .integer($0) }
        object["pooling"] = pooling.map { .string($0.rawValue) }
        return object
    }
}

/// The settings of a training run on the command line. What is not given comes from the configuration file, else from a recipe for the data.
struct FinetuneOptions: ParsableArguments {
    /// The optimizers.
    enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
        case adamw, sgd
    }

    @Option(name: .long, help: "How often the data is passed; by the data's size unless given.") var epochs: Int?
    @Option(name: .long, help: "At most so many optimizer steps.") var steps: Int?
    @Option(name: .long, help: "Examples of one pass; by the data's size unless given.") var batch: Int?
    @Option(name: .long, help: "Passes of one optimizer step (1).") var accum: Int?
    @Option(name: .long, help: "The highest learning rate; by the model's width unless given.") var lr: Double?
    @Option(name: .long, help: "The optimizer (adamw).") var optim: OptimizerName?
    @Option(name: .long, help: "Weight decay of matrices (0.01; 0 with sgd).") var weightDecay: Float?
    @Option(name: .long, help: "Momentum of sgd (0.9).") var momentum: Float?
    @Option(name: .long, help: "The learning rate after its rise: linear, cosine or constant (linear).", transform: choice)
    var sched: Schedule.Shape?
    @Option(name: .long, help: "The share of the steps that it rises (0.1).") var warmup: Double?
    @Option(name: .long, help: "The largest norm of the gradients (1; 0: no limit).") var clip: Double?
    @Option(name: .long, help: "The share of the truth that goes to all classes alike (0).") var labelSmoothing: Double?
    @Option(name: .long, help: ArgumentHelp("none, balanced, or a JSON file of weights by class (none).", valueName: "kind"))
    var classWeights: String?
    @Flag(name: .long, help: "Solve or train the new head alone.") var headOnly = false
    @Option(
        name: .customLong("head"), help: "Where the new head begins: solved (logistic regression on the features) or random.",
        transform: choice)
    var headStart: HeadStart?
    @Option(name: .long, help: "Parts of the data to choose a solved head's penalty by cross-validation (5).") var folds: Int?
    @Option(
        name: .long, help: "What the new head reads: mean, cls (the first token) or pooled; what the model's files say unless given.",
        transform: choice)
    var pooling: ClassificationHead.Summary?
    @Option(
        name: .long,
        help: ArgumentHelp("Parts that stay as they are, as embeddings,layers.0-3; see zoo show --tensors.", valueName: "patterns"))
    var freeze: [String] = []
    @Flag(name: .long, help: "Switch dropout off.") var noDropout = false
    @Option(name: .long, help: "How images are varied: none, light, medium or strong (none).", transform: choice)
    var aug: Augmentation.Preset?
    @Option(name: .long, help: "Mix pairs of images, with this parameter of the shares' distribution (0).") var mixup: Double?
    @Option(name: .long, help: "Replace parts of images by those of others, likewise (0).") var cutmix: Double?
    @Option(name: .long, help: ArgumentHelp("The first epoch without mixing.", valueName: "epoch")) var mixupOff: Int?
    @Option(name: .long, help: "The probability that a part of an image is erased (0).") var reprob: Double?
    @Option(name: .long, help: "What happens to inputs that cannot be read: fail or skip (fail).", transform: choice)
    var onBad: BadInputPolicy?
    @Option(name: .long, help: "Decides everything that is drawn by chance (42).") var seed: UInt64?
    @Option(
        name: .long, help: "What decides which epoch is the result: accuracy, f1_macro, f1_weighted or loss (accuracy).", transform: choice)
    var metric: SelectionMetric?
    @Option(name: .long, help: "Stop after so many epochs without improvement.") var patience: Int?
    @Option(
        name: .customLong("margin"),
        help: "Epochs so many standard errors below the best count as equal, and the last is the result (1; 0 with --lr and --epochs).")
    var selectionMargin: Double?
    @Option(name: .long, help: "The share held back for validation where no --val is given; by the data's size unless given.")
    var valFraction: Double?
    @Option(name: .long, help: ArgumentHelp("Settings as in a run's run.json; flags count more.", valueName: "file"))
    var config: String?

    /// The flags that say how steps are taken, of those that were given.
    var stepFlags: [String] {
        let flags: [(name: String, isGiven: Bool)] = [
            ("--epochs", epochs != nil), ("--steps", steps != nil), ("--batch", batch != nil), ("--accum", accum != nil),
            ("--lr", lr != nil), ("--optim", optim != nil), ("--weight-decay", weightDecay != nil), ("--momentum", momentum != nil),
            ("--sched", sched != nil), ("--warmup", warmup != nil), ("--clip", clip != nil), ("--no-dropout", noDropout),
            ("--patience", patience != nil), ("--margin", selectionMargin != nil),
        ]
        return flags.filter(\.isGiven).map(\.name)
    }

    /// What a recipe must leave as it is.
    private var choices: Recipe.Choices {
        var result = Recipe.Choices()
        result.epochs = epochs
        result.maxSteps = steps
        result.batchSize = batch
        result.learningRate = lr
        result.headStart = headStart
        result.validationFraction = valFraction
        result.patience = patience
        result.selectionMargin = selectionMargin
        return result
    }

    /// The settings of file, recipe and flags.
    ///
    /// - Parameter facts: what a recipe is made from where no file gives the settings; nil: before the data is read, to check the flags.
    /// - Throws: `CommandError`, `TrainingError.setting`.
    func settings(_ facts: Recipe.Facts? = nil) throws -> FinetuneSettings {
        var result = TrainingConfiguration()
        let file = try config.map(ConfigurationFile.init)
        try file?.apply(to: &result)
        var reasons: [String] = []
        try applyFlags(to: &result)
        if let facts, file == nil {
            let recipe = Recipe(facts, result, choices)
            (result, reasons) = (recipe.configuration, recipe.reasons)
        }
        try result.check()
        return FinetuneSettings(
            training: result, maxLength: try file?.size("max_length"), imageSize: try file?.size("image_size"),
            pooling: try pooling ?? file?.pooling(), reasons: reasons)
    }

    private func applyFlags(to result: inout TrainingConfiguration) throws {
        if let epochs { result.epochs = epochs }
        if let steps { result.maxSteps = steps }
        if let batch { result.batchSize = batch }
        if let accum { result.accumulation = accum }
        if let lr { result.learningRate = lr }
        result.optimizer = try optimizer(result.optimizer)
        if let sched { result.schedule.shape = sched }
        if let warmup { result.schedule.warmup = warmup }
        if let clip { result.clipNorm = clip == 0 ? nil : clip }
        if let labelSmoothing { result.labelSmoothing = labelSmoothing }
        switch classWeights {
        case nil: break
        case "none"?: result.classWeighting = .none
        case "balanced"?: result.classWeighting = .balanced
        case let path?: result.classWeighting = try ConfigurationFile.classWeights(path)
        }
        let patterns = freeze.flatMap { $0.split(separator: ",").map { String($0) } }
        if !freeze.isEmpty && patterns.isEmpty {
            throw CommandError.usage(message: "--freeze: expected patterns of parameters, found nothing", hint: nil)
        }
        if headOnly && !patterns.isEmpty { throw CommandError.usage(message: "--head-only and --freeze exclude each other", hint: nil) }
        if headOnly { result.strategy = .headOnly }
        if !patterns.isEmpty { result.strategy = .freeze(patterns) }
        if let headStart { result.headStart = headStart }
        if let folds { result.folds = folds }
        if noDropout { result.dropout = false }
        if let aug { result.augmentation = Augmentation(aug) }
        if let mixup { result.augmentation.mixup = mixup }
        if let cutmix { result.augmentation.cutmix = cutmix }
        if let mixupOff { result.augmentation.mixingOffEpoch = mixupOff }
        if let reprob { result.augmentation.erasing = reprob }
        if let onBad { result.badInputs = onBad }
        if let seed { result.seed = seed }
        if let metric { result.metric = metric }
        if let patience { result.patience = patience }
        if let selectionMargin { result.selectionMargin = selectionMargin }
        if let valFraction { result.validationFraction = valFraction }
    }

    private func optimizer(_ current: OptimizerKind) throws -> OptimizerKind {
        var kind = current
        if let optim, optim.rawValue != current.name { kind = optim == .adamw ? .adamW() : .sgd() }
        if let weightDecay, !(weightDecay.isFinite && weightDecay >= 0) {
            throw TrainingError.setting(name: "weight decay", expected: "a number from 0 on", found: weightDecay.description)
        }
        if let momentum, !(0..<1).contains(momentum) {
            throw TrainingError.setting(name: "momentum", expected: "0 to below 1", found: momentum.description)
        }
        switch kind {
        case .adamW(let beta1, let beta2, let epsilon, let decay):
            guard momentum == nil else {
                throw CommandError.usage(message: "--momentum belongs to sgd", hint: "choose it with --optim sgd")
            }
            return .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay ?? decay)
        case .sgd(let old, let nesterov, let decay):
            return .sgd(momentum: momentum ?? old, nesterov: nesterov, weightDecay: weightDecay ?? decay)
        }
    }
}

/// One of some words.
func choice<Choice: RawRepresentable & CaseIterable>(_ text: String) throws -> Choice where Choice.RawValue == String {
    if let choice = Choice(rawValue: text) { return choice }
    throw ValidationError("expected \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
}
