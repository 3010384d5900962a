package import ZooNN
package import ZooTensor

/// Whether what a model computes is an answer.
extension Model {
    /// Throws when values that were just computed are worth nothing: because a weight that was read is NaN or infinite, because the values are,
    /// or because a file of weights was cut meanwhile.
    ///
    /// - Parameter values: what a pass without gradients made of a batch: features, summaries or logits.
    /// - Throws: `ModelError.notFinite` (exit code of `.format`), `FileError.changed`.
    package func check(_ values: Tensor) throws {
        try weights.checkFiles()
        if let index = weights.nonFiniteIndex { throw notFinite(schema.parameters[index]) }
        // Looking at all weights takes longer than the pass; here there is something to be found.
        if !values.isFinite { throw notFinite(firstNonFinite) }
    }

    /// The first parameter that holds NaN or infinity. Reads all weights.
    package var firstNonFinite: Parameter? { schema.parameters.first { !weights[$0].isFinite } }

    /// - Parameter parameter: where the weights are not finite; nil if they are, and only what follows from them is not.
    private func notFinite(_ parameter: Parameter?) -> ModelError {
        .notFinite(
            model: name, tensor: parameter.map { Family.names.upstream($0.path, withHead: head != nil) ?? $0.path.description })
    }
}
