import CKernels
import KernelVariants
import Testing
import ZooTensor

/// The kernels for one instruction set.
struct KernelLevel: CustomTestStringConvertible, @unchecked Sendable {
    let testDescription: String
    private let level: kernel_level

    static let all = [
        KernelLevel(testDescription: "plain C", level: KERNELS_PLAIN), KernelLevel(testDescription: "AVX2", level: KERNELS_AVX2),
        KernelLevel(testDescription: "AVX-512", level: KERNELS_AVX512),
    ]

    /// What the loader picked for this processor.
    static var chosen: kernel_table {
        get throws { try #require(kernels_of(Int32(KERNELS_CHOSEN.rawValue))).pointee }
    }

    /// The functions. Where the processor cannot run them the test is left out, which its report tells.
    func kernels() throws -> kernel_table {
        guard let table = kernels_of(Int32(level.rawValue)) else { try Test.cancel("this processor has no \(testDescription)") }
        return table.pointee
    }
}

/// Every kernel for every instruction set that the processor has gives what the one that is used gives, which the other tests compare with
/// plain implementations in double precision.
@Suite("Kernels of every instruction set")
struct KernelVariantTests {
    private static let widths = [1, 2, 7, 15, 16, 17, 33, 130, 384]
    private static let on = zk_dropout(key: 77, site: 3, stream: 2, threshold: 20_000, scale: 65536 / Float(65536 - 20_000))

    private func expectNear(_ a: [Float], _ b: [Float], _ what: String, _ tolerance: Float = 1e-5) {
        var worst: Float = 0
        for (x, y) in zip(a, b) {
            let difference = abs(x - y) / max(1, abs(y))
            worst = difference.isNaN ? .infinity : max(worst, difference)
        }
        #expect(a.count == b.count && worst <= tolerance, "\(what): \(worst)")
    }

    @Test("activations and their derivatives", arguments: KernelLevel.all, [0, 1, 2, 3, 4, 5, 6])
    func activations(_ level: KernelLevel, _ activation: Int32) throws {
        let (tested, chosen) = (try level.kernels(), try KernelLevel.chosen)
        for width in Self.widths {
            let rows = 5
            let x = noise(rows * width, 1).map { $0 * 4 } + Array(repeating: Float(-90), count: width)
            let bias = noise(width, 2)
            func run(_ kernels: kernel_table, _ bias: [Float]?) -> [[Float]] {
                var (pre, out) = (x, x.map { _ in Float.nan })
                kernels.bias_activation(activation, &pre, bias, &out, rows + 1, width)
                var inPlace = x
                inPlace.withUnsafeMutableBufferPointer {
                    kernels.bias_activation(activation, $0.baseAddress, bias, $0.baseAddress, rows + 1, width)
                }
                var (gradient, sums) = (noise(x.count, 3), noise(width, 4))
                kernels.activation_backward(activation, pre, &gradient, &sums, rows + 1, width)
                return [pre, out, inPlace, gradient, sums]
            }
            for bias in [nil, bias] {
                for (found, expected) in zip(run(tested, bias), run(chosen, bias)) { expectNear(found, expected, "width \(width)") }
            }
        }
    }

    @Test("norms, sums and dropout", arguments: KernelLevel.all)
    func norms(_ level: KernelLevel) throws {
        let (tested, chosen) = (try level.kernels(), try KernelLevel.chosen)
        for width in Self.widths {
            let rows = 6
            let x = noise(rows * width, 1)
            let (gain, bias, upstream) = (noise(width, 2), noise(width, 3), noise(rows * width, 4))
            func run(_ kernels: kernel_table) -> [[Float]] {
                var out = x
                var (mean, rstd) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
                kernels.layer_norm(x, gain, bias, 1e-5, &out, &mean, &rstd, rows, width)
                var (gradient, gainGradient, biasGradient) = (upstream, gain, bias)
                kernels.layer_norm_backward(&gradient, x, gain, mean, rstd, &gainGradient, &biasGradient, rows, width)
                var (added, sums, dots) = (x, gain, [Float](repeating: 0, count: rows))
                kernels.add_bias(&added, bias, rows, width, width)
                kernels.column_sums(x, &sums, rows, width, width)
                kernels.row_dots(x, upstream, &dots, rows, width, width)
                return [out, mean, rstd, gainGradient, biasGradient, added, sums, dots] + (width > 2 ? [gradient] : [])
            }
            for (place, (found, expected)) in zip(run(tested), run(chosen)).enumerated() {
                expectNear(found, expected, "width \(width), result \(place)", 1e-4)
            }
            // Which elements are dropped is the same everywhere, bit for bit.
            func drop(_ kernels: kernel_table) -> [[UInt32]] {
                var (out, sum) = (x, upstream)
                kernels.dropout_rows(x, &out, Self.on, 9, rows, width)
                kernels.bias_dropout_residual(&sum, nil, x.map { _ in 0 }, Self.on, 9, rows, width)
                return [out.map(\.bitPattern), sum.map { $0 == 0 ? 0 : 1 }]
            }
            #expect(drop(tested) == drop(chosen), "width \(width)")
            func residual(_ kernels: kernel_table) -> [Float] {
                var sum = upstream
                kernels.bias_dropout_residual(&sum, bias, x, Self.on, 2, rows, width)
                return sum
            }
            expectNear(residual(tested), residual(chosen), "residual, width \(width)")
        }
    }

