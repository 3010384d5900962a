import ModelZoo
import Testing
import ZooTensor

@Suite("Images as inputs")
struct ImageTokenizerTests {
    private static let size = ImageProcessor.Size(width: 224, height: 224)

    private func tokenizer(_ resize: ImageProcessor.Resize) throws -> ImageTokenizer {
        var processor = ImageProcessor(size: Self.size)
        processor.resize = resize
        processor.crop = Self.size
        var result = try ImageTokenizer(processor, size: Self.size, patchSize: 16, prefixTokens: 1, file: "preprocessor_config.json")
        result.limits = ImageLimits()
        return result
    }

    @Test("I17 1 x 60000, resized by its shorter edge: refused when it is read", arguments: [(1, 60_000), (60_000, 1)])
    func thin(width: Int, height: Int) throws {
        let input = Input.image(ImageSource(name: "thin.png", bytes: try png(9, width: width, height: height)))
        let shortest = try tokenizer(.shortestEdge(224))
        let encoded = try shortest.encode(input)
        let size = width < height ? "224 x 13440000" : "13440000 x 224"
        for error in [failure { _ = try shortest.checked(encoded) }, failure { _ = try shortest.prepare(encoded, nil) }] {
            #expect(error?.code == "data.image_limit" && error?.exitCode == .data)
            #expect(error?.message == "the image has \(size) resized pixels, at most 100000000 are allowed")
            #expect(error?.place?.file == "thin.png")
        }
        // Squeezed into one size for all it is no larger than others.
        let exact = try tokenizer(.exact(Self.size))
        let image = try exact.preview(exact.prepare(exact.checked(exact.encode(input)), nil)).image
        #expect(image?.width == 224 && image?.height == 224)
        let wide = Input.image(ImageSource(name: "wide.png", bytes: try png(9, width: 400, height: 10)))
        #expect(try shortest.preview(shortest.prepare(shortest.checked(shortest.encode(wide)), nil)).image?.width == 224)
    }

    @Test("C12 images resized to more than 8192 pixels an edge")
    func resizedEdge() throws {
        let large: [ImageProcessor.Resize] = [.shortestEdge(8193), .exact(.init(width: 1, height: 262_144))]
        for resize in large {
            let error = failure { _ = try tokenizer(resize) }
            #expect(error?.code == "model.configuration" && error?.exitCode == .format && error?.place?.entry == "size")
        }
        let allowed: [ImageProcessor.Resize] = [.shortestEdge(8192), .exact(.init(width: 8192, height: 1))]
        for resize in allowed { _ = try tokenizer(resize) }
    }

    @Test("images of the same bytes in another size are other inputs; the name does not count")
    func identities() throws {
        let tokenizer = try tokenizer(.exact(Self.size))
        func identity(_ name: String, width: Int, height: Int) throws -> Digest {
            let image = PixelImage(width: width, height: height, pixels: (UInt8(0)..<18).map { $0 * 9 })
            let input = Input.image(ImageSource(name: name, image))
            return try tokenizer.identity(tokenizer.checked(tokenizer.encode(input)), of: input)
        }
        let wide = try identity("a", width: 3, height: 2)
        #expect(try identity("a", width: 2, height: 3) != wide)
        #expect(try identity("a", width: 6, height: 1) != wide)
        #expect(try identity("b", width: 3, height: 2) == wide)
    }
}
