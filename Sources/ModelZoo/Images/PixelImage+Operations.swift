/// What ``ImageOperation`` and colour jitter do to the bytes.
extension PixelImage {
    // MARK: tables

    /// Each byte replaced on its own.
    func mapped(_ body: (UInt8) -> UInt8) -> PixelImage {
        let table = (0...255).map { body(UInt8($0)) }
        return mapped(tables: table + table + table)
    }

    /// Each byte replaced by what a table of its channel says.
    ///
    /// - Parameter tables: 256 values for red, then for green, then for blue.
    private func mapped(tables: [UInt8]) -> PixelImage {
        precondition(tables.count == 768)
        let source = pointer
        return tables.withUnsafeBufferPointer { tables in
            PixelImage(width: width, height: height) { target in
                for place in Swift.stride(from: 0, to: stride * height, by: 3) {
                    target[place] = tables[Int(source[place])]
                    target[place + 1] = tables[256 + Int(source[place + 1])]
                    target[place + 2] = tables[512 + Int(source[place + 2])]
                }
            }
        }
    }

    /// How often each value occurs: 256 counts for red, then for green, then for blue.
    private func histogram() -> [Int] {
        var result = [Int](repeating: 0, count: 768)
        let source = pointer
        result.withUnsafeMutableBufferPointer { counts in
            for place in Swift.stride(from: 0, to: stride * height, by: 3) {
                counts[Int(source[place])] &+= 1
                counts[256 + Int(source[place + 1])] &+= 1
                counts[512 + Int(source[place + 2])] &+= 1
            }
        }
        return result
    }

