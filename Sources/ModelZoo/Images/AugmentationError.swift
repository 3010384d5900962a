public import ZooTensor

/// What is wrong with the settings of an ``Augmentation``.
public enum AugmentationError: ZooError, Equatable {
    /// A setting out of its range.
    case setting(name: String, expected: String, found: String)

    /// A stable dotted name.
    public var code: String { "augmentation.setting" }

    /// The category.
    public var exitCode: ExitCode { .usage }

    /// What happened: what, expected, found.
    public var message: String {
        switch self {
        case .setting(let name, let expected, let found): "\(name): expected \(expected), found \(found)"
        }
    }
}
