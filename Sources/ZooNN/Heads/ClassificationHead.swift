package import ZooTensor

/// What turns features into the result of a task. Knows nothing of families.
public protocol Head: Sendable {
    /// What it reads of the features, so that the last layer need not compute the rest.
    var reading: Reading { get }
    /// The number of outputs for each sequence.
    var outputs: Int { get }
    /// What the head computes its outputs from, one vector for each sequence, `[sequences, width]`. It depends on no parameter of the head.
    func summary(_ features: Features) -> Variable
    /// Summaries to logits, `[sequences, outputs]`.
    func logits(_ summary: Variable) -> Variable
}

extension Head {
    /// Features to logits, `[sequences, outputs]`.
    public func callAsFunction(_ features: Features) -> Variable { logits(summary(features)) }
}

/// Dropout and a linear layer on a summary of each sequence, as BERT and ViT publish it.
public struct ClassificationHead: Head {
    /// Where the summary comes from.
    public enum Summary: String, Sendable, Hashable, CaseIterable {
        /// The family's own summary, as BERT's pooler.
        case pooled
        /// The first token, which BERT calls `[CLS]`.
        case firstToken = "cls"
        /// The mean over the tokens.
        case mean
    }

    /// Where the summary comes from.
    public var summary: Summary
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

    /// Gives the head other parameters.
    ///
    /// - Parameters:
    ///   - weight: `[classes, width]`.
    ///   - bias: `[classes]`.
    package func set(weight: Tensor, bias: Tensor, in weights: inout Weights) {
        weights[classifier.weight] = weight
        if let parameter = classifier.bias { weights[parameter] = bias }
    }

    /// The layer's own parameters: weight `[classes, width]` and bias `[classes]`.
    package func parameters(in weights: Weights) -> (weight: Tensor, bias: Tensor) {
        (weights[classifier.weight], classifier.bias.map { weights[$0] } ?? Tensor(zeros: [outputs]))
    }

    /// Whether a parameter is the head's.
    package func owns(_ parameter: Parameter) -> Bool {
        parameter.path == classifier.weight.path || parameter.path == classifier.bias?.path
    }

    public var reading: Reading {
        switch summary {
        case .pooled: .pooled
        case .firstToken: .firstToken
        case .mean: .everyToken
        }
    }

    public func summary(_ features: Features) -> Variable {
        switch summary {
        case .pooled: features.pooled ?? features.firstTokens
        case .firstToken: features.firstTokens
        case .mean: features.mean
        }
    }

    public func logits(_ summary: Variable) -> Variable {
        classifier(dropout(summary, dropoutProbability, rows: .sequences), rows: .sequences)
    }
}