    @Test("softmax and its gradient", arguments: KernelLevel.all, [false, true])
    func softmax(_ level: KernelLevel, _ drops: Bool) throws {
        let (tested, chosen) = (try level.kernels(), try KernelLevel.chosen)
        var dropout = Self.on
        if !drops { dropout.threshold = 0 }
        for columns in Self.widths {
            let rows = 7
            let x = noise(rows * columns, 1).map { $0 * 10 }
            let (upstream, delta) = (noise(x.count, 2), noise(rows, 3))
            func run(_ kernels: kernel_table) -> [[Float]] {
                var (scores, logSums) = (x, [Float](repeating: 0, count: 3 * rows))
                kernels.softmax(&scores, &logSums, 3, dropout, 1, rows, columns)
                var (again, gradient) = (x, upstream)
                kernels.softmax_backward(&again, logSums, 3, &gradient, delta, 0.3, dropout, 1, rows, columns)
                return [scores, logSums, again, gradient]
            }
            for (found, expected) in zip(run(tested), run(chosen)) { expectNear(found, expected, "\(columns) columns") }
        }
    }

    @Test("vectors and optimizers", arguments: KernelLevel.all)
    func vectors(_ level: KernelLevel) throws {
        let (tested, chosen) = (try level.kernels(), try KernelLevel.chosen)
        for count in [0] + Self.widths + [1025, 5000] {
            let (x, y, z) = (noise(count, 1), noise(count, 2), noise(count, 3))
            func run(_ kernels: kernel_table) -> [[Float]] {
                var (sum, scaled, added, copied) = (x, x, x, x)
                kernels.add(&sum, y, count)
                kernels.scale(&scaled, 0.7, count)
                kernels.add_scaled(&added, y, -1.3, count)
                kernels.copy_scaled(&copied, y, 3.1, count)
                let step = zk_adamw_step(
                    rate_over_correction: 0.01, decay_factor: 0.99, beta1: 0.9, beta2: 0.999, inverse_root_correction: 1.5, epsilon: 1e-6,
                    gradient_scale: 0.5)
                var (weight, first, second) = (x, y, z.map { $0 * $0 })
                kernels.adamw(&weight, &first, &second, z, step, count)
                kernels.adamw(&weight, &first, &second, nil, step, count)
                var results = [sum, scaled, added, copied, weight, first, second]
                for (momentum, nesterov) in [(Float(0), Int32(0)), (0.9, 0), (0.9, 1)] {
                    var (weight, velocity) = (x, y)
                    let step = zk_sgd_step(rate: 0.1, decay_factor: 0.98, momentum: momentum, nesterov: nesterov, gradient_scale: 2)
                    if momentum == 0 {
                        kernels.sgd(&weight, nil, z, step, count)
                    } else {
                        kernels.sgd(&weight, &velocity, z, step, count)
                    }
                    results += [weight, velocity]
                }
                return results + [[Float(kernels.sum_squares(x, count))]]
            }
            for (found, expected) in zip(run(tested), run(chosen)) { expectNear(found, expected, "\(count) elements") }
        }
    }

    @Test("images: the same bytes", arguments: KernelLevel.all)
    func images(_ level: KernelLevel) throws {
        let (tested, chosen) = (try level.kernels(), try KernelLevel.chosen)
        let (width, height, columns, taps) = (37, 18, 23, 4)
        let pixels = noise(3 * width * height + 16, 1).map { UInt8(min(max(128 + 70 * $0, 0), 255)) }
        let starts = (0..<columns).map { Int32($0 * (width - taps) / columns) }
        let rowStarts = (0..<columns).map { Int32($0 * (height - taps) / columns) }
        let counts = [Int32](repeating: Int32(taps), count: columns)
        let weights = (0..<columns * taps).map { _ in Int32(1 << 20) }
        func run(_ kernels: kernel_table) -> ([UInt8], [UInt8], [Float]) {
            var rows = [UInt8](repeating: 0, count: 3 * columns * height + 16)
            var lines = [UInt8](repeating: 0, count: 3 * width * columns + 16)
            starts.withUnsafeBufferPointer { starts in
                rowStarts.withUnsafeBufferPointer { rowStarts in
                    counts.withUnsafeBufferPointer { counts in
                        weights.withUnsafeBufferPointer { weights in
                            let across = zk_resampling(
                                starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress, taps: taps)
                            let down = zk_resampling(
                                starts: rowStarts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress, taps: taps)
                            kernels.resample_rows(pixels, 3 * width, &rows, 3 * columns, height, columns, across)
                            kernels.resample_columns(pixels, 3 * width, &lines, 3 * width, columns, 3 * width, down)
                        }
                    }
                }
            }
            var patches = [Float](repeating: 0.5, count: 3 * 9 * 6 * 12)
            kernels.patches(pixels, width, height, 3, [0.01, 0.02, 0.03], [-1, 0, 1], 0.7, 0.3, &patches)
            return (rows, lines, patches)
        }
        let (found, expected) = (run(tested), run(chosen))
        #expect(found.0 == expected.0 && found.1 == expected.1)
        expectNear(found.2, expected.2, "patches")
    }

    /// Training and inference through the products of another width than the processor's own.
    @Test("the whole engine with the panels of each width", arguments: [8, 16, 32])
    func engine(_ width: Int) async throws {
        guard kernels_of(Int32(Self.level(width).rawValue)) != nil else {
            try Test.cancel("this processor has no kernels for panels of \(width) columns")
        }
        let expected = EngineProcessTests.losses()
        await #expect(processExitsWith: .success) { [width = width as Int, expected = expected as [Double]] in
            #expect(zk_choose_panel_width(width) == 1 && PackedMatrix.panelWidth == width)
            let found = EngineProcessTests.losses()
            #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(found), \(expected)")
        }
    }

    private static func level(_ width: Int) -> kernel_level { width == 32 ? KERNELS_AVX512 : width == 16 ? KERNELS_AVX2 : KERNELS_PLAIN }
}
