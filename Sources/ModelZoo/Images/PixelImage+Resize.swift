internal import CKernels
import ZooTensor

extension PixelImage {
    /// The image in another size, as Pillow's `Image.resize(size, filter, box)` makes it.
    ///
    /// - Parameters:
    ///   - width: the new number of columns, above 0.
    ///   - height: the new number of rows, above 0.
    ///   - part: the columns and rows that are taken; all unless given.
    public func resized(
        width newWidth: Int, height newHeight: Int, filter: ResamplingFilter, part: (x: Range<Double>, y: Range<Double>)? = nil
    )
        -> PixelImage
    {
        let x = part?.x ?? 0..<Double(width)
        let y = part?.y ?? 0..<Double(height)
        let isWholeWidth = x.lowerBound == 0 && x.upperBound == Double(newWidth) && newWidth == width
        let isWholeHeight = y.lowerBound == 0 && y.upperBound == Double(newHeight) && newHeight == height
        if isWholeWidth && isWholeHeight { return self }
        if filter == .nearest { return nearest(newWidth, newHeight, x, y) }
        var image = self
        let rows = ResamplingAxis(height, part: y, size: newHeight, filter)
        // Both orders round in between, so their bytes differ. Pillow, since version 13, takes the cheaper one for images that mostly lose
        // height (https://github.com/python-pillow/Pillow/pull/9549).
        if height - newHeight > max(0, 2 * (width - newWidth)) {
            image = resampledColumns(rows, newHeight, first: 0)
            if isWholeWidth { return image }
            return image.resampledRows(0..<newHeight, ResamplingAxis(width, part: x, size: newWidth, filter), newWidth)
        }
        // Of the rows only those that the columns' pass will read.
        var first = 0
        if !isWholeWidth {
            first = isWholeHeight ? 0 : Int(rows.starts.min() ?? 0)
            let last = isWholeHeight ? height : zip(rows.starts, rows.counts).map { Int($0 + $1) }.max() ?? height
            image = resampledRows(first..<last, ResamplingAxis(width, part: x, size: newWidth, filter), newWidth)
        }
        return isWholeHeight ? image : image.resampledColumns(rows, newHeight, first: first)
    }

    private static func with<R>(_ axis: ResamplingAxis, starts: [Int32], _ body: (zk_resampling) -> R) -> R {
        starts.withUnsafeBufferPointer { starts in
            axis.counts.withUnsafeBufferPointer { counts in
                axis.weights.withUnsafeBufferPointer { weights in
                    body(
                        zk_resampling(
                            starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress, taps: axis.taps))
                }
            }
        }
    }

    private func resampledRows(_ rows: Range<Int>, _ axis: ResamplingAxis, _ newWidth: Int) -> PixelImage {
        PixelImage(width: newWidth, height: rows.count) { target in
            PixelImage.with(axis, starts: axis.starts) {
                zk_resample_rows(pointer + rows.lowerBound * stride, stride, target, 3 * newWidth, rows.count, newWidth, $0)
            }
        }
    }

    private func resampledColumns(_ axis: ResamplingAxis, _ newHeight: Int, first: Int) -> PixelImage {
        PixelImage(width: width, height: newHeight) { target in
            PixelImage.with(axis, starts: axis.starts.map { $0 - Int32(first) }) {
                zk_resample_columns(pointer, stride, target, stride, newHeight, stride, $0)
            }
        }
    }

    /// Pillow's `ImagingScaleAffine`: positions are added up, not multiplied.
    private func nearest(_ newWidth: Int, _ newHeight: Int, _ x: Range<Double>, _ y: Range<Double>) -> PixelImage {
        func places(_ part: Range<Double>, _ size: Int, _ count: Int) -> [Int] {
            let step = (part.upperBound - part.lowerBound) / Double(size)
            var place = part.lowerBound + step * 0.5
            return (0..<size).map { _ in
                defer { place += step }
                return min(max(Int(place), 0), count - 1)
            }
        }
        let columns = places(x, newWidth, width)
        let rows = places(y, newHeight, height)
        return PixelImage(width: newWidth, height: newHeight) { target in
            for (row, source) in rows.enumerated() {
                let line = pointer + source * stride
                for (column, place) in columns.enumerated() {
                    let pixel = target + 3 * (row * newWidth + column)
                    pixel[0] = line[3 * place]
                    pixel[1] = line[3 * place + 1]
                    pixel[2] = line[3 * place + 2]
                }
            }
        }
    }
}
