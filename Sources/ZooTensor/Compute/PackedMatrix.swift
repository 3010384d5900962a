internal import CKernels

/// A matrix in the layout that products read fastest, made once for many products: panels of some columns, row by row.
///
/// Each element of a product is one chain of multiply-adds in the order of the inner axis, so that it has the same bits whichever rows and
/// columns are computed together.
package struct PackedMatrix: Sendable {
    /// The number of rows: the inner axis of a product.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    private let storage: Storage

    /// The number of columns of a panel on this processor.
    package static let panelWidth = zk_panel_width()

    /// Packs a matrix on all threads.
    ///
    /// - Parameters:
    ///   - matrix: `[rows, columns]`, or `[columns, rows]` where it is transposed.
    ///   - rows: the inner axis of the products.
    package init(_ matrix: MatrixPointer, rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        let width = PackedMatrix.panelWidth
        let count = (columns + width - 1) / width
        storage = Storage(byteCount: max(count * width * rows, 1) * MemoryLayout<Float>.stride)
        let target = storage.base.assumingMemoryBound(to: Float.self)
        Threads.forEach(count) { index in
            let first = index * width
            let panel = target + first * rows
            let part = min(width, columns - first)
            if matrix.isTransposed {
                zk_pack_transposed(matrix.pointer + first * matrix.stride, matrix.stride, panel, width, part, rows)
            } else {
                zk_pack(matrix.pointer + first, matrix.stride, panel, width, part, rows)
            }
        }
    }

    /// c = a b, or with `adds` c += a b, on the calling thread, for some columns of b.
    ///
    /// - Parameters:
    ///   - a: `[count, rows]`.
    ///   - columns: the first one a multiple of the panels' width.
    ///   - c: the output's element of the first row and the first of these columns.
    package func multiply(
        _ a: UnsafePointer<Float>, stride: Int, count: Int, columns: Range<Int>, into c: UnsafeMutablePointer<Float>,
        stride outputStride: Int,
        adds: Bool = false
    ) {
        if count == 0 || columns.isEmpty { return }
        let panels = storage.base.assumingMemoryBound(to: Float.self) + columns.lowerBound * rows
        zk_packed_product(a, stride, panels, c, outputStride, count, columns.count, rows, adds ? 1 : 0)
    }

    /// How the columns are shared out when there are few rows: pieces of whole panels, enough for several threads.
    package var columnPieces: Int {
        let panels = (columns + PackedMatrix.panelWidth - 1) / PackedMatrix.panelWidth
        return columns * rows < 1 << 14 ? 1 : min(panels, pieces(columns, target: 96))
    }

    /// The columns of a piece.
    package func columns(_ piece: Int) -> Range<Int> {
        ZooTensor.piece(piece, of: columnPieces, count: columns, unit: PackedMatrix.panelWidth)
    }
}
