/// What turns features into the result of a task. Knows nothing of families.
public protocol Head: Sendable {
    /// What it reads of the features, so that the last layer need not compute the rest.
    var reading: Reading { get }
    /// The number of outputs for each sequence.
    var outputs: Int { get }
    /// Features to logits, `[sequences, outputs]`.
    func callAsFunction(_ features: Features) -> Variable
}

/// Dropout and a linear layer on a summary of each sequence, as BERT and ViT publish it.
public struct ClassificationHead: Head {
    /// Where the summary comes from.
    public enum Summary: Sendable, Hashable {
        case pooled
        case firstToken
        case mean
    }

    let summary: Summary
    let dropoutProbability: Float
    let classifier: Linear
    public let outputs: Int

    /// - Parameters:
    ///   - width: the width of the features.
    ///   - classes: the number of classes.
    ///   - dropout: the probability of dropout on the summary.
    public init(_ width: Int, classes: Int, summary: Summary, dropout: Float, _ scope: Scope) {
        self.summary = summary
        dropoutProbability = dropout
        outputs = classes
        classifier = Linear(width, classes, scope / "classifier")
    }

    public var reading: Reading {
        switch summary {
        case .pooled: .pooled
        case .firstToken: .firstToken
        case .mean: .everyToken
        }
    }

    public func callAsFunction(_ features: Features) -> Variable {
        let vector: Variable
        switch summary {
        case .pooled: vector = features.pooled ?? features.firstTokens
        case .firstToken: vector = features.firstTokens
        case .mean: vector = features.mean
        }
        return classifier(dropout(vector, dropoutProbability, rows: .sequences), rows: .sequences)
    }
}
