import ZooTensor

/// A table of vectors that is read by rows.
public struct Embedding: Sendable {
    /// `[count, width]`.
    public let weight: Parameter

    public init(_ count: Int, _ width: Int, _ scope: Scope) {
        weight = scope.parameter("weight", [count, width], .normal(standardDeviation: 0.02))
    }

    /// The sum of rows of several tables, as BERT adds words, positions and types: `[tokens, width]`.
    public static func sum(_ lookups: [(table: Embedding, indices: [Int32])], _ pass: Pass) -> Variable {
        embeddingSum(pass, lookups.map { ($0.table.weight, $0.indices) })
    }
}
