internal import CKernels
internal import Synchronization

/// A matrix in the layout that products read fastest, made once for many products: panels of some columns, row by row.
///
/// Each element of a product is one chain of multiply-adds in the order of the inner axis, so that it has the same bits whichever rows and
/// columns are computed together.
package struct PackedMatrix: Sendable {
    /// The number of rows: the inner axis of a product.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    /// False if an element was found to be NaN or infinite.
    package let isFinite: Bool
    private let storage: Storage

    /// The bytes of memory that it takes.
    package var byteCount: Int { storage.byteCount }

    /// The number of columns of a panel on this processor.
    package static let panelWidth = zk_panel_width()

    /// What the kernels of that width are made of.
    package static var instructionSet: String {
        switch panelWidth {
        case 32: "AVX-512"
        case 16: "AVX2"
        default: "every processor"
        }
    }

    /// True where the kernels are written for the processor's vectors. Elsewhere OpenBLAS multiplies matrices that change in every step.
    static var isTuned: Bool { panelWidth > 8 }

    /// The number of panels that some columns need, the last one filled up.
    private static func panelCount(_ columns: Int) -> Int { (columns + panelWidth - 1) / panelWidth }

    /// The number of elements that a matrix has in this layout.
    package static func elementCount(rows: Int, columns: Int) -> Int { panelCount(columns) * panelWidth * rows }

    /// Packs a matrix on all threads.
    ///
    /// - Parameters:
    ///   - matrix: `[rows, columns]`, or `[columns, rows]` where it is transposed.
    ///   - rows: the inner axis of the products.
    ///   - inspects: whether elements are looked at for ``isFinite``.
    package init(_ matrix: MatrixPointer, rows: Int, columns: Int, inspects: Bool = false) {
        self.rows = rows
        self.columns = columns
        let width = PackedMatrix.panelWidth
        storage = Storage(byteCount: max(PackedMatrix.elementCount(rows: rows, columns: columns), 1) * MemoryLayout<Float>.stride)
        let target = storage.base.assumingMemoryBound(to: Float.self)
        let isLost = Atomic<Bool>(false)
        Threads.forEach(PackedMatrix.panelCount(columns)) { index in
            PackedMatrix.pack(matrix, rows: rows, columns: (index * width)..<min((index + 1) * width, columns), into: target)
            // While the panel is in the cache.
            if inspects && !areFinite(target + index * width * rows, count: width * rows) { isLost.store(true, ordering: .relaxed) }
        }
        isFinite = !isLost.load(ordering: .relaxed)
    }

    /// Packs some columns, from the first of a panel on, to where they belong.
    fileprivate static func pack(_ matrix: MatrixPointer, rows: Int, columns: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let width = PackedMatrix.panelWidth
        for first in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
            let panel = target + first * rows
            let part = min(width, columns.upperBound - first)
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
        zk_packed_product(a, stride, 0, panels, c, outputStride, count, columns.count, rows, adds ? 1 : 0)
    }

    /// c = a b, cut into tiles of rows for all threads.
    ///
    /// - Parameter a: `[count, rows]`.
    package func multiplyTiled(
        _ a: UnsafePointer<Float>, stride: Int, count: Int, into c: UnsafeMutablePointer<Float>, stride outputStride: Int
    ) {
        let tiles = pieces(count, target: 192)
        Threads.forEach(tiles) { tile in
            let range = piece(tile, of: tiles, count: count, unit: 16)
            multiply(
                a + range.lowerBound * stride, stride: stride, count: range.count, columns: 0..<columns,
                into: c + range.lowerBound * outputStride, stride: outputStride)
        }
    }

    /// How the columns are shared out when there are few rows: pieces of whole panels, enough for several threads.
    package var columnPieces: Int {
        columns * rows < 1 << 14 ? 1 : min(PackedMatrix.panelCount(columns), pieces(columns, target: 96))
    }

    /// The columns of a piece.
    package func columns(_ piece: Int) -> Range<Int> {
        ZooTensor.piece(piece, of: columnPieces, count: columns, unit: PackedMatrix.panelWidth)
    }
}

/// A matrix in the layout of ``PackedMatrix``, in memory that the caller keeps for as long as it is used. Made and used on one thread.
package struct PackedPanels {
    private let panels: UnsafeMutablePointer<Float>
    private let rows: Int
    private let columns: Int

    /// Packs a matrix.
    ///
    /// - Parameters:
    ///   - matrix: `[rows, columns]`, or `[columns, rows]` where it is transposed.
    ///   - scale: what each element is multiplied by.
    ///   - panels: room for ``PackedMatrix/elementCount(rows:columns:)``.
    package init(_ matrix: MatrixPointer, rows: Int, columns: Int, scale: Float = 1, in panels: UnsafeMutablePointer<Float>) {
        self.panels = panels
        self.rows = rows
        self.columns = columns
        PackedMatrix.pack(matrix, rows: rows, columns: 0..<columns, into: panels)
        guard scale != 1 else { return }
        for index in 0..<PackedMatrix.elementCount(rows: rows, columns: columns) { panels[index] *= scale }
    }

    /// c = a b, or with `adds` c += a b.
    ///
    /// - Parameter a: `[count, rows]`, or `[rows, count]` where it is transposed.
    package func multiply(
        _ a: MatrixPointer, count: Int, into c: UnsafeMutablePointer<Float>, stride outputStride: Int, adds: Bool = false
    ) {
        if count == 0 || columns == 0 { return }
        zk_packed_product(a.pointer, a.stride, a.isTransposed ? 1 : 0, panels, c, outputStride, count, columns, rows, adds ? 1 : 0)
    }
}
