import ModelZoo
import Testing
import ZooTensor

@Suite("Memory of images")
struct ImageMemoryTests {
    private static let size = ImageProcessor.Size(width: 16, height: 16)

    private func tokenizer(_ memory: ImageMemory) throws -> ImageTokenizer {
        var result = try ImageTokenizer(
            ImageProcessor(size: Self.size), size: Self.size, patchSize: 16, prefixTokens: 1, file: "preprocessor_config.json")
        result.limits = ImageLimits()
        result.memory = memory
        return result
    }

    @Test("sixteen images that fit one by one but not together wait for each other", arguments: [false, true])
    func together(onDisk: Bool) throws {
        let scratch = try Scratch()
        // 3 MB each, once decoded; a file of as many bytes.
        let pixels = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 5) }
        let bytes = try ImageDecoder.png(PixelImage(width: 1000, height: 1000, pixels: pixels))
        let inputs = try (0..<16).map { number -> Input in
            let name = "bomb\(number).png"
            if onDisk { return .file(try scratch.write(name, bytes)) }
            return .image(ImageSource(name: name, bytes: bytes))
        }
        let memory = ImageMemory(limit: 8_000_000)
        let tokenizer = try tokenizer(memory)
        let checked = try concurrentMap(inputs.count) { try tokenizer.checked(tokenizer.encode(inputs[$0])) }
        let prepared = try tokenizer.prepare(checked)
        #expect(prepared.count == 16)
        let needed = 3_000_000 + (onDisk ? bytes.count : 0)
        #expect(memory.peak >= needed && memory.peak <= 8_000_000, "\(memory.peak)")
    }

    @Test("an image that does not fit alone is refused by name, before it is decoded")
    func alone() throws {
        let source = ImageSource(name: "dir/large.png", bytes: try png(1, width: 2000, height: 1000))
        let memory = ImageMemory(limit: 5_000_000)
        let tokenizer = try tokenizer(memory)
        let error = failure { _ = try tokenizer.checked(tokenizer.encode(.image(source))) }
        #expect(error?.code == "data.image_memory" && error?.exitCode == .resources && error?.place?.file == "dir/large.png")
        #expect(error?.message.contains("2000 x 1000 pixels") == true && error?.message.contains("5000000") == true)
        #expect(memory.peak == 0)
        // Others after it are read.
        _ = try tokenizer.checked(tokenizer.encode(.image(ImageSource(name: "small.png", bytes: try png(1)))))
        #expect(memory.peak > 0)
    }

    @Test("what a decoder takes besides the pixels counts", arguments: ["progressive.jpg", "alpha.webp", "orientation6.png"])
    func decoders(name: String) throws {
        let memory = ImageMemory(limit: 1_000_000)
        let tokenizer = try tokenizer(memory)
        _ = try tokenizer.checked(tokenizer.encode(.image(ImageSource(name: name, bytes: try ImageFiles.bytes(name)))))
        // Coefficients of two bytes each; colours with opacity; the same image turned.
        #expect(memory.peak >= 2 * 3 * 24 * 16, "\(memory.peak)")
    }

    @Test("a lease is enlarged at once or not at all, and the first to wait is the first served")
    func leases() {
        let memory = ImageMemory(limit: 10)
        #expect(memory.allows(10) && !memory.allows(11))
        // One that needs more than its share has it alone.
        let wide = ImageMemory(limit: 10, alone: 15)
        do {
            #expect(wide.allows(15) && !wide.allows(16))
            let lease = wide.lease(2)
            #expect(lease.grow(to: 15))
        }
        #expect(wide.lease(12).grow(to: 13) && wide.peak == 15)
        let first = memory.lease(4)
        do {
            let second = memory.lease(4)
            withExtendedLifetime(second) {
                #expect(!second.grow(to: 7) && second.grow(to: 6))
                #expect(!first.grow(to: 5))
            }
        }
        #expect(first.grow(to: 10) && memory.peak == 10)
        let free = ImageMemory(limit: nil)
        let leases = (0..<3).map { _ in free.lease(1 << 60) }
        #expect(leases.count == 3 && free.allows(.max))
    }

    @Test("raw pixels count too, and an IDX image with an edge of 100,000,000 pixels is refused from its header")
    func raw() throws {
        let scratch = try Scratch()
        func idx(_ sizes: [Int], _ content: [UInt8]) -> [UInt8] {
            [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { ZipBuilder.little($0, 4).reversed() } + content
        }
        for (height, width) in [(100_000_000, 1), (1, 100_000_000), (65_536, 1)] {
            let path = try scratch.write("a-images-idx3-ubyte.gz", gzipped(idx([1, height, width], [1])))
            let error = try imageError { try imageParts(path, requiresLabels: false) }
            #expect(
                error
                    == .limit(
                        path: path, entry: nil, what: "the number of pixels along an edge of an image", found: max(height, width),
                        limit: 65_535))
        }
        let path = try scratch.write("b-images-idx3-ubyte", idx([2, 100, 100], [UInt8](repeating: 7, count: 20_000)))
        let examples = try imageParts(path, requiresLabels: false).training.examples
        let memory = ImageMemory(limit: 50_000)
        let tokenizer = try tokenizer(memory)
        _ = try concurrentMap(2) { try tokenizer.checked(tokenizer.encode(examples[$0].input)) }
        #expect(memory.peak == 40_000)
        let small = try self.tokenizer(ImageMemory(limit: 39_999))
        #expect(failure { _ = try small.checked(small.encode(examples[0].input)) }?.exitCode == .resources)
    }
}
