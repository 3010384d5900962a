/// The parts of a data set by the usual names of their folders and tables.
enum PartName: Int, CaseIterable {
    case training, validation, test

    /// The part that a name stands for, in any case; nil if it stands for none.
    init?(_ name: some StringProtocol) {
        switch name.lowercased() {
        case "train", "training": self = .training
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }

    /// The part for people.
    var words: String {
        switch self {
        case .training: "training"
        case .validation: "validation"
        case .test: "test"
        }
    }
}
