/// What every family has to keep, each by a name of its own (see ``checkFamily(_:_:_:report:)``).
public enum FamilyCheck: String, Sendable, Hashable, CaseIterable {
    /// The fixture's configuration is recognised under each of the family's model types and under no other one, and identifier and summary
    /// can be shown.
    case recognition
    /// The table of names and the fixture's header are a bijection: each tensor stands for one parameter, each parameter has one upstream
    /// name, that of the header, which leads back to it. No name of a further layout stands for two parameters.
    case names
    /// The model loads with its published head, and without a head.
    case loading
    /// Features have the width that the configuration tells and a row for each token, sequences are no longer than it tells, and the first
    /// tokens are the same whether they alone are read or all: within 1e-5 of the largest value.
    case shapes
    /// Ids and types equal those of the reference's tokenizer; pixels differ by at most 1e-5, less than a hundredth of a level of 8 bits.
    case inputs
    /// Hidden states, logits and loss differ from the reference's by at most 1e-4, or 1e-4 of the largest value if that is above 1.
    case values
    /// The gradient of every parameter differs from the reference's by at most 1e-4 of its norm, or 1e-6 of the norm of all gradients where
    /// that is more: single precision knows no better where the exact gradient is 0, as that of the biases of attention's keys.
    case gradients
    /// The gradient of every parameter fits the slope of the loss, with and without dropout:
    /// ``checkGradients(_:inputs:labels:dropout:stepSize:seed:)`` gives at most 0.02.
    case slopes
    /// Every parameter receives a gradient in one step.
    case reachability
    /// What is written and loaded again has the names of the fixture, and the bits of all weights, labels, inputs and logits.
    case saving
    /// A sequence has the same features and logits alone and in a batch, also a large one, wherever it stands there: within 1e-6 of the
    /// largest value.
    case packing
    /// An empty text, a blank one and an empty pair are refused as data (exit code of `.data`), or have rows and finite features, the same alone
    /// and among others. So it is with a tokenizer whose template has no special tokens, where the family takes such a file.
    case emptyInputs
    /// Three steps of AdamW on the fixture's inputs reduce the loss.
    case learning
    /// Training everything, the head alone, and all but the first layer change exactly these parameters.
    case strategies
    /// Two passes give the same bits; with dropout, and gradients, the same random key does; and so do 1, 2 and 3 threads.
    case repeatability
}

extension Set<FamilyCheck> {
    /// All checks.
    public static var all: Set<FamilyCheck> { Set(FamilyCheck.allCases) }
}
