import CKernels
import Testing
import ZooNN
import ZooTensor

@Suite("Kernels")
struct KernelTests {
    static let off = zk_dropout(key: 0, site: 0, stream: 0, threshold: 0, scale: 1)

    @Test("softmax with ordinary and extreme scores")
    func softmax() {
        let rows: [[Float]] = [
            [0, 0, 0, 0, 0], [1, 2, 3, 4, 5], [-1e30, 1e30, 0, 1, 2], [3e38, 3e38, -3e38, 0, 0], [-3e38, -3e38, -3e38, -3e38, -3e38],
            [88, 89, 90, -200, 1000], [-1000, -1001, -1002, -1003, -999.5], [1e-30, 0, -1e-30, 0, 0],
        ]
        var scores = rows.flatMap { $0 }
        var logSums = [Float](repeating: 0, count: rows.count * 2)
        zk_softmax(&scores, &logSums, 2, Self.off, 0, rows.count, 5)
        for (index, row) in rows.enumerated() {
            let most = Double(row.max() ?? 0)
            let powers = row.map { Mathematics.exponential(Double($0) - most) }
            let total = powers.reduce(0, +)
            let found = scores[index * 5..<(index + 1) * 5]
            for (value, power) in zip(found, powers) { #expect(abs(Double(value) - power / total) < 3e-7, "row \(index)") }
            #expect(abs(found.reduce(0, +) - 1) < 1e-6)
            let expected = most + Mathematics.logarithm(total)
            #expect(abs(Double(logSums[index * 2]) - expected) <= 1e-6 * max(1, abs(expected)), "row \(index)")
        }
        for columns in [1, 2, 15, 16, 17, 33, 300] {
            var scores = noise(columns, 1).map { $0 * 20 }
            let powers = scores.map { Mathematics.exponential(Double($0)) }
            zk_softmax(&scores, nil, 0, Self.off, 0, 1, columns)
            #expect(difference(scores, powers.map { $0 / powers.reduce(0, +) }) < 1e-6)
        }
    }

    @Test("layer norm of rows far from 0, constant rows and odd widths", arguments: [1, 2, 7, 16, 33, 384, 1000])
    func layerNorm(_ width: Int) {
        let shifts: [Float] = [0, 100, -3000]
        let x = shifts.flatMap { shift in noise(width, 4).map { $0 + shift } } + Array(repeating: 5, count: width)
        let gain = noise(width, 5)
        let bias = noise(width, 6)
        var out = [Float](repeating: 0, count: x.count)
        zk_layer_norm(x, gain, bias, 1e-5, &out, nil, nil, 4, width)
        let expected = Matrix(4, width, x.map(Double.init)).normalised(
            gain.map(Double.init), bias.map(Double.init), epsilon: Double(Float(1e-5)))
        for row in 0..<4 {
            let tolerance = row == 2 ? 2e-3 : row == 1 ? 1e-4 : 2e-6
            #expect(difference(Array(out[row * width..<(row + 1) * width]), expected.row(row)) < tolerance, "row \(row)")
        }
    }

    @Test("a product with panels in the caller's memory", arguments: [(1, 1, 1), (7, 5, 3), (13, 197, 64), (130, 64, 197), (6, 32, 33)])
    func panels(rows: Int, columns: Int, inner: Int) {
        let (a, b) = (noise(rows * inner, 1), noise(inner * columns, 2))
        var memory = [Float](repeating: .nan, count: PackedMatrix.elementCount(rows: inner, columns: columns))
        for transposed in [false, true] {
            for (scale, adds) in [(Float(1), false), (0.3, false), (0.3, true)] {
                var c = [Float](repeating: adds ? 1 : .nan, count: rows * columns)
                memory.withUnsafeMutableBufferPointer { memory in
                    b.withUnsafeBufferPointer { b in
                        guard let room = memory.baseAddress, let base = b.baseAddress else { return }
                        PackedPanels(
                            MatrixPointer(base, stride: transposed ? inner : columns, transposed: transposed), rows: inner,
                            columns: columns, scale: scale, in: room
                        ).multiply(MatrixPointer(a, stride: inner), count: rows, into: &c, stride: columns, adds: adds)
                    }
                }
                for row in 0..<rows {
                    for column in 0..<columns {
                        let sum = (0..<inner).reduce(0.0) {
                            $0 + Double(a[row * inner + $1]) * Double(b[transposed ? column * inner + $1 : $1 * columns + column])
                        }
                        let expected = Double(scale) * sum + (adds ? 1 : 0)
                        #expect(abs(Double(c[row * columns + column]) - expected) < 1e-4, "row \(row), column \(column)")
                    }
                }
            }
        }
    }

    @Test("sums, dots and vectors", arguments: [0, 1, 3, 16, 17, 1023, 1025, 5000])
    func vectors(_ count: Int) {
        let x = noise(count, 1)
        let y = noise(count, 2)
        let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(zk_sum_squares(x, count) - squares) <= 1e-6 * squares)
        var sum = x
        zk_add(&sum, y, count)
        #expect(sum == zip(x, y).map(+))
        zk_scale(&sum, 0.5, count)
        #expect(sum == zip(x, y).map { ($0 + $1) * 0.5 })
        var scaled = x
        zk_copy_scaled(&scaled, y, 3, count)
        #expect(scaled == y.map { $0 * 3 })
        zk_add_scaled(&scaled, x, -2, count)
        #expect(difference(scaled, zip(x, y).map { Double($1) * 3 - 2 * Double($0) }) < 1e-6 || count == 0)
        // Rows that are further apart than they are long.
        let (rows, columns, stride) = (count / 16, 11, 16)
        var dots = [Float](repeating: 0, count: rows)
        zk_row_dots(x, y, &dots, rows, columns, stride)
        var sums = [Float](repeating: 1, count: columns)
        zk_column_sums(x, &sums, rows, columns, stride)
        for row in 0..<rows {
            let expected = (0..<columns).reduce(0.0) { $0 + Double(x[row * stride + $1]) * Double(y[row * stride + $1]) }
            #expect(abs(Double(dots[row]) - expected) < 1e-5)
        }
        for column in 0..<columns {
            let expected = (0..<rows).reduce(1.0) { $0 + Double(x[$1 * stride + column]) }
            #expect(abs(Double(sums[column]) - expected) < 1e-4)
        }
    }

