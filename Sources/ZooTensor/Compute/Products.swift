internal import CKernels
internal import COpenBLAS
internal import Synchronization

/// The memory that OpenBLAS works in: one buffer for each thread that computes.
///
/// Where the system refuses it, OpenBLAS asks again without end. So it is asked for here first, once, and given back. Then what our tiles use
/// of the buffers is mapped, as `zk_touch_product_buffers` explains: a packed tile is at most 208 rows by 448 values after 1 MiB of the other
/// operand.
package enum ProductBuffers {
    private static let isReady = Atomic<Bool>(false)
    private static let lock = Mutex(())

    /// Makes sure that they are there.
    ///
    /// - Throws: `OutOfMemoryError` when the system refuses them; a later call may have more luck.
    package static func prepare() throws(OutOfMemoryError) {
        if isReady.load(ordering: .acquiring) { return }
        let refused = lock.withLock { (_: inout ()) -> Int in
            if isReady.load(ordering: .acquiring) { return 0 }
            let refused = Int(zk_refused_product_buffers(Threads.count))
            guard refused == 0 else { return refused }
            zk_touch_product_buffers(Threads.count, 2 << 20)
            isReady.store(true, ordering: .releasing)
            return 0
        }
        if refused > 0 { throw OutOfMemoryError(byteCount: refused, purpose: "the buffers of matrix products") }
    }

    /// The same where no error can be thrown: the process ends without them.
    static func require() {
        do {
            try prepare()
        } catch {
            OutOfMemory.end(error.byteCount, for: error.purpose)
        }
    }
}

/// A matrix in memory: rows that are `stride` elements apart, or, transposed, columns.
package struct MatrixPointer {
    package let pointer: UnsafePointer<Float>
    package let stride: Int
    package let isTransposed: Bool

    package init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
        self.pointer = pointer
        self.stride = stride
        isTransposed = transposed
    }

    package init(_ pointer: UnsafeMutablePointer<Float>, stride: Int, transposed: Bool = false) {
        self.init(UnsafePointer(pointer), stride: stride, transposed: transposed)
    }
}

/// c = scale * a b + keep * c on the calling thread. a: `[rows, inner]`, b: `[inner, columns]`, c: `[rows, columns]` with `stride`.
package func multiply(
    _ a: MatrixPointer, _ b: MatrixPointer, into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, inner: Int,
    scale: Float = 1, keep: Float = 0
) {
    if rows == 0 || columns == 0 { return }
    ProductBuffers.require()
    cblas_sgemm(
        CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
        blasint(rows), blasint(columns), blasint(inner), scale, a.pointer, blasint(a.stride), b.pointer, blasint(b.stride), keep, c,
        blasint(stride))
}

/// The same product, cut into tiles of the output for all threads. The cut depends on the shape alone.
package func multiplyTiled(
    _ a: MatrixPointer, _ b: MatrixPointer, into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, inner: Int,
    scale: Float = 1, keep: Float = 0
) {
    let grid = ProductGrid(rows: rows, columns: columns, inner: inner)
    Threads.forEach(grid.count) { index in
        grid.multiply(index, a, b, into: c, stride: stride, scale: scale, keep: keep)
    }
}

/// How a product's output is cut into tiles.
package struct ProductGrid {
    let rows: Int
    let columns: Int
    let inner: Int
    private let rowPieces: Int
    private let columnPieces: Int
    /// The number of tiles.
    package var count: Int { rowPieces * columnPieces }

    package init(rows: Int, columns: Int, inner: Int) {
        self.rows = rows
        self.columns = columns
        self.inner = inner
        if rows * columns * inner < 1 << 17 {
            rowPieces = 1
            columnPieces = 1
        } else if pieces(rows, target: 192) > 1 {
            rowPieces = pieces(rows, target: 192)
            columnPieces = columns >= 1024 && rowPieces < 8 ? 2 : 1
        } else {
            rowPieces = 1
            columnPieces = columns >= 128 ? pieces(columns, target: 96) : 1
        }
    }

    /// The rows and columns of the output that a tile has.
    package func tile(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        (
            piece(index / columnPieces, of: rowPieces, count: rows, unit: 16),
            piece(index % columnPieces, of: columnPieces, count: columns, unit: 16)
        )
    }

    /// The elements of memory that ``multiplyTransposed(_:_:stride:_:stride:into:stride:adds:scratch:)`` works in: none without a kernel
    /// of our own.
    package var scratchCount: Int {
        PackedMatrix.isTuned ? zk_transposed_product_scratch(piece(0, of: rowPieces, count: rows, unit: 16).count) : 0
    }

    /// Computes one tile of c = aᵀ b, or with `adds` c += aᵀ b, by a kernel of our own where the processor has one.
    ///
    /// - Parameters:
    ///   - a: `[inner, rows]`.
    ///   - b: `[inner, columns]`.
    ///   - scratch: ``scratchCount`` elements.
    package func multiplyTransposed(
        _ index: Int, _ a: UnsafePointer<Float>, stride leftStride: Int, _ b: UnsafePointer<Float>, stride rightStride: Int,
        into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool, scratch: UnsafeMutablePointer<Float>
    ) {
        guard PackedMatrix.isTuned else {
            return multiply(
                index, MatrixPointer(a, stride: leftStride, transposed: true), MatrixPointer(b, stride: rightStride), into: c,
                stride: stride, keep: adds ? 1 : 0)
        }
        let (r, n) = tile(index)
        zk_transposed_product(
            a + r.lowerBound, leftStride, b + n.lowerBound, rightStride, c + r.lowerBound * stride + n.lowerBound, stride, r.count, n.count,
            inner, adds ? 1 : 0, scratch)
    }

    /// Computes one tile.
    package func multiply(
        _ index: Int, _ a: MatrixPointer, _ b: MatrixPointer, into c: UnsafeMutablePointer<Float>, stride: Int, scale: Float = 1,
        keep: Float = 0
    ) {
        let (r, n) = tile(index)
        ZooTensor.multiply(
            MatrixPointer(
                a.pointer + (a.isTransposed ? r.lowerBound : r.lowerBound * a.stride), stride: a.stride, transposed: a.isTransposed),
            MatrixPointer(
                b.pointer + (b.isTransposed ? n.lowerBound * b.stride : n.lowerBound), stride: b.stride, transposed: b.isTransposed),
            into: c + r.lowerBound * stride + n.lowerBound, stride: stride, rows: r.count, columns: n.count, inner: inner, scale: scale,
            keep: keep)
    }
}
