import ModelZoo
import Testing
import ZooTensor

/// The images that `Tests/Parity/make_image_fixtures.py` writes.
enum ImageFiles {
    static let folder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return parts.joined(separator: "/") + "/Fixtures/images/"
    }()

    static func bytes(_ name: String) throws -> [UInt8] { try readFile(folder + name) }

    static func decode(_ name: String) throws -> PixelImage { try ImageDecoder.decode(bytes(name), name: name) }

    /// The largest difference of two images' values; nil if their sizes differ.
    static func difference(_ first: PixelImage, _ second: PixelImage) -> Int? {
        guard first.width == second.width, first.height == second.height else { return nil }
        return zip(first.pixels, second.pixels).map { abs(Int($0) - Int($1)) }.max()
    }

    /// The error of an image that cannot be decoded.
    static func error(_ bytes: [UInt8], limits: ImageLimits = ImageLimits(), sourceLocation: SourceLocation = #_sourceLocation)
        -> ImageError?
    {
        do {
            let image = try ImageDecoder.decode(bytes, name: "dir/a.jpg", limits: limits)
            Issue.record("decoded as \(image.width) x \(image.height)", sourceLocation: sourceLocation)
            return nil
        } catch {
            #expect(error.description.contains("dir/a.jpg"), sourceLocation: sourceLocation)
            return error
        }
    }

    /// The start of a PNG that tells a size.
    static func header(width: UInt32, height: UInt32) -> [UInt8] {
        func big(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        let data = Array("IHDR".utf8) + big(width) + big(height) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13) + data + [0, 0, 0, 0] + big(0) + Array("IDAT".utf8) + [
            0, 0, 0, 0,
        ]
    }
}