    @Test(
        "products cut into tiles",
        arguments: [(1, 1, 1), (3, 200, 700), (130, 64, 20), (127, 129, 128), (245, 1030, 5), (1000, 33, 40), (600, 2048, 3)])
    func products(_ rows: Int, _ columns: Int, _ inner: Int) {
        let a = noise(rows * inner, 1)
        let b = noise(inner * columns, 2)
        func at(_ isTransposed: Bool, _ values: [Float], _ row: Int, _ column: Int, _ height: Int, _ width: Int) -> Double {
            Double(isTransposed ? values[column * height + row] : values[row * width + column])
        }
        for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
            // The result lies in rows that are longer than it is wide: nothing else may be written.
            let stride = columns + 3
            var c = [Float](repeating: 2, count: rows * stride)
            multiplyTiled(
                MatrixPointer(a, stride: left ? rows : inner, transposed: left),
                MatrixPointer(b, stride: right ? inner : columns, transposed: right),
                into: &c, stride: stride, rows: rows, columns: columns, inner: inner, scale: 0.5, keep: 1)
            var worst = 0.0
            for row in Swift.stride(from: 0, to: rows, by: max(1, rows / 37)) {
                for column in Swift.stride(from: 0, to: columns, by: max(1, columns / 41)) {
                    let product = (0..<inner).reduce(0.0) {
                        $0 + at(left, a, row, $1, rows, inner) * at(right, b, $1, column, inner, columns)
                    }
                    let error = abs(Double(c[row * stride + column]) - 2 - 0.5 * product)
                    worst = error.isNaN ? .infinity : max(worst, error)
                }
                #expect(c[row * stride + columns..<(row + 1) * stride].allSatisfy { $0 == 2 })
            }
            #expect(worst < 1e-5 * Double(inner).squareRoot() + 1e-5)
        }
    }

    @Test("products with packed matrices, by the kernel of each width", arguments: [8, 16, 32], [false, true])
    func packedProducts(_ width: Int, _ adds: Bool) throws {
        for (columns, inner) in [(1, 1), (width, 3), (width + 1, 40), (3 * width - 1, 17), (2 * width, 65)] {
            let count = (columns + width - 1) / width
            let b = noise(inner * columns, 2)
            var panels = [Float](repeating: .nan, count: count * width * inner)
            var turned = panels
            let columnsFirst = (0..<columns).flatMap { column in (0..<inner).map { b[$0 * columns + column] } }
            for panel in 0..<count {
                let first = panel * width
                let most = min(width, columns - first)
                panels.withUnsafeMutableBufferPointer { panels in
                    guard let target = panels.baseAddress else { return }
                    b.withUnsafeBufferPointer {
                        zk_pack($0.baseAddress.map { $0 + first }, columns, target + first * inner, width, most, inner)
                    }
                }
                turned.withUnsafeMutableBufferPointer { panels in
                    guard let target = panels.baseAddress else { return }
                    columnsFirst.withUnsafeBufferPointer {
                        zk_pack_transposed($0.baseAddress.map { $0 + first * inner }, inner, target + first * inner, width, most, inner)
                    }
                }
            }
            #expect(panels == turned)
            for (rows, transposed) in (1...26).flatMap({ [($0, false), ($0, true)] }) {
                let (leftStride, stride) = ((transposed ? rows : inner) + 2, columns + 3)
                let a = noise((transposed ? inner : rows) * leftStride, 1)
                let before = noise(rows * stride, 3)
                var c = before
                guard
                    zk_packed_product_of(
                        width, a, leftStride, transposed ? 1 : 0, panels, &c, stride, rows, columns, inner, adds ? 1 : 0) == 1
                else {
                    #expect(width > 8, "the plain kernel runs everywhere")
                    #expect(c == before)
                    try Test.cancel("this processor has no \(width == 16 ? "AVX2" : "AVX-512")")
                }
                let title = "\(rows) x \(columns) x \(inner), transposed: \(transposed)"
                expectProduct(c, adds ? before : nil, beside: before, rows, columns, stride, inner, title) { row, column, index in
                    Double(a[transposed ? index * leftStride + row : row * leftStride + index]) * Double(b[index * columns + column])
                }
            }
        }
    }

    /// - Parameter factor: the product of the elements of both matrices that belong to a row, a column and a place of the inner axis.
    private func expectProduct(
        _ c: [Float], _ added: [Float]?, beside before: [Float], _ rows: Int, _ columns: Int, _ stride: Int, _ inner: Int, _ title: String,
        factor: (Int, Int, Int) -> Double
    ) {
        var worst = 0.0
        for row in 0..<rows {
            for column in 0..<columns {
                let product = (0..<inner).reduce(added.map { Double($0[row * stride + column]) } ?? 0) { $0 + factor(row, column, $1) }
                let error = abs(Double(c[row * stride + column]) - product)
                worst = error.isNaN ? .infinity : max(worst, error)
            }
            let beside = row * stride + columns..<(row + 1) * stride
            #expect(c[beside] == before[beside], "something was written beside the result: \(title)")
        }
        #expect(worst < 3e-6 * Double(inner).squareRoot() + 1e-6, "\(title): \(worst)")
    }

    @Test("products of two matrices that are not packed, by the kernel of each width", arguments: [8, 16, 32], [false, true])
    func transposedProducts(_ width: Int, _ adds: Bool) throws {
        // Depths above and below what one panel takes, and none.
        for (rows, columns, inner) in [
            (1, 1, 1), (5, width, 3), (6, width + 1, 40), (12, 2 * width - 1, 128), (13, 2 * width, 129), (26, 7, 257), (49, 65, 600),
            (12, width, 1030), (3, 5, 0), (0, 5, 3), (5, 0, 3),
        ] {
            let (leftStride, rightStride, stride) = (rows + 2, columns + 1, columns + 3)
            let a = noise(inner * leftStride, 1)
            let b = noise(inner * rightStride, 2)
            let before = noise(rows * stride, 3)
            var c = before
            var scratch = [Float](repeating: .nan, count: zk_transposed_product_scratch(rows) + 1)
            let done = zk_transposed_product_of(
                width, a, leftStride, b, rightStride, &c, stride, rows, columns, inner, adds ? 1 : 0, &scratch)
            guard done == 1 else {
                #expect(width > 8, "the plain kernel runs everywhere")
                #expect(c == before)
                try Test.cancel("this processor has no \(width == 16 ? "AVX2" : "AVX-512")")
            }
            #expect(scratch.last?.isNaN == true, "something was written beyond the scratch memory")
            let title = "\(rows) x \(columns) x \(inner)"
            expectProduct(c, adds ? before : nil, beside: before, rows, columns, stride, inner, title) { row, column, index in
                Double(a[index * leftStride + row]) * Double(b[index * rightStride + column])
            }
        }
    }

    /// The last one leaves some tiles empty.
    @Test(
        "products for gradients cut into tiles",
        arguments: [(1, 1, 1), (130, 64, 20), (245, 1030, 5), (192, 192, 700), (600, 384, 33), (7700, 16, 2)])
    func gradientProducts(_ rows: Int, _ columns: Int, _ inner: Int) {
        let (a, b) = (noise(inner * rows, 1), noise(inner * columns, 2))
        let grid = ProductGrid(rows: rows, columns: columns, inner: inner)
        var scratch = [Float](repeating: .nan, count: grid.scratchCount)
        for adds in [false, true] {
            let before = [Float](repeating: adds ? 2 : .nan, count: rows * columns)
            var c = before
            for tile in 0..<grid.count {
                grid.multiplyTransposed(
                    tile, a, stride: rows, b, stride: columns, into: &c, stride: columns, adds: adds, scratch: &scratch)
            }
            expectProduct(c, adds ? before : nil, beside: before, rows, columns, columns, inner, "adds: \(adds)") { row, column, index in
                Double(a[index * rows + row]) * Double(b[index * columns + column])
            }
        }
    }

    @Test("products with few rows, which replace what was there", arguments: [1, 2, 3, 4, 5, 6, 7, 13, 63, 64, 65])
    func fewRows(_ rows: Int) {
        for columns in [1, 2, 3, 4, 5, 130] {
            for inner in [1, 63, 64, 65, 79, 400] {
                let (leftStride, rightStride, stride) = (inner + 2, inner + 3, columns + 1)
                let a = noise(rows * leftStride, 1)
                let b = noise(columns * rightStride, 2)
                var c = [Float](repeating: .nan, count: rows * stride)
                multiplyTiled(
                    MatrixPointer(a, stride: leftStride), MatrixPointer(b, stride: rightStride, transposed: true), into: &c, stride: stride,
                    rows: rows, columns: columns, inner: inner)
                var worst = 0.0
                for row in 0..<rows {
                    for column in 0..<columns {
                        var product = 0.0
                        for index in 0..<inner { product += Double(a[row * leftStride + index]) * Double(b[column * rightStride + index]) }
                        let error = abs(Double(c[row * stride + column]) - product)
                        worst = error.isNaN ? .infinity : max(worst, error)
                    }
                    #expect(c[row * stride + columns].isNaN, "something was written beside the result")
                }
                #expect(worst < 2e-6 * Double(inner).squareRoot() + 1e-6, "\(rows) x \(columns) x \(inner): \(worst)")
            }
        }
    }

    @Test("pieces cover everything once, in multiples of the unit")
    func pieceRanges() {
        for count in Array(0...400) + [1000, 4096, 30522] {
            for target in [96, 128, 192] {
                let number = pieces(count, target: target)
                for unit in [1, 16] {
                    let ranges = (0..<number).map { piece($0, of: number, count: count, unit: unit) }
                    #expect(ranges.flatMap { Array($0) } == Array(0..<count), "\(count) by \(target), unit \(unit)")
                    for range in ranges.dropLast() where range.upperBound < count { #expect(range.count % unit == 0) }
                }
            }
        }
    }
}
