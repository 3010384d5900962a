public import ZooTensor

/// Errors of training and evaluation.
public enum TrainingError: ZooError {
    case setting(name: String, expected: String, found: String)
    case nothingToTrain(patterns: [String], available: [String])
    case patternMatchesNothing(pattern: String, available: [String])
    case tooFewClasses(path: String, labels: [String])
    case tooFewExamples(path: String, count: Int, needed: Int)
    /// Of some classes all examples were left out because they cannot be read.
    case emptiedClasses(path: String, labels: [String])
    case unlabelled(path: String)
    /// An input that cannot be used, and the line of the data that it stands in.
    case input(any ZooError, path: String, line: Int)
    case notFinite(tensor: String, model: String)
    case diverged(step: Int, what: String, value: Double, rate: Double, kept: String?)
    case noGradient(parameters: [String])
    case folderInUse(path: String)
    case memory(needed: Int, available: Int)
    case unknownClassWeight(name: String, known: [String])
    case augmentation(any ZooError)
    case noAugmentation(family: String)

    /// A stable dotted name.
    public var code: String {
        switch self {
        case .setting: "training.setting"
        case .nothingToTrain: "training.nothing_to_train"
        case .patternMatchesNothing: "training.pattern"
        case .tooFewClasses: "data.too_few_classes"
        case .tooFewExamples: "data.too_few_examples"
        case .emptiedClasses: "data.emptied_classes"
        case .unlabelled: "data.unlabelled"
        case .input(let error, _, _): error.code
        case .notFinite: "training.weights_not_finite"
        case .diverged: "training.diverged"
        case .noGradient: "training.no_gradient"
        case .folderInUse: "training.folder_in_use"
        case .memory: "training.memory"
        case .unknownClassWeight: "training.class_weight"
        case .augmentation(let error): error.code
        case .noAugmentation: "training.augmentation"
        }
    }

    /// The category.
    public var exitCode: ExitCode {
        switch self {
        case .setting, .nothingToTrain, .patternMatchesNothing, .unknownClassWeight, .augmentation, .noAugmentation: .usage
        case .tooFewClasses, .tooFewExamples, .emptiedClasses, .unlabelled: .data
        case .input(let error, _, _): error.exitCode
        case .notFinite: .format
        case .diverged: .diverged
        case .noGradient: .internalError
        case .folderInUse: .conflict
        case .memory: .resources
        }
    }

    /// What is wrong.
    public var message: String {
        switch self {
        case .setting(let name, let expected, let found): "\(name): expected \(expected), found \(found)"
        case .nothingToTrain(let patterns, let available):
            "nothing is left to train: \(patterns.map { printable($0) }.joined(separator: ", ")) covers every parameter; the parts are "
                + available.joined(separator: ", ")
        case .patternMatchesNothing(let pattern, let available):
            "the pattern \"\(printable(pattern))\" matches no parameter; the parts are \(available.joined(separator: ", "))"
        case .emptiedClasses(_, let labels):
            "nothing can be read of the \(labels.count == 1 ? "class" : "classes") "
                + labels.map { "\"\(printable($0))\"" }.joined(separator: ", ")
        case .tooFewClasses(_, let labels):
            "a classifier needs at least two classes, found \(labels.count): \(labels.map { printable($0) }.joined(separator: ", "))"
        case .tooFewExamples(_, let count, let needed): "expected at least \(counted(needed, "example")), found \(count)"
        case .unlabelled: "expected a label for every example, found none"
        case .input(let error, _, _): error.message
        case .notFinite(let tensor, let model): "the weights of \(printable(model)) hold NaN or infinity in \(printable(tensor))"
        case .diverged(let step, let what, let value, let rate, let kept):
            "training diverged at step \(step): the \(what) is \(value) at a learning rate of \(rate)"
                + (kept.map { "; the last finite weights are kept in \($0)" } ?? "")
        case .noGradient(let parameters):
            "these parameters are to be trained but received no gradient: \(parameters.joined(separator: ", "))"
        case .folderInUse: "the folder for the run is not empty"
        case .memory(let needed, let available):
            "training would take about \(needed >> 20) MiB of memory, but this process may use at most \(available >> 20) MiB"
        case .unknownClassWeight(let name, let known):
            "a weight is given for the class \"\(printable(name))\", which the data does not have; it has "
                + known.prefix(20).map { printable($0) }.joined(separator: ", ")
        case .augmentation(let error): error.message
        case .noAugmentation(let family): "the inputs of the family \(family) cannot be varied, but an augmentation is set"
        }
    }

    /// The file, if there is one.
    public var place: Place? {
        switch self {
        case .tooFewClasses(let path, _), .tooFewExamples(let path, _, _), .emptiedClasses(let path, _), .unlabelled(let path),
            .folderInUse(let path):
            Place(file: path)
        case .input(_, let path, let line): Place(file: path, line: line)
        default: nil
        }
    }

    /// What to try.
    public var hint: String? {
        switch self {
        case .tooFewClasses: "choose the column that holds the classes with --label, or a folder that has one folder for each class"
        case .input(let error, _, _): error.hint
        case .diverged: "try a lower learning rate (--lr), a longer warm-up (--warmup) or a smaller clip norm (--clip)"
        case .notFinite: "import the model again, or check it with its publisher"
        case .folderInUse: "choose another folder, or remove this one"
        case .memory: "try a smaller batch with more accumulation (--batch, --accum), a smaller --max-length or --img-size, or --head-only"
        default: nil
        }
    }
}
