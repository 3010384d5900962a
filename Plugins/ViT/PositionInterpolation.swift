import ZooTensor

/// Position embeddings of a grid of patches brought to another grid, as `transformers` does it: bicubic (a = -0.75), without anti-aliasing,
/// pixel centres aligned, the class token's embedding kept.
///
/// Source: `interpolate_pos_encoding` of `ViTEmbeddings`, which calls PyTorch's `upsample_bicubic2d`.
enum PositionInterpolation {
    /// The embeddings of another grid.
    ///
    /// - Parameters:
    ///   - tensor: `[1, 1 + n * n, width]` of a square grid.
    ///   - shape: `[1, 1 + rows * columns, width]`.
    /// - Returns: nil if the shapes do not allow it.
    static func resized(_ tensor: Tensor, to shape: Shape, grid: (rows: Int, columns: Int)) -> Tensor? {
        let width = shape.columns
        guard tensor.shape.rank == 3, tensor.shape[0] == 1, tensor.columns == width, tensor.rows > 1,
            shape.rows == 1 + grid.rows * grid.columns
        else { return nil }
        let count = tensor.rows - 1
        var edge = 1
        while edge * edge < count { edge += 1 }
        guard edge * edge == count else { return nil }

        let rows = taps(edge, grid.rows)
        let columns = taps(edge, grid.columns)
        var result = tensor.elements[..<width].map(Double.init)  // the class token
        result.reserveCapacity(shape.count)
        tensor.withElements { elements in
            for row in rows {
                for column in columns {
                    for channel in 0..<width {
                        var sum = 0.0
                        for (y, b) in row {
                            for (x, a) in column { sum += a * b * Double(elements[(1 + y * edge + x) * width + channel]) }
                        }
                        result.append(sum)
                    }
                }
            }
        }
        return Tensor(result.map(Float.init), shape)
    }

    /// For each place of the new axis the four old places that it is made of, kept within the axis, and their weights.
    private static func taps(_ old: Int, _ new: Int) -> [[(place: Int, weight: Double)]] {
        let scale = Double(old) / Double(new)
        let a = -0.75
        func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        return (0..<new).map { place in
            let position = (Double(place) + 0.5) * scale - 0.5
            let first = position.rounded(.down)
            let t = position - first
            let weights = [far(t + 1), near(t), near(1 - t), far(2 - t)]
            return weights.enumerated().map { (min(max(Int(first) - 1 + $0, 0), old - 1), $1) }
        }
    }
}
