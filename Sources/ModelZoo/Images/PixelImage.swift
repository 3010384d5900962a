import ZooTensor

/// An image of 8-bit RGB pixels, rows from the top, `[height, width, 3]`. Immutable.
public struct PixelImage: Sendable, Hashable {
    /// The number of columns.
    public let width: Int
    /// The number of rows.
    public let height: Int
    /// The pixels, and some bytes that kernels may touch.
    private let storage: Storage

    /// Bytes beyond the pixels that the resampling kernels may read and write.
    private static let margin = 16
    /// The largest image in bytes whose memory is kept for the next one.
    private static let largestPooled = 4 << 20

    /// An image whose pixels `body` writes, all of them.
    init(width: Int, height: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        guard let image = PixelImage(ifAvailable: (width, height), body) else {
            OutOfMemory.end(3 * width * height, for: "an image of \(width) x \(height) pixels")
        }
        self = image
    }

    /// An image whose pixels `body` writes, all of them; nil when the system has no memory for it.
    init?(ifAvailable size: (width: Int, height: Int), _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(size.width > 0 && size.height > 0)
        // Large ones go back to the system: photos of all sizes would leave a block of each in the pool.
        let byteCount = 3 * size.width * size.height + PixelImage.margin
        guard let storage = Storage(ifAvailable: byteCount, lasting: byteCount > PixelImage.largestPooled) else { return nil }
        (width, height) = size
        self.storage = storage
        body(storage.bytes.assumingMemoryBound(to: UInt8.self))
    }

    /// An image of given pixels.
    ///
    /// - Parameter pixels: red, green and blue of each pixel, `3 * width * height` bytes.
    public init(width: Int, height: Int, pixels: some Collection<UInt8>) {
        precondition(pixels.count == 3 * width * height, "the number of bytes is not 3 * width * height")
        self.init(width: width, height: height) { target in
            _ = UnsafeMutableBufferPointer(start: target, count: 3 * width * height).update(fromContentsOf: pixels)
        }
    }

    /// The first byte. The caller keeps the image alive while it uses the pointer.
    var pointer: UnsafePointer<UInt8> { UnsafePointer(storage.bytes.assumingMemoryBound(to: UInt8.self)) }

    /// Hands over red, green and blue of all pixels.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(start: pointer, count: stride * height)) }
    }

    /// The number of bytes of a row.
    var stride: Int { 3 * width }

    /// Red, green and blue of all pixels.
    public var pixels: [UInt8] { Array(UnsafeBufferPointer(start: pointer, count: 3 * width * height)) }

    /// Red, green and blue of a pixel.
    public subscript(_ x: Int, _ y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        precondition((0..<width).contains(x) && (0..<height).contains(y))
        let place = pointer + y * stride + 3 * x
        return (place[0], place[1], place[2])
    }

    public static func == (first: PixelImage, second: PixelImage) -> Bool {
        first.width == second.width && first.height == second.height
            && UnsafeBufferPointer(start: first.pointer, count: first.stride * first.height).elementsEqual(
                UnsafeBufferPointer(start: second.pointer, count: second.stride * second.height))
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(width)
        hasher.combine(height)
        hasher.combine(bytes: UnsafeRawBufferPointer(start: pointer, count: stride * height))
    }

    // MARK: geometry

    /// A part of the image; what lies outside of it is of the given colour.
    func cropped(x: Int, y: Int, width: Int, height: Int, outside: (UInt8, UInt8, UInt8) = (0, 0, 0)) -> PixelImage {
        if x == 0 && y == 0 && width == self.width && height == self.height { return self }
        let columns = max(x, 0)..<max(min(x + width, self.width), max(x, 0))
        let rows = max(y, 0)..<max(min(y + height, self.height), max(y, 0))
        let isInside = columns.count == width && rows.count == height
        return PixelImage(width: width, height: height) { target in
            if !isInside {
                for pixel in 0..<width * height {
                    target[3 * pixel] = outside.0
                    target[3 * pixel + 1] = outside.1
                    target[3 * pixel + 2] = outside.2
                }
            }
            for row in rows where !columns.isEmpty {
                (target + 3 * ((row - y) * width + columns.lowerBound - x)).update(
                    from: pointer + row * stride + 3 * columns.lowerBound, count: 3 * columns.count)
            }
        }
    }

    /// Left and right exchanged.
    func flippedHorizontally() -> PixelImage {
        PixelImage(width: width, height: height) { write(to: $0, swapsAxes: false, flipsX: true, flipsY: false) }
    }

    /// Top and bottom exchanged.
    func flippedVertically() -> PixelImage {
        PixelImage(width: width, height: height) { write(to: $0, swapsAxes: false, flipsX: false, flipsY: true) }
    }

    /// The image as it is meant to be seen; nil when the system has no memory for it.
    func upright(_ orientation: Orientation) -> PixelImage? {
        switch orientation {
        case .up: self
        case .upMirrored: transposed(swapsAxes: false, flipsX: true, flipsY: false)
        case .down: transposed(swapsAxes: false, flipsX: true, flipsY: true)
        case .downMirrored: transposed(swapsAxes: false, flipsX: false, flipsY: true)
        case .leftMirrored: transposed(swapsAxes: true, flipsX: false, flipsY: false)
        case .right: transposed(swapsAxes: true, flipsX: false, flipsY: true)
        case .rightMirrored: transposed(swapsAxes: true, flipsX: true, flipsY: true)
        case .left: transposed(swapsAxes: true, flipsX: true, flipsY: false)
        }
    }

    private func transposed(swapsAxes: Bool, flipsX: Bool, flipsY: Bool) -> PixelImage? {
        PixelImage(ifAvailable: swapsAxes ? (height, width) : (width, height)) {
            write(to: $0, swapsAxes: swapsAxes, flipsX: flipsX, flipsY: flipsY)
        }
    }

    /// The pixel at (x, y) of `target` is that at (x, y), its axes swapped if asked, mirrored as asked, of this image.
    private func write(to target: UnsafeMutablePointer<UInt8>, swapsAxes: Bool, flipsX: Bool, flipsY: Bool) {
        let (newWidth, newHeight) = swapsAxes ? (height, width) : (width, height)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let (column, row) = swapsAxes ? (y, x) : (x, y)
                let source = pointer + (flipsY ? height - 1 - row : row) * stride + 3 * (flipsX ? width - 1 - column : column)
                let place = target + 3 * (y * newWidth + x)
                place[0] = source[0]
                place[1] = source[1]
                place[2] = source[2]
            }
        }
    }
}