    /// Each channel stretched so that its least value becomes 0 and its greatest 255.
    ///
    /// Source: Pillow's `ImageOps.autocontrast`, cutoff 0.
    func withFullContrast() -> PixelImage {
        let counts = histogram()
        var tables: [UInt8] = []
        for channel in 0..<3 {
            let present = counts[256 * channel..<256 * (channel + 1)].indices.filter { counts[$0] > 0 }
            let low = (present.first ?? 0) - 256 * channel
            let high = (present.last ?? 0) - 256 * channel
            if high <= low {
                tables += 0...255
                continue
            }
            let scale = 255 / Double(high - low)
            let offset = -Double(low) * scale
            tables += (0...255).map { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
        }
        return mapped(tables: tables)
    }

    /// Each channel changed so that all values occur about equally often.
    ///
    /// Source: Pillow's `ImageOps.equalize`.
    func equalized() -> PixelImage {
        let counts = histogram()
        var tables: [UInt8] = []
        for channel in 0..<3 {
            let counts = counts[256 * channel..<256 * (channel + 1)]
            let last = counts.last { $0 > 0 } ?? 0
            let step = (width * height - last) / 255
            if step == 0 {
                tables += 0...255
                continue
            }
            var sum = step / 2
            for count in counts {
                tables.append(UInt8(min(sum / step, 255)))
                sum += count
            }
        }
        return mapped(tables: tables)
    }

    // MARK: enhancements

    /// Pillow's `Image.blend` of one byte: `from` at a factor of 0, `to` at 1, beyond it above. Fractions are cut off, as there.
    @inline(__always)
    private static func blended(_ from: Int, _ to: Int, _ factor: Float) -> UInt8 {
        // In this order no factor, however large, leaves something that is not a number.
        UInt8(max(0, min(255, Float(from) + factor * Float(to - from))))
    }

    /// Pillow's grey value of a pixel.
    @inline(__always)
    private static func grey(_ pixel: UnsafePointer<UInt8>) -> Int {
        (19595 * Int(pixel[0]) + 38470 * Int(pixel[1]) + 7471 * Int(pixel[2]) + 0x8000) >> 16
    }

    /// Black at 0, this image at 1, brighter above (Pillow's `ImageEnhance.Brightness`).
    func withBrightness(_ factor: Double) -> PixelImage {
        let factor = Float(factor)
        return factor == 1 ? self : mapped { PixelImage.blended(0, Int($0), factor) }
    }

    /// The mean grey at 0, this image at 1, more contrast above (Pillow's `ImageEnhance.Contrast`).
    func withContrast(_ factor: Double) -> PixelImage {
        let factor = Float(factor)
        if factor == 1 { return self }
        let source = pointer
        var sum = 0
        for place in Swift.stride(from: 0, to: stride * height, by: 3) { sum &+= PixelImage.grey(source + place) }
        let mean = Int(Double(sum) / Double(width * height) + 0.5)
        return mapped { PixelImage.blended(mean, Int($0), factor) }
    }

    /// Grey at 0, this image at 1, deeper colours above (Pillow's `ImageEnhance.Color`).
    func withColour(_ factor: Double) -> PixelImage {
        let factor = Float(factor)
        if factor == 1 { return self }
        let source = pointer
        return PixelImage(width: width, height: height) { target in
            for place in Swift.stride(from: 0, to: stride * height, by: 3) {
                let grey = PixelImage.grey(source + place)
                target[place] = PixelImage.blended(grey, Int(source[place]), factor)
                target[place + 1] = PixelImage.blended(grey, Int(source[place + 1]), factor)
                target[place + 2] = PixelImage.blended(grey, Int(source[place + 2]), factor)
            }
        }
    }

    /// Smoothed at 0, this image at 1, sharper above; the outermost pixels stay (Pillow's `ImageEnhance.Sharpness`).
    func withSharpness(_ factor: Double) -> PixelImage {
        let factor = Float(factor)
        if factor == 1 || width < 3 || height < 3 { return self }
        let source = pointer
        let stride = stride
        return PixelImage(width: width, height: height) { target in
            target.update(from: source, count: stride * height)
            for row in 1..<height - 1 {
                let line = source + row * stride
                let (above, below) = (line - stride, line + stride)
                for place in 3..<stride - 3 {
                    // In 32 bits, which the loop's vectors hold more of.
                    var sum = 5 &* UInt32(line[place]) &+ UInt32(line[place - 3]) &+ UInt32(line[place + 3])
                    sum &+= UInt32(above[place - 3]) &+ UInt32(above[place]) &+ UInt32(above[place + 3])
                    sum &+= UInt32(below[place - 3]) &+ UInt32(below[place]) &+ UInt32(below[place + 3])
                    // A thirteenth of it, rounded.
                    let smooth = Int((2 &* sum &+ 13) / 26)
                    target[row * stride + place] = PixelImage.blended(smooth, Int(line[place]), factor)
                }
            }
        }
    }

    // MARK: geometry

    /// The image under an affine map, of the same size, interpolated between the four nearest pixels.
    ///
    /// A place of the result shows the place of this image that the map gives; both are counted in pixels from the centre, to the right and
    /// downwards. As in Pillow, the half pixel between the outermost centres and the border belongs to the image.
    ///
    /// - Parameters:
    ///   - x: what x, y and 1 are multiplied by for the column.
    ///   - y: the same for the row.
    ///   - outside: the colour of places outside of this image.
    func transformed(
        x: (Double, Double, Double), y: (Double, Double, Double), outside: (UInt8, UInt8, UInt8)
    ) -> PixelImage {
        // Fixed point with 24 bits after the point, of which interpolation uses 10. Places far outside may wrap; each is compared with the
        // bounds before it is read.
        let bits = 24
        func fixed(_ value: Double) -> Int { Int(max(-0x1p62, min(0x1p62, (value * 0x1p24).rounded()))) }
        let half = 1 << (bits - 1)
        // The centre of the first pixel, from the middle.
        let first = (x: 0.5 - Double(width) / 2, y: 0.5 - Double(height) / 2)
        // From here on whole numbers are the centres of pixels.
        let start = (
            x: fixed(x.0 * first.x + x.1 * first.y + x.2 - first.x), y: fixed(y.0 * first.x + y.1 * first.y + y.2 - first.y)
        )
        let across = (x: fixed(x.0), y: fixed(y.0))
        let down = (x: fixed(x.1), y: fixed(y.1))
        let source = pointer
        let (width, height, stride) = (width, height, stride)
        let (lastColumn, lastRow) = (UInt(width - 1), UInt(height - 1))
        return PixelImage(width: width, height: height) { target in
            var place = target
            for row in 0..<height {
                var u = start.x &+ down.x &* row
                var v = start.y &+ down.y &* row
                for _ in 0..<width {
                    let (column, line) = (u >> bits, v >> bits)
                    let (shareX, shareY) = ((u >> (bits - 10)) & 1023, (v >> (bits - 10)) & 1023)
                    if UInt(bitPattern: column) < lastColumn && UInt(bitPattern: line) < lastRow {
                        let corner = source + (line &* stride &+ 3 &* column)
                        PixelImage.interpolate(corner, right: 3, below: stride, shareX, shareY, to: place)
                    } else if UInt(bitPattern: (u &+ half) >> bits) <= lastColumn && UInt(bitPattern: (v &+ half) >> bits) <= lastRow {
                        // At the border: what is beyond it is as the border.
                        let (left, top) = (max(column, 0), max(line, 0))
                        let (right, bottom) = (min(column + 1, width - 1), min(line + 1, height - 1))
                        let corner = source + (top * stride + 3 * left)
                        PixelImage.interpolate(
                            corner, right: 3 * (right - left), below: (bottom - top) * stride, shareX, shareY, to: place)
                    } else {
                        (place[0], place[1], place[2]) = outside
                    }
                    place += 3
                    u &+= across.x
                    v &+= across.y
                }
            }
        }
    }

    /// Mixes four pixels.
    ///
    /// - Parameters:
    ///   - corner: the upper left one.
    ///   - right: how many bytes on the ones at the right are.
    ///   - below: how many bytes on the ones below are.
    ///   - shareX: the share of the right ones in 1024ths.
    ///   - shareY: the share of the lower ones in 1024ths.
    @inline(__always)
    private static func interpolate(
        _ corner: UnsafePointer<UInt8>, right: Int, below: Int, _ shareX: Int, _ shareY: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        for channel in 0..<3 {
            let place = corner + channel
            let upper = Int(place[0]) &* (1024 &- shareX) &+ Int(place[right]) &* shareX
            let lower = Int(place[below]) &* (1024 &- shareX) &+ Int(place[below &+ right]) &* shareX
            target[channel] = UInt8(truncatingIfNeeded: (upper &* (1024 &- shareY) &+ lower &* shareY &+ 1 << 19) >> 20)
        }
    }
}
