/// Many images with captions on one picture, so that a person can look at what a model will see.
public enum ContactSheet {
    /// The space around images and captions in pixels.
    private static let margin = 6

    /// The picture, row by row.
    ///
    /// - Parameters:
    ///   - items: the images and what is written below them.
    ///   - columns: how many images are in a row.
    ///   - edge: the largest edge in pixels of an image on the picture; larger ones are reduced.
    public static func make(_ items: [(image: PixelImage, caption: String)], columns: Int, edge: Int = 224) -> PixelImage {
        precondition(!items.isEmpty && columns > 0 && edge > 0)
        let images = items.map { reduced($0.image, edge) }
        let cellWidth = (images.map(\.width).max() ?? edge) + margin
        let cellHeight = (images.map(\.height).max() ?? edge) + margin + BitmapFont.height + 2
        let across = min(columns, items.count)
        let (width, height) = (across * cellWidth + margin, (items.count + across - 1) / across * cellHeight + margin)
        return PixelImage(width: width, height: height) { target in
            for byte in 0..<3 * width * height { target[byte] = 245 }
            for (number, image) in images.enumerated() {
                let (x, y) = (margin + number % across * cellWidth, margin + number / across * cellHeight)
                for row in 0..<image.height {
                    (target + 3 * ((y + row) * width + x)).update(from: image.pointer + row * image.stride, count: image.stride)
                }
                write(items[number].caption, to: target, width: width, x: x, y: y + image.height + 2, most: cellWidth - margin)
            }
        }
    }

    /// Whether a caption can be written: its characters are ASCII, or Latin letters, which lose their accents.
    public static func canWrite(_ caption: String) -> Bool { caption.unicodeScalars.allSatisfy { BitmapFont.letter($0) != nil } }

    private static func reduced(_ image: PixelImage, _ edge: Int) -> PixelImage {
        let longest = max(image.width, image.height)
        guard longest > edge else { return image }
        return image.resized(
            width: max(1, image.width * edge / longest), height: max(1, image.height * edge / longest), filter: .bilinear)
    }

    private static func write(_ text: String, to target: UnsafeMutablePointer<UInt8>, width: Int, x: Int, y: Int, most: Int) {
        for (place, scalar) in text.unicodeScalars.prefix(most / BitmapFont.width).enumerated() {
            for (column, bits) in BitmapFont.columns(scalar).enumerated() {
                for row in 0..<BitmapFont.height where bits >> row & 1 == 1 {
                    let pixel = target + 3 * ((y + row) * width + x + place * BitmapFont.width + column)
                    (pixel[0], pixel[1], pixel[2]) = (30, 30, 30)
                }
            }
        }
    }
}
