import ModelZoo
import ZooTensor

/// `ImageDecoder`, with damaged JPEG, PNG and WebP files, and the preparation of what it accepts.
final class ImageTarget: Target {
    static let name = "image"
    private let mutator: Mutator
    private let processor = ImageProcessor(size: .init(width: 16, height: 16))

    init(_ folder: ScratchFolder) throws {
        let images =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
            + "/ModelZooTests/Fixtures/images"
        let names = try folderEntries(images).filter { !$0.contains("expected") && !$0.contains("60000") && !$0.contains("bomb") }.sorted()
        mutator = Mutator(
            seeds: try names.map { try readFile(images + "/" + $0) },
            words: [
                [0xFF, 0xD8], [0xFF, 0xDA], [0xFF, 0xC4], [0xFF, 0xC0], [0xFF, 0xC2], [0xFF, 0xE1], [0xFF, 0xD9], [0xFF, 0xDD],
                Array("IHDR".utf8),
                Array("IDAT".utf8), Array("PLTE".utf8), Array("tRNS".utf8), Array("eXIf".utf8), Array("iCCP".utf8), Array("zTXt".utf8),
                Array("VP8X".utf8), Array("ALPH".utf8), Array("ANMF".utf8), Array("EXIF".utf8), Array("Exif\0\0".utf8),
                [0x4D, 0x4D, 0, 42],
                [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
            ])
    }

    func run(_ source: inout Source) throws {
        let image = try ImageDecoder.decode(source.document(mutator), name: "f", limits: ImageLimits(pixels: 4_000_000))
        try require(image.pixels.count == 3 * image.width * image.height, "the pixels do not fit the size")
        let prepared = processor(image)
        try require(prepared.width == 16 && prepared.height == 16, "another size was asked for")
        try require(processor.values(prepared).isFinite, "values are not finite")
        if BufferPool.shared.statistics.heldBytes > 256 << 20 { BufferPool.shared.trim() }
    }
}
