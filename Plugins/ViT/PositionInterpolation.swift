import ZooTensor

/// Position embeddings of a grid of patches brought to another grid, as `transformers` does it: bicubic (a = -0.75), without anti-aliasing,
/// pixel centres aligned, the class token's embedding kept.
///
/// Source: `interpolate_pos_encoding` of `ViTEmbeddings`, which calls PyTorch's `upsample_bicubic2d`.
enum PositionInterpolation {
    /// The edge of the square grid that embeddings of a shape belong to.
    ///
    /// - Parameters:
    ///   - shape: `[1, 1 + n * n, width]`.
    ///   - target: `[1, 1 + rows * columns, width]`.
    /// - Returns: n; nil if the shapes are others.
    static func edge(of shape: Shape, for target: Shape, grid: (rows: Int, columns: Int)) -> Int? {
        guard shape.rank == 3, shape[0] == 1, shape.columns == target.columns, shape.rows > 1,
            target.rows == 1 + grid.rows * grid.columns
        else { return nil }
        let edge = Int(Double(shape.rows - 1).squareRoot().rounded())
        return edge * edge == shape.rows - 1 ? edge : nil
    }

    /// The embeddings of another grid.
    ///
    /// - Parameters:
    ///   - tensor: `[1, 1 + edge * edge, width]`.
    ///   - shape: `[1, 1 + rows * columns, width]`.
    static func resized(_ tensor: Tensor, edge: Int, to shape: Shape, grid: (rows: Int, columns: Int)) -> Tensor {
        let width = shape.columns
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
